/**
 * The meta of the revisions of threads. It has the ids, so that a checkpoint is found and listed without reading its
 * state.
 */

import { isRecord } from '../base/arguments.js'
import { hasCode } from '../base/errors.js'
import type { Meta, Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { HistoryStep } from '../engine.js'
import { leafPrefix, type Place } from './names.js'
import { Recent } from './recent.js'

/** The facts in the meta of a thread's revision. */
export interface Facts extends NewFacts {
  readonly ref: Ref
  readonly ancestors: readonly Ref[]
}

/** Facts as they are written. */
export interface NewFacts {
  /** A checkpoint, its pending writes, or writes that came before their checkpoint. */
  readonly kind: 'checkpoint' | 'writes' | 'early writes'
  readonly place: Place
  readonly id: string
  /** The id of a checkpoint's parent, if that does not exist and so is not its ancestor. */
  readonly lostParent?: string | undefined
  /** The branch that a checkpoint was put on. */
  readonly branch?: string | undefined
  /** The time at which a checkpoint was made; LangGraph's `ts`. */
  readonly time?: string | undefined
  /** A checkpoint's metadata; `undefined` if it is stored with the state. */
  readonly metadata?: unknown
}

/** Most revisions whose facts are cached. */
const mostKept = 4096

/** The longest metadata, as JSON, that is stored in the meta. */
const longestMetadata = 8192

/** The JSON text of a meta. `metadata` is JSON, and left out if it is long. */
export function metaOf(facts: NewFacts, metadata: string | undefined): string {
  const { kind, place, id, lostParent, branch, time } = facts
  const named = {
    checkpoint_id: id,
    checkpoint_ns: place.namespace === '' ? undefined : place.namespace,
    langgraph: kind,
    leaf: branch?.slice(leafPrefix(place).length),
    message: messageOf(facts),
    parent_checkpoint_id: lostParent,
    thread_id: place.thread,
    time
  }
  const text = JSON.stringify(named)
  return metadata === undefined ? text : `${text.slice(0, -1)},"metadata":${metadata}}`
}

/** Whether metadata goes into the meta. */
export function fitsMeta(metadata: string): boolean {
  return metadata.length <= longestMetadata
}

/** The message that `histo log` shows: the source and step of a checkpoint. */
function messageOf({ metadata }: NewFacts): string | undefined {
  if (!isRecord(metadata)) return undefined
  const { source, step } = metadata
  return typeof source === 'string' ? `${source} ${String(step)}` : undefined
}

/** Reads facts by ref, and caches the latest, since a ref's facts never change. */
export class FactsReader {
  readonly #handle: Handle
  readonly #kept = new Recent<Facts>(mostKept)

  constructor(handle: Handle) {
    this.#handle = handle
  }

  /** The facts of those of `refs` that are revisions of threads, in order. A revision erased with its meta has none. */
  async read(refs: readonly Ref[]): Promise<Facts[]> {
    const missing = refs.filter((ref) => this.#kept.get(ref) === undefined)
    const found = new Map<Ref, Facts>()
    for (const step of await this.#headers(missing)) {
      const facts = factsOf(step)
      if (facts === undefined) continue
      this.#kept.set(step.ref, facts)
      found.set(step.ref, facts)
    }
    return refs.flatMap((ref) => this.#kept.get(ref) ?? found.get(ref) ?? [])
  }

  async one(ref: Ref | undefined): Promise<Facts | undefined> {
    return ref === undefined ? undefined : (await this.read([ref]))[0]
  }

  async #headers(refs: readonly Ref[]): Promise<HistoryStep[]> {
    if (refs.length === 0) return []
    try {
      return await this.#handle.ask((engine) => engine.headers(refs))
    } catch (error) {
      if (!isGone(error)) throw error
      if (refs.length === 1) return []
      const each = await Promise.all(refs.map((ref) => this.#headers([ref])))
      return each.flat()
    }
  }
}

/** Whether an error means that a revision does not exist, or no longer. */
export function isGone(error: unknown): boolean {
  return hasCode(error, 'HISTO_SHALLOW', 'HISTO_NOT_FOUND')
}

/** What a revision says of itself; `undefined` where it is of no thread. */
export function factsOf({ ref, ancestors, meta = {} }: HistoryStep): Facts | undefined {
  const {
    langgraph: kind,
    thread_id: thread,
    checkpoint_ns: namespace = '',
    checkpoint_id: id
  } = meta
  if (kind !== 'checkpoint' && kind !== 'writes' && kind !== 'early writes') return undefined
  if (typeof thread !== 'string' || typeof namespace !== 'string' || typeof id !== 'string') {
    return undefined
  }
  const place = { thread, namespace }
  const leaf = textIn(meta, 'leaf')
  return {
    ref,
    ancestors,
    kind,
    place,
    id,
    lostParent: textIn(meta, 'parent_checkpoint_id'),
    branch: leaf === undefined ? undefined : `${leafPrefix(place)}${leaf}`,
    time: textIn(meta, 'time'),
    metadata: meta['metadata']
  }
}

function textIn(meta: Meta, name: string): string | undefined {
  const value = meta[name]
  return typeof value === 'string' ? value : undefined
}
