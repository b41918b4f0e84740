/**
 * A view: the rows that some heads reach, in a fixed order, read as far as somebody scrolled.
 *
 * Keeps the key of each row, and for each 256th row the lanes that are open above it, so that any window can be laid out
 * from there. Memory: 4 bytes for each row that was read, 32 where the engine has no graph, and the open lanes every 256
 * rows.
 */

import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { DB } from '../db.js'
import type { HistoryStep } from '../engine.js'
import { directEdges, type Lane, Lanes, type Row } from '../rows/lanes.js'
import type { Step } from '../rows/walk.js'
import type { Walked } from './protocol.js'
import { type KeyList, NumberedRows, RefRows, type RowSource } from './row-source.js'

/** Rows between two kept states of the lanes. */
const interval = 256
/** Milliseconds of reading rows without a turn of the event loop. */
const slice = 12

/** A row and its place in the lanes. */
export interface LaidOut {
  readonly header: HistoryStep
  readonly row: Row
}

/** The view of some heads. Reads nothing yet. */
export function viewOf(db: DB, handle: Handle, tips: readonly Ref[]): View {
  const { outline } = handle.engine
  if (outline === undefined) return new RowView(new RefRows(db, handle, tips))
  return new RowView(new NumberedRows(handle, tips))
}

/** The rows of one set of heads. */
export type View = Pick<RowView<unknown>, keyof RowView<unknown>>

class RowView<K> {
  readonly #source: RowSource<K>
  readonly #parts: AsyncIterator<readonly Step<K>[]>
  /** What was read and is not laid out, and how far. */
  #part: readonly Step<K>[] = []
  #at = 0
  readonly #keys: KeyList<K>
  readonly #lanes = new Lanes<K>()
  readonly #states: (readonly (Lane<K> | undefined)[])[] = []
  #isDone = false
  #reading: Promise<void> | undefined

  constructor(source: RowSource<K>) {
    this.#source = source
    this.#keys = source.list()
    this.#parts = source.parts()[Symbol.asyncIterator]()
  }

  /** How far it was read. */
  get walked(): Walked {
    return { walked: this.#keys.length, isDone: this.#isDone }
  }

  /** Reads on until there are `count` rows, or all, for at most some `ms`. */
  async read(count: number, ms: number): Promise<void> {
    const end = performance.now() + ms
    while (this.#keys.length < count && !this.#isDone) {
      this.#reading ??= this.#read(count).finally(() => {
        this.#reading = undefined
      })
      await this.#reading
      if (performance.now() >= end) return
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  /** The refs of rows that were read. */
  async refs(from: number, count: number): Promise<readonly Ref[]> {
    return await this.#source.refs(this.#keys.slice(from, from + count))
  }

  /** The number of a row that was read. */
  async rowOf(ref: Ref): Promise<number | null> {
    const key = await this.#source.keyOf(ref)
    const found = key === null ? -1 : this.#keys.indexOf(key)
    return found < 0 ? null : found
  }

  /** Lays out rows that were read. */
  async rows(from: number, count: number): Promise<LaidOut[]> {
    const start = from - (from % interval)
    const state = this.#states[start / interval]
    if (state === undefined) return []
    const keys = this.#keys.slice(start, from + count)
    const lanes = new Lanes(state)
    const above = await this.#source.rows(keys)
    const all = above.map(({ header, ancestors }, at) => {
      const row = lanes.row(keys[at] as K, directEdges(ancestors))
      return { header, row }
    })
    return all.slice(from - start)
  }

  /** Stops reading. */
  close(): void {
    const close = () => this.#source.close()
    this.#parts.return?.().then(close, close)
  }

  async #read(count: number): Promise<void> {
    const end = performance.now() + slice
    while (this.#keys.length < count && performance.now() < end) {
      if (this.#at < this.#part.length) {
        this.#addSome(count)
        continue
      }
      const { done, value } = await this.#parts.next()
      this.#part = done === true ? [] : value
      this.#at = 0
      if (done === true) {
        this.#isDone = true
        return
      }
    }
  }

  /** Lays out some of the part, a few at a time since the clock is not free. */
  #addSome(count: number): void {
    const most = Math.min(this.#part.length, this.#at + interval)
    for (; this.#at < most && this.#keys.length < count; this.#at += 1) {
      const { ref, ancestors } = this.#part[this.#at] as Step<K>
      if (this.#keys.length % interval === 0) this.#states.push(this.#lanes.state)
      this.#lanes.pass(ref, ancestors)
      this.#keys.push(ref)
    }
  }
}
