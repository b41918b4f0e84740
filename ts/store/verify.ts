/**
 * Verifying a database over stores of the user's: everything that the heads and remote heads reach is
 * read, and held to its id where the store tells ids.
 */

import { HistoError } from '../base/errors.js'
import type { VerifyReport } from '../base/reports.js'
import type { Ref } from '../base/types.js'
import type { Watching } from '../engine.js'
import { fromNative, native } from '../native.js'
import { namesOf } from './ids.js'
import type { Parts, StoredRevisions } from './stored-revisions.js'

/** So many revisions are read at once. */
const batchSize = 256

/** A head and what it names. */
export interface NamedHead {
  readonly key: string
  readonly ref: Ref
}

/** Verifies what `heads` reach. Remembers every ref until its end. */
export async function verifyStored(
  revisions: StoredRevisions,
  heads: readonly NamedHead[],
  watching: Watching
): Promise<VerifyReport> {
  return await new Verification(revisions, heads).run(watching)
}

class Verification {
  readonly #revisions: StoredRevisions
  readonly #heads: readonly NamedHead[]
  readonly #waiting: Ref[] = []
  readonly #seen = new Set<Ref>()
  /** Who names what waits. */
  readonly #namedBy = new Map<Ref, Ref[]>()
  readonly #damaged: Ref[] = []
  readonly #missing = new Set<Ref>()
  readonly #dangling = new Set<Ref>()
  #looked = 0
  #bytes = 0

  constructor(revisions: StoredRevisions, heads: readonly NamedHead[]) {
    this.#revisions = revisions
    this.#heads = heads
    for (const { ref } of heads) this.#await(ref)
  }

  async run({ signal, onProgress }: Watching): Promise<VerifyReport> {
    while (this.#waiting.length > 0) {
      signal?.throwIfAborted()
      const batch = this.#waiting.splice(-batchSize)
      const found = await this.#read(batch, signal)
      for (const [place, ref] of batch.entries()) this.#look(ref, found[place])
      const total = this.#looked + this.#waiting.length
      onProgress({ done: this.#looked, total, bytes: this.#bytes })
    }
    return this.#report()
  }

  #await(ref: Ref): void {
    if (this.#seen.has(ref)) return
    this.#seen.add(ref)
    this.#waiting.push(ref)
  }

  /** Together, or one by one where one of them is damaged. */
  async #read(batch: readonly Ref[], signal: AbortSignal | undefined): Promise<Found[]> {
    try {
      return await this.#revisions.getMany(batch, signal)
    } catch (error) {
      if (!isCorrupt(error)) throw error
    }
    const found: Found[] = []
    for (const ref of batch) found.push(await this.#readOne(ref))
    return found
  }

  async #readOne(ref: Ref): Promise<Found> {
    try {
      return await this.#revisions.get(ref)
    } catch (error) {
      if (isCorrupt(error)) return 'damaged'
      throw error
    }
  }

  #look(ref: Ref, found: Found): void {
    const children = this.#namedBy.get(ref) ?? []
    this.#namedBy.delete(ref)
    if (found === undefined) {
      this.#missing.add(ref)
      for (const child of children) this.#dangling.add(child)
      return
    }
    this.#looked += 1
    if (found === 'damaged') {
      this.#damaged.push(ref)
      return
    }
    this.#bytes += Buffer.byteLength(found.data)
    if (!this.#isRight(ref, found)) this.#damaged.push(ref)
    for (const ancestor of found.ancestors) this.#follow(ref, ancestor)
  }

  #follow(child: Ref, ancestor: Ref): void {
    if (this.#missing.has(ancestor)) this.#dangling.add(child)
    const waits = this.#namedBy.get(ancestor)
    if (waits !== undefined) waits.push(child)
    else if (!this.#seen.has(ancestor)) this.#namedBy.set(ancestor, [child])
    this.#await(ancestor)
  }

  /** Without `idOf` nobody can tell. */
  #isRight(ref: Ref, { ancestors, data }: Parts): boolean {
    if (!this.#revisions.tellsIds) return true
    const limit = Number.MAX_SAFE_INTEGER
    const text = fromNative(undefined, () => native.textOf(data, namesOf(ancestors), limit))
    return this.#revisions.idOf(text, ancestors) === ref
  }

  #report(): VerifyReport {
    const damaged = this.#damaged
    const missing = [...this.#missing]
    const dangling = [...this.#dangling]
    const heads = this.#heads.filter(({ ref }) => this.#missing.has(ref))
    const ok = damaged.length === 0 && missing.length === 0
    const counts = { revisions: this.#looked, bytes: this.#bytes }
    return { ok, ...counts, damaged, missing, dangling, heads, file: null }
  }
}

type Found = Parts | 'damaged' | undefined

function isCorrupt(error: unknown): boolean {
  return error instanceof HistoError && error.code === 'HISTO_CORRUPT'
}
