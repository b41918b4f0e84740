/**
 * The parts of `abstract-level` in use. Own types, so that our types need no peer dependency.
 */

/** One write of a batch. */
export type LevelBatchOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string }

/** A part of a database: keys and values are UTF-8. */
export interface LevelSublevel {
  get(key: string): Promise<string | undefined>
  getMany(keys: string[]): Promise<(string | undefined)[]>
  put(key: string, value: string, options: { sync: boolean }): Promise<void>
  del(key: string, options: { sync: boolean }): Promise<void>
  batch(operations: LevelBatchOperation[], options: { sync: boolean }): Promise<void>
  keys(range: { gte?: string }): AsyncIterable<string>
  iterator(range: {
    gte?: string
    gt?: string
    lt?: string
    reverse?: boolean
    limit: number
  }): AsyncIterable<[string, string]>
  /** The prefix of its keys in the level at the bottom. */
  readonly prefix?: string
  /** The level at the bottom. */
  readonly db?: LevelSublevel
}

/** An `abstract-level` of any kind: `classic-level`, `memory-level` or a sublevel of one. */
export interface LevelDatabase {
  // biome-ignore lint/suspicious/noExplicitAny: abstract-level's own types tell formats of keys and values
  sublevel(name: string, options: { keyEncoding: 'utf8'; valueEncoding: 'utf8' }): any
}
