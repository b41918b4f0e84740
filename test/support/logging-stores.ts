/** Stores over maps in the style of callbacks, with a log. */

import type { LogEntry } from '../../ts/index.js'
import { refOf } from '../../ts/ref-of.js'
import type {
  BranchStore,
  HeadSwap,
  LogRange,
  NewLogEntry,
  RevisionStore,
  StoreCallback
} from '../../ts/store/interfaces.js'

/** The contents of the stores. `log` is newest first. */
export interface Kept {
  readonly texts: Map<string, string>
  readonly values: Map<string, string>
  readonly log: LogEntry[]
  /** Entries ever logged. */
  logged: number
}

/** Stores for `createDB`. */
export interface Stores {
  readonly revisionStore: RevisionStore
  readonly branchStore: BranchStore
}

const later = <R>(callback: StoreCallback<R>, result: R) => setImmediate(callback, null, result)

/** New stores, or others over what some keep. */
export function loggingStores(
  kept: Kept = { texts: new Map(), values: new Map(), log: [], logged: 0 }
): { readonly stores: Stores; readonly kept: Kept } {
  const branchStore = new Heads(kept) as unknown as BranchStore
  return { stores: { revisionStore: revisionsIn(kept), branchStore }, kept }
}

const revisionsIn = ({ texts }: Kept): RevisionStore => ({
  put(text: string, callback: StoreCallback<string>) {
    const id = refOf(text)
    texts.set(id, text)
    later(callback, id)
  },
  get: (id: string, callback: StoreCallback<string | null>) =>
    later(callback, texts.get(id) ?? null),
  del: (id: string, callback: StoreCallback<unknown>) => later(callback, texts.delete(id))
})

class Heads {
  readonly #kept: Kept

  constructor(kept: Kept) {
    this.#kept = kept
  }

  put(key: string, value: string, callback: StoreCallback<unknown>) {
    later(callback, this.#kept.values.set(key, value))
  }

  get(key: string, callback: StoreCallback<string | undefined>) {
    later(callback, this.#kept.values.get(key))
  }

  del(key: string, callback: StoreCallback<unknown>) {
    later(callback, this.#kept.values.delete(key))
  }

  compareAndSwap(
    key: string,
    expected: string | null,
    value: string,
    callback: StoreCallback<boolean>
  ) {
    const isThere = (this.#kept.values.get(key) ?? null) === expected
    if (isThere) this.#kept.values.set(key, value)
    later(callback, isThere)
  }

  compareAndSwapMany(
    swaps: readonly HeadSwap[],
    entries: readonly NewLogEntry[],
    callback: StoreCallback<number>
  ) {
    const { values } = this.#kept
    const wrong = swaps.findIndex(({ key, expected }) => (values.get(key) ?? null) !== expected)
    if (wrong !== -1) return later(callback, wrong)
    for (const { key, value } of swaps) value === null ? values.delete(key) : values.set(key, value)
    for (const entry of entries) this.#record(entry)
    return later(callback, -1)
  }

  #record(entry: NewLogEntry) {
    this.#kept.logged += 1
    this.#kept.log.unshift({ id: this.#kept.logged.toString().padStart(8, '0'), ...entry })
  }

  readLog({ branch, before, limit }: LogRange, callback: StoreCallback<LogEntry[]>) {
    const isWanted = (entry: LogEntry) =>
      (branch === undefined || entry.branch === branch) &&
      (before === undefined || entry.id < before)
    later(callback, this.#kept.log.filter(isWanted).slice(0, limit))
  }

  forgetLog(time: string, limit: number, callback: StoreCallback<number>) {
    const { log } = this.#kept
    let count = 0
    while (count < limit && (log.at(-1)?.time ?? time) < time) {
      log.pop()
      count += 1
    }
    later(callback, count)
  }
}
