/**
 * Where the rows of a view come from: the numbers of the engine's graph, or refs where it has no graph in memory.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { hasCode } from '../base/errors.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { DB } from '../db.js'
import type { HistoryStep, Outline } from '../engine.js'
import { inParts, type Step, timeOf, walkInParts } from '../rows/walk.js'
import { NumberList } from './number-list.js'
import { RefList } from './ref-list.js'
import { forgotten } from './refusals.js'

/** Revisions that are taken from the engine's graph at a time, and whose time is read at a time. */
const [atOnce, timesAtOnce] = [8192, 1024]

/** A row to be laid out. */
export interface Laying<K> {
  readonly header: HistoryStep
  readonly ancestors: readonly K[]
}

/** A list that only grows. */
export interface KeyList<K> {
  readonly length: number
  push(key: K): void
  slice(from: number, to: number): K[]
  indexOf(key: K): number
}

/** The rows of some heads, each with a key. */
export interface RowSource<K> {
  /** An empty list for keys. */
  list(): KeyList<K>
  /** The rows in order; no part holds rows that come before those of an earlier one. */
  parts(): AsyncGenerator<readonly Step<K>[]>
  refs(keys: readonly K[]): Promise<readonly Ref[]>
  rows(keys: readonly K[]): Promise<readonly Laying<K>[]>
  /** The key that a revision would have; `null` if it has none. */
  keyOf(ref: Ref): Promise<K | null>
  close(): void
}

/** Rows by ref, 32 bytes each. */
export class RefRows implements RowSource<Ref> {
  readonly #db: DB
  readonly #handle: Handle
  readonly #tips: readonly Ref[]

  constructor(db: DB, handle: Handle, tips: readonly Ref[]) {
    this.#db = db
    this.#handle = handle
    this.#tips = tips
  }

  list(): RefList {
    return new RefList()
  }

  parts(): AsyncGenerator<readonly Step<Ref>[]> {
    return walkInParts(this.#db, this.#tips)
  }

  refs(keys: readonly Ref[]): Promise<readonly Ref[]> {
    return Promise.resolve(keys)
  }

  async rows(keys: readonly Ref[]): Promise<readonly Laying<Ref>[]> {
    const headers = await this.#handle.ask((engine) => engine.headers(keys))
    return headers.map((header) => ({ header, ancestors: header.ancestors }))
  }

  keyOf(ref: Ref): Promise<Ref> {
    return Promise.resolve(ref)
  }

  close(): void {
    // what is read ends with the iterator of parts
  }
}

/** A revision by its number; its time in ms is read where rows are ordered by it. */
interface NumberedStep extends Step<number> {
  time: number | undefined
}

/** Rows by number, 4 bytes each. */
export class NumberedRows implements RowSource<number> {
  readonly #handle: Handle
  readonly #tips: readonly Ref[]
  #opened: Promise<Outline> | undefined
  #isClosed = false

  constructor(handle: Handle, tips: readonly Ref[]) {
    this.#handle = handle
    this.#tips = tips
  }

  list(): NumberList {
    return new NumberList()
  }

  async *parts(): AsyncGenerator<readonly Step<number>[]> {
    if (this.#tips.length === 0) return
    const outline = await this.#outline()
    const tips: number[] = []
    for (const ref of this.#tips) {
      const number = await outline.numberOf(ref)
      if (number !== null) tips.push(number)
    }
    const source = {
      batches: () => stepsOf(outline),
      readTimes: (steps: readonly NumberedStep[]) => this.#readTimes(outline, steps),
      timeOf: ({ time }: NumberedStep) => time
    }
    yield* inParts(source, tips)
  }

  async refs(keys: readonly number[]): Promise<readonly Ref[]> {
    return (await this.#outline()).refs(Uint32Array.from(keys))
  }

  async rows(keys: readonly number[]): Promise<readonly Laying<number>[]> {
    const outline = await this.#outline()
    const numbers = Uint32Array.from(keys)
    const steps = read(outline.lines(numbers))
    const headers = await this.#handle.ask((engine) => engine.headers(outline.refs(numbers)))
    return headers.map((header, at) => ({ header, ancestors: steps[at]?.ancestors ?? [] }))
  }

  async keyOf(ref: Ref): Promise<number | null> {
    return await (await this.#outline()).numberOf(ref)
  }

  close(): void {
    this.#isClosed = true
    this.#opened?.then(
      (outline) => outline.close(),
      () => undefined
    )
  }

  /** @throws {PageRefusal} 410 */
  async #outline(): Promise<Outline> {
    if (this.#isClosed) throw forgotten()
    this.#opened ??= this.#open()
    return await this.#opened
  }

  async #open(): Promise<Outline> {
    return await this.#handle.ask((engine) => {
      if (engine.outline === undefined) throw new TypeError('this engine numbers no revisions')
      return engine.outline(this.#tips)
    })
  }

  async #readTimes(outline: Outline, steps: readonly NumberedStep[]): Promise<void> {
    for (let from = 0; from < steps.length; from += timesAtOnce) {
      const part = steps.slice(from, from + timesAtOnce)
      const refs = outline.refs(Uint32Array.from(part, ({ ref }) => ref))
      const headers = await this.#handle.ask((engine) => engine.headers(refs))
      for (const [at, step] of part.entries()) step.time = timeOf(headers[at] ?? {})
      await turn()
    }
  }
}

/** All steps of an outline, down to where history was cut away. */
async function* stepsOf(outline: Outline): AsyncGenerator<readonly NumberedStep[]> {
  try {
    for (;;) {
      const steps = read(await outline.next(atOnce))
      if (steps.length === 0) return
      yield steps
      await turn()
    }
  } catch (error) {
    if (!hasCode(error, 'HISTO_SHALLOW')) throw error
  }
}

/** The steps in numbers as the engine gives them. */
function read(numbers: Uint32Array): NumberedStep[] {
  const steps: NumberedStep[] = []
  for (let at = 0; at < numbers.length; ) {
    const [ref = 0, count = 0, first = 0] = [numbers[at], numbers[at + 1], numbers[at + 2]]
    const ancestors = count === 1 ? [first] : [...numbers.subarray(at + 2, at + 2 + count)]
    steps.push({ ref, ancestors, time: undefined })
    at += 2 + count
  }
  return steps
}
