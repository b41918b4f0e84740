/**
 * Iterates what several tips reach, descendants before ancestors, as lazily as one history is read.
 *
 * The first tip's history is the trunk. Of each other tip only what no tip before it reaches is read, by `until`. These
 * sides are read whole to begin with, up to a bound, and each is laid before the revision of the trunk that it
 * forked from, or earlier where its revisions are newer by the `time` of their meta. Where they are longer than
 * that, they come one after the other, the last first: no revision of one is an ancestor of a later one's.
 */

import { HistoError } from '../base/errors.js'
import type { RevisionHeader } from '../base/options.js'
import type { Ref } from '../base/types.js'
import type { DB } from '../db.js'

/** What is walked. */
export type Walked = Pick<DB, 'history'>

/** Most revisions of all sides that are read before the first is given. */
const mostAhead = 20_000

/** Iterates what `tips` reach. History that was cut away ends it without an error. */
export async function* walk(db: Walked, tips: readonly Ref[]): AsyncGenerator<RevisionHeader> {
  const [trunk, ...others] = tips
  if (trunk === undefined) return
  const sides: RevisionHeader[][] = []
  let ahead = 0
  for (const [at, tip] of others.entries()) {
    const side: RevisionHeader[] = []
    for await (const step of historyOf(db, tip, tips.slice(0, at + 1))) {
      ahead += 1
      if (ahead > mostAhead) return yield* oneAfterTheOther(db, tips)
      side.push(step)
    }
    if (side.length > 0) sides.push(side)
  }
  const order = new Order(sides)
  for await (const step of historyOf(db, trunk, [])) {
    yield* order.before(step)
    yield step
  }
  yield* order.rest()
}

async function* oneAfterTheOther(db: Walked, tips: readonly Ref[]): AsyncGenerator<RevisionHeader> {
  for (let at = tips.length - 1; at >= 0; at -= 1) {
    yield* historyOf(db, tips[at] ?? '', tips.slice(0, at))
  }
}

/** What `tip` reaches and `until` does not. */
async function* historyOf(
  db: Walked,
  tip: Ref,
  until: readonly Ref[]
): AsyncGenerator<RevisionHeader> {
  try {
    yield* db.history(tip, until.length === 0 ? { data: false } : { data: false, until })
  } catch (error) {
    if (!(error instanceof HistoError) || error.code !== 'HISTO_SHALLOW') throw error
  }
}

/** Sides that wait for their place in the trunk. */
class Order {
  readonly #sides: readonly RevisionHeader[][]
  /** How far each side is. */
  readonly #at: number[]
  /** The sides with a revision that names this one as an ancestor and has not been given. */
  readonly #waiting = new Map<Ref, number[]>()
  #left = 0

  constructor(sides: readonly RevisionHeader[][]) {
    this.#sides = sides
    this.#at = sides.map(() => 0)
    for (const [side, steps] of sides.entries()) {
      this.#left += steps.length
      for (const { ancestors } of steps) {
        for (const ancestor of ancestors) this.#wait(ancestor).push(side)
      }
    }
  }

  /** What has to come before a revision of the trunk: its descendants, and what is newer. */
  *before(step: RevisionHeader): Generator<RevisionHeader> {
    if (this.#left === 0) return
    const time = timeOf(step)
    for (let side = this.#newer(time); side !== undefined; side = this.#newer(time)) {
      yield* this.#give(side)
    }
    yield* this.#descendantsOf(step.ref)
  }

  /** All that is left. */
  *rest(): Generator<RevisionHeader> {
    for (let side = this.#sides.length - 1; side >= 0; side -= 1) {
      while (this.#next(side) !== undefined) yield* this.#give(side)
    }
  }

  /** Gives what names `ref` as an ancestor, and what has to come before that. */
  *#descendantsOf(ref: Ref): Generator<RevisionHeader> {
    for (let side = this.#waiting.get(ref)?.at(-1); side !== undefined; ) {
      yield* this.#give(side)
      side = this.#waiting.get(ref)?.at(-1)
    }
  }

  /** Gives the next revision of a side, once all that has to come before it was. */
  *#give(side: number): Generator<RevisionHeader> {
    const step = this.#next(side)
    if (step === undefined) return
    yield* this.#descendantsOf(step.ref)
    this.#at[side] = (this.#at[side] ?? 0) + 1
    this.#left -= 1
    for (const ancestor of step.ancestors) {
      const waiting = this.#wait(ancestor)
      waiting.splice(waiting.lastIndexOf(side), 1)
    }
    yield step
  }

  /** The side whose next revision is the newest of those that are newer than `time`. */
  #newer(time: number | undefined): number | undefined {
    if (time === undefined) return undefined
    let found: number | undefined
    let newest = time
    for (const side of this.#sides.keys()) {
      const own = timeOf(this.#next(side))
      if (own !== undefined && own > newest) [found, newest] = [side, own]
    }
    return found
  }

  #next(side: number): RevisionHeader | undefined {
    return this.#sides[side]?.[this.#at[side] ?? 0]
  }

  #wait(ref: Ref): number[] {
    const found = this.#waiting.get(ref) ?? []
    this.#waiting.set(ref, found)
    return found
  }
}

/** The time of a revision's meta in ms; `undefined` where it has none. */
function timeOf(step: RevisionHeader | undefined): number | undefined {
  const { time } = step?.meta ?? {}
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
