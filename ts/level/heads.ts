/**
 * Heads in a sublevel. A level cannot compare and swap, but belongs to one process: there, writes of heads take
 * turns, over all views of one place (`level.sublevel('a')` is a new object each time).
 */

import { branchOf } from '../base/keys.js'
import { compareNames } from '../base/names.js'
import type { LogEntry } from '../base/options.js'
import type { BranchStore, HeadSwap, LogRange, NewLogEntry } from '../store/interfaces.js'
import type { LevelSublevel } from './level.js'
import { LevelLog, missing } from './log.js'

/** The last pending write in each place of a root level; all stores over that place wait for it. */
const turns = new WeakMap<object, Map<string, Promise<unknown>>>()

/** The branch store in a level. */
export class LevelHeads implements BranchStore {
  readonly #heads: LevelSublevel
  readonly #log: LevelLog
  readonly #sync: boolean
  /** The pending writes in its root, and its place there. */
  readonly #turns: Map<string, Promise<unknown>>
  readonly #place: string

  /** @param level the parent of `heads`, for levels that have no reference to their root */
  constructor(level: object, heads: LevelSublevel, sync: boolean) {
    this.#heads = heads
    this.#log = new LevelLog(heads)
    this.#sync = sync
    const root = rootOf(heads) ?? level
    this.#turns = turns.get(root) ?? new Map()
    turns.set(root, this.#turns)
    this.#place = heads.prefix ?? ''
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

  /** A batch of a level is one write. */
  compareAndSwapMany(
    swaps: readonly HeadSwap[],
    entries: readonly NewLogEntry[] = []
  ): Promise<number> {
    return this.#inTurn(async () => {
      const held = await this.#heads.getMany(swaps.map(({ key }) => key))
      const wrong = swaps.findIndex(({ expected }, place) => (held[place] ?? null) !== expected)
      if (wrong !== -1) return wrong
      for (const [place, { key, latest }] of swaps.entries()) {
        if (latest !== undefined && (await this.#latestOf(key)) !== latest) return place
      }
      const changed = swaps.filter(({ expected, value }) => value !== expected)
      const writes = changed.map(({ key, value }) =>
        value === null ? ({ type: 'del', key } as const) : ({ type: 'put', key, value } as const)
      )
      await this.#heads.batch([...writes, ...(await this.#log.logging(entries))], {
        sync: this.#sync
      })
      return -1
    })
  }

  /** The id of the newest entry of a branch. */
  async #latestOf(key: string): Promise<string | null> {
    const [newest] = await this.#log.read({ branch: branchOf(key), before: undefined, limit: 1 })
    return newest?.id ?? null
  }

  readLog(range: LogRange): Promise<LogEntry[]> {
    return this.#log.read(range)
  }

  forgetLog(time: string, limit: number): Promise<number> {
    return this.#inTurn(async () => {
      const [old, count] = await this.#log.forgetting(time, limit)
      await this.#heads.batch(old, { sync: this.#sync })
      return count
    })
  }

  async *keys(prefix: string): AsyncGenerator<string> {
    for await (const key of this.#heads.keys({ gte: prefix })) {
      if (!key.startsWith(prefix)) return
      yield key
    }
  }

  /** An iterator of a level reads one state of it. */
  async *entries(
    prefix: string,
    after: string | null,
    limit: number
  ): AsyncGenerator<[string, string]> {
    const start =
      after !== null && compareNames(after, prefix) >= 0 ? { gt: after } : { gte: prefix }
    const most = Number.isFinite(limit) ? limit : -1 // none
    for await (const [key, value] of this.#heads.iterator({ ...start, limit: most })) {
      if (!key.startsWith(prefix)) return
      yield [key, value]
    }
  }

  async #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const turn = (this.#turns.get(this.#place) ?? Promise.resolve()).then(work)
    const ended = turn.catch(() => undefined)
    this.#turns.set(this.#place, ended)
    try {
      return await turn
    } finally {
      if (this.#turns.get(this.#place) === ended) this.#turns.delete(this.#place)
    }
  }
}

/** The level at the bottom of a sublevel; all views of the same data share it. */
function rootOf(part: LevelSublevel): object | undefined {
  let level: LevelSublevel | undefined = part
  while (typeof level?.prefix === 'string' && typeof level.db === 'object') level = level.db
  return level === part ? undefined : level
}
