/**
 * Writes a stream's revisions into a user's store: each is put once its ancestors exist.
 *
 * Holds the waiting revisions, bounded in bytes. Checks refs of the stream against the store's ids.
 */

import { HistoError } from '../base/errors.js'
import type { Ref } from '../base/types.js'
import type { Arrival, ReorderBuffer } from '../engine.js'
import { fromNative, native } from '../native.js'
import { missingAncestor } from './found.js'
import { namesOf } from './ids.js'
import type { StoredRevisions, Written } from './stored-revisions.js'

/** Bytes that a waiting revision costs besides its payload, rounded up. */
const overhead = 512
/** Refs of written or found revisions to cache, so that the store need not be asked. */
const remembered = 65_536

/** What a reorder buffer needs of the engine. */
interface ReorderBufferOptions {
  readonly revisions: StoredRevisions
  readonly maxRevisionBytes: number
  readonly maxPendingBytes: number
  readonly learned: (ref: Ref, ancestors: readonly Ref[]) => void
}

interface Waiting {
  readonly arrival: Arrival
  readonly lacks: Set<Ref>
  readonly bytes: number
}

/** Revisions on their way into a user's store. */
export class StoreReorderBuffer implements ReorderBuffer {
  readonly #options: ReorderBufferOptions
  readonly #waiters = new Map<Ref, Waiting[]>()
  /** Refs that the store has or that are staged. */
  readonly #known = new Set<Ref>()
  /** Revisions whose ids `idOf` returned, ancestors first; written at the end of a batch. */
  #staged: Written[] = []
  #pending = 0
  readonly #aborted = new AbortController()

  constructor(options: ReorderBufferOptions) {
    this.#options = options
  }

  async add(batch: readonly Arrival[]): Promise<void> {
    for (const arrival of batch) this.#check(arrival)
    await this.#ask(batch)
    for (const arrival of batch) {
      if (this.#signal.aborted) return
      const lacks = new Set(arrival.ancestors.filter((ref) => !this.#known.has(ref)))
      if (lacks.size === 0) await this.#arrived(await this.#write(arrival))
      else this.#wait(arrival, lacks)
    }
    await this.#flush()
    this.#forget()
  }

  async finish(): Promise<void> {
    if (this.#waiters.size === 0) return
    const absent = [...this.#waiters.keys()]
    const found = await this.#options.revisions.has(absent, this.#signal)
    for (const [place, ref] of absent.entries()) if (found[place]) await this.#arrived(ref)
    await this.#flush()
    const missing = this.#missing()
    if (missing === undefined) return
    throw missingAncestor(missing)
  }

  abort(): void {
    this.#aborted.abort()
    this.#waiters.clear()
    this.#pending = 0
  }

  /**
   * Refuses what cannot be written, or is forged (if the store has `idOf`), before anything is written. If `idOf` fails,
   * an ancestor may be no id of the store: it fails again once the ancestors are there.
   */
  #check(arrival: Arrival): void {
    const { ref, ancestors } = arrival
    const text = this.#text(arrival)
    if (ref === undefined) return
    const id = this.#idOf(text, ancestors)
    if (id !== undefined && id !== ref) throw disagreement(ref, id)
  }

  /** The id that the store will give a text; `undefined` if it cannot tell. */
  #idOf(text: string, ancestors: readonly Ref[]): Ref | undefined {
    const { revisions } = this.#options
    if (!revisions.tellsIds) return undefined
    try {
      return revisions.idOf(text, ancestors)
    } catch {
      return undefined
    }
  }

  /** Learns which ancestors of a batch the store has. */
  async #ask(batch: readonly Arrival[]): Promise<void> {
    const asked = new Set(batch.flatMap(({ ancestors }) => ancestors))
    const coming = new Set(batch.map(({ ref }) => ref))
    const unknown = [...asked].filter((ref) => !this.#known.has(ref) && !coming.has(ref))
    if (unknown.length === 0) return
    const found = await this.#options.revisions.has(unknown, this.#signal)
    for (const [place, ref] of unknown.entries()) if (found[place]) this.#known.add(ref)
  }

  #wait(arrival: Arrival, lacks: Set<Ref>): void {
    const bytes = weightOf(arrival)
    this.#pending += bytes
    const { maxPendingBytes } = this.#options
    if (this.#pending > maxPendingBytes) {
      const what = `revisions of ${this.#pending} bytes wait for ancestors`
      throw new HistoError('HISTO_TOO_LARGE', `${what}, over the limit of ${maxPendingBytes} bytes`)
    }
    const waiting = { arrival, lacks, bytes }
    for (const ref of lacks) {
      const others = this.#waiters.get(ref)
      if (others === undefined) this.#waiters.set(ref, [waiting])
      else others.push(waiting)
    }
  }

  /** Writes or stages a revision whose ancestors exist; returns its ref. */
  async #write(arrival: Arrival): Promise<Ref> {
    const { revisions, learned } = this.#options
    const { ref, ancestors } = arrival
    const text = this.#text(arrival)
    if (revisions.tellsIds) {
      const id = revisions.idOf(text, ancestors)
      this.#staged.push({ ref: id, ancestors, text })
      return id
    }
    const id = await revisions.put(text, ancestors, this.#signal, ref)
    if (ref !== undefined && id !== ref) throw disagreement(ref, id)
    learned(id, ancestors)
    return id
  }

  async #flush(): Promise<void> {
    const { revisions, learned } = this.#options
    const staged = this.#staged
    this.#staged = []
    await revisions.putAll(staged, this.#signal)
    for (const { ref, ancestors } of staged) learned(ref, ancestors)
  }

  /**
   * The first missing ref. A ref that waits itself is returned only if there is no other, or if its id would only be
   * known from `put`.
   */
  #missing(): Ref | undefined {
    const absent = [...this.#waiters.keys()]
    const waiting = new Set<Ref | undefined>()
    for (const all of this.#waiters.values()) for (const one of all) waiting.add(this.#refOf(one))
    return absent.find((ref) => !waiting.has(ref)) ?? absent[0]
  }

  /** The ref of a waiting revision, if it is known before it is put. */
  #refOf({ arrival }: Waiting): Ref | undefined {
    const { ref, ancestors } = arrival
    return ref ?? this.#idOf(this.#text(arrival), ancestors)
  }

  /** Writes the revisions that waited only for `ref`, and those that waited for them. */
  async #arrived(ref: Ref): Promise<void> {
    const through = [ref]
    for (let next = through.pop(); next !== undefined; next = through.pop()) {
      this.#known.add(next)
      const waiters = this.#waiters.get(next) ?? []
      this.#waiters.delete(next)
      for (const { arrival, lacks, bytes } of waiters) {
        lacks.delete(next)
        if (lacks.size > 0) continue
        this.#pending -= bytes
        through.push(await this.#write(arrival))
      }
    }
  }

  /** Ends the waits for the store once the buffer is aborted. */
  get #signal(): AbortSignal {
    return this.#aborted.signal
  }

  #text({ payload, ancestors, meta }: Arrival): string {
    const { maxRevisionBytes } = this.#options
    return fromNative(undefined, () =>
      native.textOf(payload, namesOf(ancestors), maxRevisionBytes, meta)
    )
  }

  /** Bounds the cached refs; the store can be asked again. */
  #forget(): void {
    for (const ref of this.#known) {
      if (this.#known.size <= remembered) return
      this.#known.delete(ref)
    }
  }
}

function weightOf({ payload, ancestors, meta = '' }: Arrival): number {
  return payload.length + meta.length + ancestors.length * 128 + overhead
}

function disagreement(ref: Ref, id: Ref): HistoError {
  const message = `revision ${ref} is forged, or the store hashes differently: its id for what came is ${id}`
  return new HistoError('HISTO_CORRUPT', message, { ref })
}
