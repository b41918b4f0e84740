/**
 * A view: the rows that some heads reach, in a fixed order, read as far as somebody scrolled.
 *
 * Keeps the ref of each row, and for each 256th row the lanes that are open above it, so that any window can be laid out
 * from there. Memory: 32 bytes for each row that was read, and the open lanes every 256 rows.
 */

import type { RevisionHeader } from '../base/options.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { DB } from '../db.js'
import type { HistoryStep } from '../engine.js'
import { type Lane, Lanes } from '../rows/lanes.js'
import { walkInParts } from '../rows/walk.js'
import type { Walked } from './protocol.js'
import { RefList } from './ref-list.js'

/** Rows between two kept states of the lanes. */
const interval = 256
/** Milliseconds of reading rows without a turn of the event loop. */
const slice = 12

/** A row and its place in the lanes. */
export interface LaidOut {
  readonly header: HistoryStep
  readonly row: ReturnType<Lanes['row']>
}

/** The rows of one set of heads. */
export class View {
  readonly #handle: Handle
  readonly #parts: AsyncIterator<readonly RevisionHeader[]>
  /** What was read and is not laid out, and how far. */
  #part: readonly RevisionHeader[] = []
  #at = 0
  readonly #refs = new RefList()
  readonly #lanes = new Lanes()
  readonly #states: (readonly (Lane | undefined)[])[] = []
  #isDone = false
  #reading: Promise<void> | undefined

  constructor(db: DB, handle: Handle, tips: readonly Ref[]) {
    this.#handle = handle
    this.#parts = walkInParts(db, tips)[Symbol.asyncIterator]()
  }

  /** How far it was read. */
  get walked(): Walked {
    return { walked: this.#refs.length, isDone: this.#isDone }
  }

  /** Reads on until there are `count` rows, or all, for at most some `ms`. */
  async read(count: number, ms: number): Promise<void> {
    const end = performance.now() + ms
    while (this.#refs.length < count && !this.#isDone) {
      this.#reading ??= this.#read(count).finally(() => {
        this.#reading = undefined
      })
      await this.#reading
      if (performance.now() >= end) return
      await new Promise<void>((resolve) => setImmediate(resolve))
    }
  }

  /** The refs of rows that were read. */
  refs(from: number, count: number): Ref[] {
    return this.#refs.slice(from, from + count)
  }

  /** The number of a row that was read. */
  rowOf(ref: Ref): number | null {
    const found = this.#refs.indexOf(ref)
    return found < 0 ? null : found
  }

  /** Lays out rows that were read. */
  async rows(from: number, count: number): Promise<LaidOut[]> {
    const start = from - (from % interval)
    const state = this.#states[start / interval]
    if (state === undefined) return []
    const refs = this.refs(start, from + count - start)
    const headers = await this.#handle.ask((engine) => engine.headers(refs))
    const lanes = new Lanes(state)
    const all = headers.map((header) => ({ header, row: lanes.row(header.ref, edges(header)) }))
    return all.slice(from - start)
  }

  /** Stops reading. */
  close(): void {
    this.#parts.return?.()?.catch(() => undefined)
  }

  async #read(count: number): Promise<void> {
    const end = performance.now() + slice
    while (this.#refs.length < count && performance.now() < end) {
      const header = this.#part[this.#at]
      if (header !== undefined) {
        this.#at += 1
        this.#add(header)
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

  #add(header: RevisionHeader): void {
    if (this.#refs.length % interval === 0) this.#states.push(this.#lanes.state)
    this.#lanes.row(header.ref, edges(header))
    this.#refs.push(header.ref)
  }
}

function edges({ ancestors }: Pick<HistoryStep, 'ancestors'>) {
  return ancestors.map((ref) => ({ ref, isDirect: true }))
}
