/**
 * Informs clients about tombstones: a reader, that some data below the head is missing; a writer, which data is
 * wanted.
 */

import { abortable } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import type { EngineReads, Holding } from '../../engine.js'
import { encodeRefs } from '../../wire/wire-refs.js'
import { printOf } from '../prints.js'
import { broken, mostRefsAsked } from '../protocol.js'
import { type Answer, listAnswer } from './answers.js'
import { expectWriting } from './permitted.js'
import { reachedByHead } from './reach.js'
import type { Visit } from './visit.js'

/** A cached fingerprint. */
interface Kept {
  readonly version: number
  readonly head: Ref | null
  readonly print: string | undefined
}

const wantedPrints = new WeakMap<EngineReads, Kept>()
const readPrints = new WeakMap<EngineReads, Kept>()

/** The fingerprint of revisions whose data is wanted, for a writer. */
export function printOfWanted(visit: Visit): Promise<{ readonly tombstones?: string }> {
  return printed(visit, wantedPrints, null, (engine) => tombstonesIn(engine, true))
}

/** The fingerprint of revisions that `head` reaches and that lack their data, for a reader. */
export function printBelow(
  visit: Visit,
  head: Ref | null
): Promise<{ readonly tombstones?: string }> {
  const { handle, signal } = visit
  return printed(visit, readPrints, head, async (engine) => {
    const refs = await tombstonesIn(engine, false)
    const reached = await reachedByHead(handle, refs, signal)
    return refs.filter((_ref, place) => reached[place])
  })
}

async function printed(
  { handle: { engine } }: Visit,
  prints: WeakMap<EngineReads, Kept>,
  head: Ref | null,
  find: (engine: EngineReads) => Promise<readonly Ref[]>
): Promise<{ readonly tombstones?: string }> {
  const version = engine.tombstonesVersion?.() ?? 0
  if (version === 0) return {}
  let kept = prints.get(engine)
  if (kept?.version !== version || kept.head !== head) {
    kept = { version, head, print: printOf(await find(engine)) }
    prints.set(engine, kept)
  }
  return kept.print === undefined ? {} : { tombstones: kept.print }
}

async function tombstonesIn(engine: EngineReads, onlyElsewhere: boolean): Promise<readonly Ref[]> {
  return (await engine.tombstones?.(onlyElsewhere)) ?? []
}

/** `lacking`: revisions whose data is wanted, ancestors first, from number `from` on. */
export async function lacking(visit: Visit): Promise<Answer> {
  const { handle, signal, url } = visit
  await expectWriting(visit)
  const from = url.searchParams.get('from') ?? '0'
  if (!/^\d{1,10}$/.test(from)) throw broken('from must be a number')
  await handle.opened()
  const refs = await abortable(signal, () => handle.ask((engine) => tombstonesIn(engine, true)))
  const page = refs.slice(Number(from), Number(from) + mostRefsAsked)
  return await listAnswer(encodeRefs(page), visit)
}

/**
 * Returns which of `refs` are `there` with their data. Looks up only these, so that the time of an answer does not show whether
 * a ref that the client may not see exists.
 */
export async function thereWithData(
  visit: Visit,
  refs: readonly Ref[],
  there: readonly boolean[],
  purpose: 'read' | 'write'
): Promise<readonly boolean[]> {
  const places = refs.map((_ref, place) => place).filter((place) => there[place])
  const reached = places.map((place) => refs[place] ?? '')
  const data = await withData(visit, reached, purpose)
  if (data === undefined) return there
  const whole = new Set(places.filter((_place, at) => data[at]))
  return there.map((_isThere, place) => whole.has(place))
}

/**
 * Which of the refs that have a place here a writer need not send: those erased here take nothing in. For a reader, those
 * whose data can be had.
 */
async function withData(
  { handle, signal }: Visit,
  refs: readonly Ref[],
  purpose: 'read' | 'write'
): Promise<readonly boolean[] | undefined> {
  const isThere = (holding: Holding) =>
    holding === 'data' || (holding === 'erased' && purpose === 'write')
  const holdings = await abortable(signal, () =>
    handle.ask((engine) => engine.dataOf?.(refs, signal) ?? Promise.resolve(undefined))
  )
  return holdings?.map(isThere)
}
