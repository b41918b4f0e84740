/**
 * Heads in a sublevel. A level cannot compare and swap, but belongs to one process: there, writes of
 * heads take turns.
 */

import type { BranchStore } from '../store/interfaces.js'
import type { LevelSublevel } from './level.js'

/** The last write of each level that is under way; all stores over it wait for it. */
const turns = new WeakMap<object, Promise<unknown>>()

/** The branch store in a level. */
export class LevelHeads implements BranchStore {
  readonly #level: object
  readonly #heads: LevelSublevel
  readonly #sync: boolean

  /** @param level what all stores over the same data have in common */
  constructor(level: object, heads: LevelSublevel, sync: boolean) {
    this.#level = level
    this.#heads = heads
    this.#sync = sync
  }

  get(key: string): Promise<string | undefined> {
    return this.#heads.get(key)
  }

  getMany(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#heads.getMany([...keys])
  }

  put(key: string, value: string): Promise<void> {
    return this.#inTurn(() => this.#heads.put(key, value, { sync: this.#sync }))
  }

  del(key: string): Promise<void> {
    return this.#inTurn(() => this.#heads.del(key, { sync: this.#sync }))
  }

  compareAndSwap(key: string, expected: string | null, value: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const held = await this.#heads.get(key).catch(missing)
      if ((held ?? null) !== expected) return false
      await this.#heads.put(key, value, { sync: this.#sync })
      return true
    })
  }

  async *keys(prefix: string): AsyncGenerator<string> {
    for await (const key of this.#heads.keys({ gte: prefix })) {
      if (!key.startsWith(prefix)) return
      yield key
    }
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const before = turns.get(this.#level) ?? Promise.resolve()
    const turn = before.then(work)
    turns.set(
      this.#level,
      turn.catch(() => undefined)
    )
    return turn
  }
}

/** Before its version 2, a level rejects for a missing key. */
function missing(error: unknown): undefined {
  if ((error as { code?: unknown }).code === 'LEVEL_NOT_FOUND') return undefined
  throw error
}
