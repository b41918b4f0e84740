/**
 * Asks the user's `accept` about the revisions that a push brings, before they are written.
 */

import { isUint8Array } from 'node:util/types'
import { HistoError } from '../../base/errors.js'
import { parseJson } from '../../base/parse.js'
import { abortable } from '../../base/signal.js'
import type { Meta } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import type { ReceivedItem, TakeOptions } from '../../engine.js'
import type { AcceptQuestion } from '../options.js'
import type { Visit } from './visit.js'

/** The function that judges the batches of a push by `remote`; `undefined` if everything is accepted. */
export function judgeOf(visit: Visit, remote: string): TakeOptions['judge'] {
  const { accept } = visit.settings
  if (accept === undefined) return undefined
  return async (items) => {
    const here = await areHere(visit, items)
    for (const [place, item] of items.entries()) {
      if (here[place] === true) continue
      if (!(await isAccepted(visit, accept, questionOf(item, remote, visit)))) {
        const { ref } = item
        throw new HistoError('HISTO_DENIED', `revision ${ref} is not accepted`, { ref })
      }
    }
  }
}

/** Calls `accept`. If it throws, that refuses; only `onError` gets the error. */
async function isAccepted(
  { settings, request, signal }: Visit,
  accept: NonNullable<Visit['settings']['accept']>,
  question: AcceptQuestion
): Promise<boolean> {
  try {
    return (await abortable(signal, async () => accept(question))) === true
  } catch (error) {
    signal.throwIfAborted()
    settings.onError(error, request)
    return false
  }
}

/** Whether each revision needs no judgement: it exists here with its data, or was erased here for good. */
async function areHere(
  { handle, signal }: Visit,
  items: readonly ReceivedItem[]
): Promise<boolean[]> {
  const refs = items.map(({ ref }) => ref)
  return await abortable(signal, () => heldBy(handle, refs, signal))
}

async function heldBy(handle: Handle, refs: string[], signal: AbortSignal): Promise<boolean[]> {
  const holdings = await handle.ask((engine) => engine.dataOf?.(refs, signal))
  if (holdings === undefined) return await handle.ask((engine) => engine.has(refs, signal))
  return holdings.map((holding) => holding === 'data' || holding === 'erased')
}

function questionOf(
  { ref, ancestors, payload, meta }: ReceivedItem,
  remote: string,
  { request, branch }: Visit
): AcceptQuestion {
  return {
    ref,
    ancestors,
    ...(meta === undefined ? {} : { meta: parseJson(meta) as Meta }),
    get data() {
      return payload === undefined || isUint8Array(payload) ? payload : parseJson(payload)
    },
    ...(branch === undefined ? {} : { branch }),
    remote,
    request
  }
}
