/**
 * Iterates what several tips reach, descendants before ancestors, as lazily as one history is read.
 *
 * They are walked together, by one question that costs what it answers, and laid in order in parts, each twice as
 * long as the one before it. Within a part the revisions of the first tip are the trunk. What it does not reach, and
 * each other tip reaches first, is that tip's side: laid before the revision of the trunk that it forked from, or
 * earlier where its revisions are newer by the `time` of their meta. So histories that fit into a part are ordered as
 * a whole, and of others the first rows cost no more than the first part, wherever the tips are.
 */

import type { Awaitable } from '../base/awaitable.js'
import { hasCode } from '../base/errors.js'
import type { RevisionHeader } from '../base/options.js'
import type { Ref } from '../base/types.js'
import { Bound } from '../branch/handle.js'
import type { DB } from '../db.js'

/** The database that is walked, or anything with its `history`. */
export type Walked = Pick<DB, 'history'>

/** Revisions of the first part, and at most of any part, roughly. */
const [firstPart, longestPart] = [2048, 32_768]

/** A revision of a walk: its key, a ref or a number, and those of its ancestors. */
export interface Step<K> {
  readonly ref: K
  readonly ancestors: readonly K[]
}

/** A history that is walked. */
export interface Source<S> {
  /** All steps, descendants before ancestors. */
  batches(): AsyncGenerator<readonly S[]>
  /** Called before `timeOf` is called with these steps. */
  readTimes(steps: readonly S[]): Awaitable<void>
  /** In ms; `undefined` if the revision does not tell it. */
  timeOf(step: S): number | undefined
}

/** Iterates what `tips` reach. History that was cut away ends it without an error. */
export async function* walk(db: Walked, tips: readonly Ref[]): AsyncGenerator<RevisionHeader> {
  for await (const part of walkInParts(db, tips)) yield* part
}

/**
 * Like `walk`, a part at a time. No revision of a later part is a descendant of one in an earlier part.
 */
export function walkInParts(
  db: Walked,
  tips: readonly Ref[]
): AsyncGenerator<readonly RevisionHeader[]> {
  const source = { batches: () => batches(db, tips), readTimes: () => undefined, timeOf }
  return inParts<Ref, RevisionHeader>(source, tips)
}

/** Iterates a history in parts, in the order of rows. `tips` are distinct. */
export async function* inParts<K, S extends Step<K>>(
  source: Source<S>,
  tips: readonly K[]
): AsyncGenerator<readonly S[]> {
  if (tips.length < 2) return yield* source.batches()
  const sides = new Sides<K, S>(source, tips)
  let part: S[] = []
  let size = firstPart
  for await (const batch of source.batches()) {
    for (const step of batch) part.push(step)
    if (part.length < size) continue
    yield await sides.ordered(part)
    part = []
    size = Math.min(2 * size, longestPart)
  }
  if (part.length > 0) yield await sides.ordered(part)
}

/** The revisions that `tips` reach, down to where history was cut away. */
async function* batches(
  db: Walked,
  tips: readonly Ref[]
): AsyncGenerator<readonly RevisionHeader[]> {
  const [only] = tips
  if (only === undefined) return
  const handle = Bound.handleOf(db)
  try {
    if (handle === undefined) return yield* oneByOne(db, tips)
    const range = { to: tips, until: [], limit: Number.POSITIVE_INFINITY, withData: false }
    yield* await handle.ask((engine) => engine.history(range, undefined))
  } catch (error) {
    if (!hasCode(error, 'HISTO_SHALLOW')) throw error
  }
}

/** The last tip first: what it reaches and none before it does is no ancestor of what comes later. */
async function* oneByOne(
  db: Walked,
  tips: readonly Ref[]
): AsyncGenerator<readonly RevisionHeader[]> {
  for (let at = tips.length - 1; at >= 0; at -= 1) {
    const until = tips.slice(0, at)
    const options = at === 0 ? { data: false } : { data: false, until }
    for await (const step of db.history(tips[at] ?? '', options)) yield [step]
  }
}

/** Which tip reaches a revision first, of all that come, descendants before ancestors. */
class Sides<K, S extends Step<K>> {
  readonly #source: Source<S>
  /** By revision that is to come: the number of the first tip that reaches it. */
  readonly #open: Map<K, number>

  constructor(source: Source<S>, tips: readonly K[]) {
    this.#source = source
    this.#open = new Map(tips.map((ref, number) => [ref, number]).toReversed() as [K, number][])
  }

  /** The next part in its order. */
  async ordered(part: readonly S[]): Promise<readonly S[]> {
    const sides = new Map<number, S[]>()
    for (const step of part) {
      const number = this.#take(step)
      const side = sides.get(number)
      if (side === undefined) sides.set(number, [step])
      else side.push(step)
    }
    const trunk = sides.get(0) ?? []
    sides.delete(0)
    if (sides.size === 0) return part
    await this.#source.readTimes(part)
    const numbers = [...sides.keys()].sort((one, other) => one - other)
    const order = new Order<K, S>(
      this.#source,
      numbers.map((number) => sides.get(number) ?? [])
    )
    const all: S[] = []
    for (const step of trunk) all.push(...order.before(step), step)
    all.push(...order.rest())
    return all
  }

  #take({ ref, ancestors }: S): number {
    const number = this.#open.get(ref) ?? 0
    this.#open.delete(ref)
    for (const ancestor of ancestors) {
      this.#open.set(ancestor, Math.min(number, this.#open.get(ancestor) ?? number))
    }
    return number
  }
}

/** Sides that wait for their place in the trunk. */
class Order<K, S extends Step<K>> {
  readonly #source: Source<S>
  readonly #sides: readonly S[][]
  /** How far each side is. */
  readonly #at: number[]
  /** The time of the next revision of each side. */
  readonly #times: (number | undefined)[]
  /** The sides with a revision that names this one as an ancestor and has not been given. */
  readonly #waiting = new Map<K, number[]>()
  #left = 0

  constructor(source: Source<S>, sides: readonly S[][]) {
    this.#source = source
    this.#sides = sides
    this.#at = sides.map(() => 0)
    this.#times = sides.map(([first]) => this.#timeOf(first))
    for (const [side, steps] of sides.entries()) {
      this.#left += steps.length
      for (const { ancestors } of steps) {
        for (const ancestor of ancestors) this.#wait(ancestor).push(side)
      }
    }
  }

  /** What has to come before a revision of the trunk: its descendants, and what is newer. */
  *before(step: S): Generator<S> {
    if (this.#left === 0) return
    const time = this.#timeOf(step)
    for (let side = this.#newer(time); side !== undefined; side = this.#newer(time)) {
      yield* this.#give(side)
    }
    yield* this.#descendantsOf(step.ref)
  }

  /** All that is left. */
  *rest(): Generator<S> {
    for (let side = this.#sides.length - 1; side >= 0; side -= 1) {
      while (this.#next(side) !== undefined) yield* this.#give(side)
    }
  }

  /** Gives what names `ref` as an ancestor, and what has to come before that. */
  *#descendantsOf(ref: K): Generator<S> {
    for (let side = this.#waiting.get(ref)?.at(-1); side !== undefined; ) {
      yield* this.#give(side)
      side = this.#waiting.get(ref)?.at(-1)
    }
  }

  /** Gives the next revision of a side, once all that has to come before it was. */
  *#give(side: number): Generator<S> {
    const step = this.#next(side)
    if (step === undefined) return
    yield* this.#descendantsOf(step.ref)
    this.#at[side] = (this.#at[side] ?? 0) + 1
    this.#times[side] = this.#timeOf(this.#next(side))
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
    for (const [side, own] of this.#times.entries()) {
      if (own !== undefined && own > newest) [found, newest] = [side, own]
    }
    return found
  }

  #next(side: number): S | undefined {
    return this.#sides[side]?.[this.#at[side] ?? 0]
  }

  #wait(ref: K): number[] {
    const found = this.#waiting.get(ref) ?? []
    this.#waiting.set(ref, found)
    return found
  }

  #timeOf(step: S | undefined): number | undefined {
    return step === undefined ? undefined : this.#source.timeOf(step)
  }
}

/** The time in a revision's meta in ms; `undefined` where it has none. */
export function timeOf({ meta }: Pick<RevisionHeader, 'meta'>): number | undefined {
  const time = meta?.['time']
  const ms = typeof time === 'string' ? Date.parse(time) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
