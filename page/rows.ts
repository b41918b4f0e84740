/**
 * Loads the rows of a view as they become visible, and caches the most recent ones.
 */

import type { GraphRow, Rows } from '../ts/page/protocol.js'
import { ask, isAborted } from './ask.js'

/** Rows of one request, and most such stretches that are cached. */
const [stretch, most] = [128, 64]
/** Most pending requests. */
const atOnce = 2

/** The rows of one view. */
export class RowCache {
  readonly view: string
  readonly #stretches = new Map<number, readonly GraphRow[]>()
  readonly #asked = new Map<number, AbortController>()
  readonly #changed: () => void
  readonly #failed: (error: unknown) => void
  /** The number of revisions in the database, if known. */
  #revisions: number | undefined
  #walked = 0
  #isDone = false
  #wanted: readonly number[] = []

  constructor(view: string, changed: () => void, failed: (error: unknown) => void) {
    this.view = view
    this.#changed = changed
    this.#failed = failed
  }

  /** The number of rows, or an estimate while it is not known. */
  get count(): number {
    if (this.#isDone) return this.#walked
    return Math.max(this.#walked + 1, this.#revisions ?? this.#walked + 1000)
  }

  /** How far the server has read. */
  get walked(): number {
    return this.#walked
  }

  get isDone(): boolean {
    return this.#isDone
  }

  set revisions(count: number | undefined) {
    this.#revisions = count
  }

  /** The row, if it is loaded. */
  get(row: number): GraphRow | undefined {
    return this.#stretches.get(Math.floor(row / stretch))?.[row % stretch]
  }

  /** Requests the missing rows from `from` to `to`, and cancels requests of others. */
  want(from: number, to: number): void {
    const last = Math.max(0, Math.min(to, this.count - 1))
    const wanted: number[] = []
    for (let at = Math.floor(from / stretch); at <= Math.floor(last / stretch); at += 1) {
      wanted.push(at)
    }
    this.#wanted = wanted
    for (const [at, controller] of this.#asked) {
      if (!wanted.includes(at)) controller.abort()
    }
    this.#go()
  }

  /** Cancels all requests. */
  close(): void {
    this.#wanted = []
    for (const controller of this.#asked.values()) controller.abort()
  }

  #go(): void {
    for (const at of this.#wanted) {
      if (this.#asked.size >= atOnce) return
      if (!this.#asked.has(at) && !this.#isWhole(at)) void this.#ask(at)
    }
  }

  #isWhole(at: number): boolean {
    const rows = this.#stretches.get(at)
    if (rows === undefined) return this.#isDone && at * stretch >= this.#walked
    return rows.length === stretch || (this.#isDone && at * stretch + rows.length >= this.#walked)
  }

  async #ask(at: number): Promise<void> {
    const controller = new AbortController()
    this.#asked.set(at, controller)
    try {
      const question = { view: this.view, from: at * stretch, count: stretch }
      const answer = await ask<Rows>('rows', question, controller.signal)
      this.#take(at, answer)
    } catch (error) {
      if (isAborted(error)) return
      this.#wanted = []
      this.#failed(error)
    } finally {
      if (this.#asked.get(at) === controller) this.#asked.delete(at)
      this.#go()
    }
  }

  #take(at: number, { rows, walked, isDone }: Rows): void {
    this.#walked = Math.max(walked, this.#walked)
    this.#isDone ||= isDone
    if (rows.length > 0) {
      this.#stretches.delete(at)
      this.#stretches.set(at, rows)
    }
    for (const old of this.#stretches.keys()) {
      if (this.#stretches.size <= most) break
      if (!this.#wanted.includes(old)) this.#stretches.delete(old)
    }
    this.#changed()
  }
}
