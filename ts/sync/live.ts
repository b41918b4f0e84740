/**
 * `live`: runs a synchronizer at once and then whenever the source's head has moved, until it is aborted.
 */

import { isRecord } from '../base/arguments.js'
import { askedRest, wait } from '../base/backoff.js'
import { HistoError, type HistoErrorCode } from '../base/errors.js'
import { hasMethod } from '../base/foreign.js'
import { headKey } from '../base/keys.js'
import { abortable } from '../base/signal.js'
import type { SyncResult } from '../base/sync-options.js'
import { AwaitedMoves } from '../branch/awaited-moves.js'
import type { Handle } from '../branch/handle.js'
import { begun, runsOf } from './delegate.js'
import type { ManyRun, Run } from './exchange.js'
import { untouchedHandle } from './local.js'
import { interval, Pace } from './pace.js'

/** Settings of a run that is repeated. */
interface Live {
  readonly source: object
  readonly settings: Run
  readonly run: () => Promise<unknown>
  readonly signal: AbortSignal | undefined
  readonly onError: (error: unknown) => void
}

interface Begun {
  readonly [begun]: () => Promise<void>
}

/** Codes of errors for which a retry is useless. */
const final = new Set<HistoErrorCode>([
  'HISTO_CLOSED',
  'HISTO_CORRUPT',
  'HISTO_DENIED',
  'HISTO_INTERNAL',
  'HISTO_PROTOCOL'
])

/** Runs until the signal is aborted, which is not a failure; rejects with errors for which a retry is useless. */
export async function keepAlive(live: Live): Promise<void> {
  const changes = new Changes(live)
  const pace = new Pace()
  try {
    for (;;) {
      const rest = await turn(live, changes, pace)
      if (rest > 0) await wait(rest, live.signal)
    }
  } catch (error) {
    if (live.signal?.aborted !== true) throw error
  } finally {
    changes.close()
  }
}

/** Runs, and waits for a change; returns how many milliseconds to wait before the next turn. */
async function turn(live: Live, changes: Changes, pace: Pace): Promise<number> {
  const begun = performance.now()
  let result: unknown
  try {
    await changes.open()
    result = await live.run()
  } catch (error) {
    report(live, changes, error)
    return pace.failed(error)
  }
  let failure: { readonly error: unknown } | undefined
  try {
    await changes.next()
  } catch (error) {
    report(live, changes, error)
    failure = { error }
  }
  const took = performance.now() - begun
  const isCut = failure !== undefined
  const rest = pace.worked({ took, isFruitful: isFruitful(result), isCut })
  return Math.max(rest, askedRest(failure?.error))
}

/** Reports a failure that may pass; throws any other. */
function report(live: Live, changes: Changes, error: unknown): void {
  live.signal?.throwIfAborted()
  if (isFinal(error)) throw error
  changes.close()
  live.onError(error)
}

/** Whether a run brought revisions or, with many branches, heads. */
function isFruitful(result: unknown): boolean {
  if (!isRecord(result)) return false
  const { revisions, heads = {}, deleted = [] } = result as Partial<SyncResult>
  return Number(revisions) > 0 || Object.keys(heads).length + deleted.length > 0
}

function isFinal(error: unknown): boolean {
  if (error instanceof HistoError) return final.has(error.code) && !error.retryable
  return error instanceof TypeError
}

/** The moves of all branches of a source; `undefined` if it cannot report them. */
function watchAll(source: object, run: ManyRun): AsyncIterator<unknown> | undefined {
  const ours = untouchedHandle(source)
  return ours === undefined ? runsOf(source)?.watchMany?.(run) : movesOf(ours, run.signal)
}

/** Yields each time that heads of a database may have moved. */
function movesOf(handle: Handle, signal: AbortSignal | undefined): AsyncIterator<unknown> {
  const moves = new AwaitedMoves(handle, signal, { start: headKey('') })
  return {
    async next() {
      // The timer keeps the process alive; nothing else may do so while another process moves heads.
      const timer = setInterval(() => undefined, 0x7fff_ffff)
      try {
        return { done: await moves.next(), value: undefined }
      } finally {
        clearInterval(timer)
      }
    },
    return() {
      moves.end()
      return Promise.resolve({ done: true, value: undefined })
    }
  }
}

/** Waits for moves of the source's head: by its `watch` if it has one, else by polling. */
class Changes {
  readonly #live: Live
  #iterator: AsyncIterator<unknown> | undefined

  constructor(live: Live) {
    this.#live = live
  }

  /** Begins to listen before the run begins, so that no move meanwhile is missed. */
  async open(): Promise<void> {
    const { source, signal, settings: run } = this.#live
    if (this.#iterator !== undefined) return
    const { branches } = run
    if (branches !== undefined) {
      this.#iterator = watchAll(source, { ...run, branches })
      return
    }
    if (!hasMethod(source, 'watch')) return
    const watch = Reflect.get(source, 'watch') as (options: object) => AsyncIterable<unknown>
    const options = signal === undefined ? {} : { signal }
    const iterator = Reflect.apply(watch, source, [options])[Symbol.asyncIterator]()
    this.#iterator = iterator
    if (begun in iterator) await (iterator as Begun)[begun]()
  }

  async next(): Promise<void> {
    const { signal } = this.#live
    const iterator = this.#iterator
    if (iterator === undefined) return wait(interval, signal)
    const step = await abortable(signal, () => iterator.next())
    if (step.done === true) this.#iterator = undefined
  }

  close(): void {
    const closing = this.#iterator?.return?.()
    closing?.catch(() => undefined) // how it ended does not matter
    this.#iterator = undefined
  }
}
