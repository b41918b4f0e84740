/**
 * The history of first ancestors: a branch's own line, without what was merged into it.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { shortened } from '../base/arguments.js'
import { HistoError } from '../base/errors.js'
import type { Ref } from '../base/types.js'
import type { EngineQuestions, EngineReads, HistoryRange, HistoryStep } from '../engine.js'

/** Revisions read at once. */
const batchSize = 256

/** The parts of an engine that are used: refs, ancestors and data. */
type Asked = Pick<EngineReads, 'revisions' | 'headers'> &
  Pick<EngineQuestions, 'ancestors' | 'isAncestor'>

/** Where it goes: from one revision down. */
type Range = Omit<HistoryRange, 'to'> & { readonly to: Ref }

/**
 * The revisions from `to` down along first ancestors, in batches, up to those that `until` reaches. Revisions before
 * an error are yielded before it.
 */
export async function* firstParents(
  engine: Asked,
  { to, until, limit, withData }: Range,
  signal: AbortSignal | undefined
): AsyncGenerator<HistoryStep[]> {
  const road = new Road()
  let next: Ref | undefined = to
  for (let left = limit; left > 0 && next !== undefined; ) {
    const chain = await chainFrom(engine, next, Math.min(left, batchSize), road)
    const refs = chain.steps.map(({ ref }) => ref)
    const wanted = await unreached(engine, refs, until, signal)
    if (wanted.length > 0) {
      if (withData) yield await engine.revisions(wanted)
      else yield await engine.headers(wanted, signal)
    }
    if (wanted.length < refs.length) return
    if ('error' in chain) throw chain.error
    next = chain.next
    left -= wanted.length
    await turn()
    signal?.throwIfAborted()
  }
}

/** Successive first ancestors, and what comes after them: a ref, an error, or nothing. */
type Chain = { readonly steps: HistoryStep[] } & (
  | { readonly next: Ref | undefined }
  | { readonly error: unknown }
)

/**
 * Finds out that a walk goes round, as it can over a store whose ids are no hashes: it remembers one ref, each time twice
 * as far (Brent). A walk may have gone round up to three times before.
 */
class Road {
  #mark: Ref | undefined
  #passed = 0
  #span = 1

  /** @throws {HistoError} `HISTO_CORRUPT` if it was here before */
  pass(ref: Ref): void {
    if (ref === this.#mark) {
      const message = `the store's revisions form a cycle through this one: ${shortened(ref)}`
      throw new HistoError('HISTO_CORRUPT', message, { ref })
    }
    this.#passed += 1
    if (this.#passed < this.#span) return
    this.#mark = ref
    this.#passed = 0
    this.#span *= 2
  }
}

async function chainFrom(
  engine: Pick<EngineQuestions, 'ancestors'>,
  start: Ref,
  most: number,
  road: Road
): Promise<Chain> {
  const steps: HistoryStep[] = []
  let next: Ref | undefined = start
  while (next !== undefined && steps.length < most) {
    const ref: Ref = next
    try {
      road.pass(ref)
      const asked = engine.ancestors(ref)
      const ancestors: Ref[] = Array.isArray(asked) ? asked : await asked
      steps.push({ ref, ancestors })
      next = ancestors[0]
    } catch (error) {
      return { steps, error }
    }
  }
  return { steps, next }
}

/** The revision `count` first ancestors back from `from`; `undefined` if there are fewer. */
export async function firstAncestor(
  engine: Pick<EngineQuestions, 'ancestors'>,
  from: Ref,
  count: number,
  signal: AbortSignal | undefined
): Promise<Ref | undefined> {
  const road = new Road()
  let next: Ref | undefined = from
  for (let left = count; left > 0 && next !== undefined; ) {
    signal?.throwIfAborted()
    const chain = await chainFrom(engine, next, Math.min(left, batchSize), road)
    if ('error' in chain) throw chain.error
    next = chain.next
    left -= chain.steps.length
    await turn()
  }
  return next
}

/**
 * The beginning of `chain` that none of `until` reaches. The reached part is at the end, since each is an
 * ancestor of the one before it, so the boundary is found by bisection.
 */
async function unreached(
  engine: Asked,
  chain: readonly Ref[],
  until: readonly Ref[],
  signal: AbortSignal | undefined
): Promise<readonly Ref[]> {
  let end = chain.length
  for (const bound of until) {
    let [known, reached] = [0, end]
    while (known < reached) {
      // Tests the last one first, since usually none is reached.
      const place = reached === end ? end - 1 : (known + reached) >> 1
      if (await engine.isAncestor(chain[place] as Ref, bound, signal)) reached = place
      else known = place + 1
    }
    end = reached
  }
  return chain.slice(0, end)
}
