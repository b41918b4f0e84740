/**
 * The log of the heads in a level: entries under their numbers, and for each branch the numbers of its entries.
 *
 * Versions before wrote no numbers by branch. Their entries stand below the first number that has such a key, and are
 * searched for a branch as they were then.
 */

import { expectLogId } from '../base/log-ids.js'
import type { LogEntry } from '../base/options.js'
import { parseJson } from '../base/parse.js'
import type { LogRange, NewLogEntry } from '../store/interfaces.js'
import type { LevelBatchOperation, LevelSublevel } from './level.js'

/** Keys of entries: behind the prefix the number, 16 digits. */
const [logPrefix, logEnd] = ['log/', 'log0']
const idDigits = 16
const largestId = '9'.repeat(idDigits)
/** The key of the last number that was given. */
const lastLogged = 'logged'
/** The key of the first number that stands by branch too. */
const firstIndexed = 'indexed'

/** Keys by branch: no name has a control character. */
const branchPrefix = (branch: string) => `moves/${branch}\0`

/** The log in a sublevel of heads. */
export class LevelLog {
  readonly #level: LevelSublevel
  /** The first number that stands by branch too, once it was looked for. */
  #first: number | undefined
  /** Whether the level tells that number. */
  #isTold = false

  constructor(level: LevelSublevel) {
    this.#level = level
  }

  /** Entries, newest first. Costs what it returns, and entries of older versions where there are too few of later ones. */
  async read({ branch, before, limit }: LogRange): Promise<LogEntry[]> {
    expectLogId(before, largestId)
    const end = before === undefined ? logEnd : logPrefix + before
    if (branch === undefined) return await this.#scan(end, limit)
    const first = idOf(await this.#findFirst())
    const entries = await this.#ofBranch(branch, first, before, limit)
    if (entries.length >= limit) return entries
    const unindexed = logPrefix + first
    const older = unindexed < end ? unindexed : end
    return [...entries, ...(await this.#scan(older, limit - entries.length, branch))]
  }

  /** The writes of entries, each under the number after the last one. One such write at a time. */
  async logging(entries: readonly NewLogEntry[]): Promise<LevelBatchOperation[]> {
    if (entries.length === 0) return []
    const first = await this.#findFirst()
    let number = await this.#last()
    const writes = entries.flatMap((entry): LevelBatchOperation[] => {
      number += 1
      const id = idOf(number)
      return [
        { type: 'put', key: logPrefix + id, value: JSON.stringify(entry) },
        { type: 'put', key: branchPrefix(entry.branch) + id, value: '' }
      ]
    })
    writes.push({ type: 'put', key: lastLogged, value: number.toString() })
    if (!this.#isTold) writes.push({ type: 'put', key: firstIndexed, value: first.toString() })
    this.#isTold = true
    return writes
  }

  /** The removals of the oldest entries, at most `limit`, as far as they are from before a time; and how many they are. */
  async forgetting(time: string, limit: number): Promise<[LevelBatchOperation[], number]> {
    const old: LevelBatchOperation[] = []
    let count = 0
    for await (const [key, value] of this.#level.iterator({ gt: logPrefix, lt: logEnd, limit })) {
      const entry = parseJson(value) as NewLogEntry
      if (entry.time >= time) break
      const id = key.slice(logPrefix.length)
      old.push({ type: 'del', key }, { type: 'del', key: branchPrefix(entry.branch) + id })
      count += 1
    }
    return [old, count]
  }

  /** Of those that stand by branch. */
  async #ofBranch(
    branch: string,
    first: string,
    before: string | undefined,
    limit: number
  ): Promise<LogEntry[]> {
    const prefix = branchPrefix(branch)
    const lt = before === undefined ? `moves/${branch}\u0001` : prefix + before
    const range = { gte: prefix + first, lt, reverse: true, limit }
    const ids: string[] = []
    for await (const [key] of this.#level.iterator(range)) {
      ids.push(key.slice(prefix.length))
    }
    const values = await this.#level.getMany(ids.map((id) => logPrefix + id))
    return ids.flatMap((id, place) => {
      const value = values[place]
      return value === undefined ? [] : [entryOf(id, value)] // forgotten meanwhile
    })
  }

  /** Reads entries below a key, newest first, all or those of a branch. */
  async #scan(end: string, limit: number, branch?: string): Promise<LogEntry[]> {
    const entries: LogEntry[] = []
    const range = { gt: logPrefix, lt: end, reverse: true, limit: -1 }
    for await (const [key, value] of this.#level.iterator(range)) {
      const entry = entryOf(key.slice(logPrefix.length), value)
      if (branch === undefined || entry.branch === branch) entries.push(entry)
      if (entries.length >= limit) break
    }
    return entries
  }

  /** Where the last entry does not stand by branch, an older version wrote it, and maybe those before. */
  async #findFirst(): Promise<number> {
    if (this.#first !== undefined) return this.#first
    const last = await this.#last()
    const entry = await read(this.#level, logPrefix + idOf(last))
    const key = entry && branchPrefix((parseJson(entry) as NewLogEntry).branch) + idOf(last)
    const isIndexed = key !== undefined && (await read(this.#level, key)) !== undefined
    const told = isIndexed ? await read(this.#level, firstIndexed) : undefined
    this.#isTold ||= told !== undefined
    this.#first ??= told === undefined ? last + 1 : Number(told)
    return this.#first
  }

  async #last(): Promise<number> {
    return Number((await read(this.#level, lastLogged)) ?? '0')
  }
}

function idOf(number: number): string {
  return number.toString().padStart(idDigits, '0')
}

function entryOf(id: string, value: string): LogEntry {
  return { id, ...(parseJson(value) as NewLogEntry) }
}

/** A value; a level before version 2 rejects where there is none. */
async function read(level: LevelSublevel, key: string): Promise<string | undefined> {
  try {
    return await level.get(key)
  } catch (error) {
    return missing(error)
  }
}

/** Returns a missing key as `undefined`. */
export function missing(error: unknown): undefined {
  if ((error as { code?: unknown }).code === 'LEVEL_NOT_FOUND') return undefined
  throw error
}
