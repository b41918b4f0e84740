/**
 * The revision store: reads and writes texts, many at a time if the store can.
 */

import { isUint8Array } from 'node:util/types'
import { type Awaitable, after, inTurn, tried } from '../base/awaitable.js'
import { HistoError } from '../base/errors.js'
import type { Ref } from '../base/types.js'
import { fromNative, native } from '../native.js'
import { refOf } from '../ref-of.js'
import { ancestryOf, inOrder, type Known } from './ancestry.js'
import { StoreCaller, type StoreOptions } from './call.js'
import { isId } from './ids.js'
import type { RevisionStore, StoredText } from './interfaces.js'

/** Reads in flight at the same time if the store has no `getMany`. */
const parallelReads = 128
/** Ids in one `getMany` or `has`. */
const readBatch = 1024

/** The content of a revision's text. */
export interface Parts {
  readonly ancestors: readonly Ref[]
  /** JSON text, or bytes. */
  readonly data: string | Uint8Array
  /** JSON text. */
  readonly meta?: string | undefined
}

/** A revision to be written into the store. */
export interface Written {
  readonly ref: Ref
  readonly ancestors: readonly Ref[]
  readonly text: string
}

/** A user's revision store. */
export class StoredRevisions {
  readonly #store: RevisionStore
  readonly #caller: StoreCaller
  readonly #get: string
  /** Whether texts may be those of the package of 2013, whose ids are not the built-in refs. */
  readonly #isFormer: boolean

  constructor(store: RevisionStore, options: StoreOptions) {
    this.#store = store
    this.#caller = new StoreCaller(store, 'revisionStore', options)
    const get = this.#caller.method('get', 'read')
    if (get === undefined || this.#caller.method('put') === undefined) {
      throw new TypeError('revisionStore must have put and get')
    }
    this.#get = get
    this.#isFormer = !this.tellsRefs
  }

  /** Whether ids are known before a text is put: the store has `idOf`. */
  get tellsIds(): boolean {
    return this.#caller.has('idOf')
  }

  /** Whether these ids are the built-in refs. */
  get tellsRefs(): boolean {
    return this.#store.idOf === refOf
  }

  /** The methods that pruning needs and this store lacks. */
  get lacksForPruning(): string[] {
    return ['keys', 'del'].filter((name) => !this.#caller.has(name))
  }

  /** Whether the store can list its ids. */
  get listsKeys(): boolean {
    return this.#caller.has('keys')
  }

  /** The ids of all revisions. */
  async *keys(): AsyncGenerator<Ref> {
    try {
      for await (const key of this.#store.keys?.() ?? []) yield key
    } catch (error) {
      throw this.#caller.failed('keys', {}, error)
    }
  }

  /** Deletes a revision. */
  async remove(ref: Ref): Promise<void> {
    await this.#caller.call<unknown>('del', [ref], { ref, mayMiss: true })
  }

  /** The id that a text will get. */
  idOf(text: string, ancestors: readonly Ref[]): Ref {
    let id: unknown
    try {
      id = this.#store.idOf?.(text)
    } catch (error) {
      throw this.#caller.failed('idOf', {}, error)
    }
    return this.#id('idOf', id, ancestors)
  }

  /** Stores a text; returns its id. */
  put(text: string, ancestors: readonly Ref[], signal?: AbortSignal, ref?: Ref): Awaitable<Ref> {
    const subject = ref === undefined ? { signal } : { signal, ref }
    const id = this.#caller.call<unknown>('put', [text], subject)
    return after(id, (given) => this.#id('put', given, ancestors))
  }

  /** Stores texts whose ids are known, in order; in one call if the store can. */
  async putAll(revisions: readonly Written[], signal?: AbortSignal): Promise<void> {
    if (this.#caller.has('putNamed')) {
      const args = [revisions.map(({ ref }) => ref), revisions.map(({ text }) => text)]
      await this.#caller.call('putNamed', args, { signal })
      return
    }
    if (revisions.length > 1 && this.#caller.has('putMany')) {
      const texts = revisions.map(({ text }) => text)
      const ids = await this.#caller.call<unknown>('putMany', [texts], { signal })
      if (!Array.isArray(ids) || ids.length !== texts.length) {
        throw this.#caller.rubbish('putMany', {}, `no array of ${texts.length} ids`)
      }
      for (const [place, { ref }] of revisions.entries()) this.#expect('putMany', ref, ids[place])
      return
    }
    for (const { ref, ancestors, text } of revisions) {
      signal?.throwIfAborted()
      this.#expect('put', ref, await this.put(text, ancestors, signal, ref))
    }
  }

  /** The content of a revision; `undefined` if it is missing. */
  get(ref: Ref, signal?: AbortSignal): Awaitable<Parts | undefined> {
    return after(this.text(ref, signal), (text) => this.parts(ref, text))
  }

  /** As `get` for many, in order: through `getMany`, or a bounded number at a time. */
  async getMany(refs: readonly Ref[], signal?: AbortSignal): Promise<(Parts | undefined)[]> {
    const texts = await this.texts(refs, signal)
    return refs.map((ref, place) => this.parts(ref, texts[place]))
  }

  /**
   * The texts of refs, in order, not yet parsed. Without `getMany` a bounded number of reads is in flight; none
   * begins after a failure.
   */
  texts(refs: readonly Ref[], signal?: AbortSignal): Awaitable<readonly unknown[]> {
    if (refs.length > 1 && this.#caller.has('getMany')) return this.#readMany(refs, signal)
    const texts: unknown[] = []
    const rest = refs.entries()
    let hasFailed = false
    const readOne = ([place, ref]: [number, Ref]) =>
      tried(
        () => {
          signal?.throwIfAborted()
          return hasFailed ? undefined : this.text(ref, signal)
        },
        (text) => {
          texts[place] = text
        },
        (error) => {
          hasFailed = true
          throw error
        }
      )
    const first = inTurn(rest, readOne)
    if (first === undefined) return texts
    const readOthers = async () => await inTurn(rest, readOne)
    const others = Array.from({ length: Math.min(parallelReads, refs.length) - 1 }, readOthers)
    return Promise.all([first, ...others]).then(() => texts)
  }

  /** Whether the store can return ancestry without texts. */
  get tellsAncestry(): boolean {
    return this.#caller.has('ancestry')
  }

  /** The ancestors of refs and of what they reach, about `limit` revisions in all. */
  async ancestry(
    refs: readonly Ref[],
    limit: number,
    signal: AbortSignal | undefined
  ): Promise<Known> {
    const args = [refs.filter(isId), limit]
    const answer = await this.#caller.call<unknown>('ancestry', args, { signal })
    const known = ancestryOf(answer)
    if (known !== undefined) return inOrder(refs, known)
    throw this.#caller.rubbish('ancestry', {}, 'no pairs of an id and its ancestors')
  }

  /** Whether each ref exists, in order. */
  async has(refs: readonly Ref[], signal?: AbortSignal): Promise<boolean[]> {
    if (!this.#caller.has('has')) {
      return (await this.getMany(refs, signal)).map((parts) => parts !== undefined)
    }
    const found: boolean[] = []
    for (let start = 0; start < refs.length; start += readBatch) {
      const part = refs.slice(start, start + readBatch)
      const ids = part.filter(isId)
      const answer = await this.#askMany('has', ids, signal)
      if (!answer.every((there) => typeof there === 'boolean')) {
        throw this.#caller.rubbish('has', {}, 'something else than booleans')
      }
      const there = new Set(ids.filter((_id, place) => answer[place]))
      found.push(...part.map((ref) => there.has(ref)))
    }
    return found
  }

  async #readMany(
    refs: readonly Ref[],
    signal: AbortSignal | undefined
  ): Promise<readonly unknown[]> {
    const found = new Map<Ref, unknown>()
    const ids = refs.filter(isId)
    for (let start = 0; start < ids.length; start += readBatch) {
      signal?.throwIfAborted()
      const part = ids.slice(start, start + readBatch)
      const texts = await this.#askMany('getMany', part, signal)
      for (const [place, ref] of part.entries()) found.set(ref, texts[place])
    }
    return refs.map((ref) => found.get(ref))
  }

  /** As `get`, without parsing the text. */
  text(ref: Ref, signal: AbortSignal | undefined): Awaitable<unknown> {
    if (!isId(ref)) return undefined
    return this.#caller.call<unknown>(this.#get, [ref], { ref, mayMiss: true, signal })
  }

  async #askMany(
    method: 'getMany' | 'has',
    ids: readonly Ref[],
    signal: AbortSignal | undefined
  ): Promise<readonly unknown[]> {
    const [first] = ids
    if (first === undefined) return []
    const subject = { signal, ...(ids.length === 1 ? { ref: first } : {}) }
    const answer = await this.#caller.call<unknown>(method, [ids], subject)
    if (Array.isArray(answer) && answer.length === ids.length) return answer
    throw this.#caller.rubbish(method, subject, `no array of ${ids.length}`)
  }

  /** Parses a text from the store; `undefined` if it is missing. */
  parts(ref: Ref, text: unknown): Parts | undefined {
    return read(ref, text, (given) => native.parseText(given, this.#isFormer))
  }

  /** As `parts`, but only the data. */
  data(ref: Ref, text: unknown): Parts['data'] | undefined {
    return read(ref, text, (given) => native.dataOfText(given, this.#isFormer))
  }

  #id(method: string, id: unknown, ancestors: readonly Ref[]): Ref {
    if (typeof id !== 'string' || !isId(id)) {
      const what = typeof id === 'string' ? 'a string that is no id' : `${typeof id} as the id`
      throw this.#caller.rubbish(method, {}, what)
    }
    if (!ancestors.includes(id)) return id
    throw this.#caller.rubbish(method, { ref: id }, 'the id of an ancestor of the text')
  }

  #expect(method: string, ref: Ref, id: unknown): void {
    if (id === ref) return
    throw this.#caller.rubbish(method, { ref }, `the id ${String(id)} where idOf told another`)
  }
}

/** Parses a text with `take`; `undefined` if it is missing. */
function read<R>(ref: Ref, text: unknown, take: (text: StoredText) => R): R | undefined {
  if (text === undefined || text === null) return undefined
  if (typeof text !== 'string' && !isUint8Array(text)) {
    throw damaged(ref, new TypeError(`it is ${typeof text}, neither a string nor bytes`))
  }
  try {
    return fromNative(undefined, () => take(text))
  } catch (error) {
    throw damaged(ref, error)
  }
}

function damaged(ref: Ref, cause: unknown): HistoError {
  const what = cause instanceof Error ? cause.message : String(cause)
  return new HistoError('HISTO_CORRUPT', `revision ${ref} is damaged in the store: ${what}`, {
    ref,
    cause
  })
}
