/**
 * What stands in the meta of the revisions of threads: the ids, so that a checkpoint is found and listed without its
 * state being read.
 */

import { isRecord } from '../base/arguments.js'
import { HistoError } from '../base/errors.js'
import type { Meta, Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { HistoryStep } from '../engine.js'
import { leafPrefix, type Place } from './names.js'
import { Recent } from './recent.js'

/** What a revision of a thread says of itself. */
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
  /** The id of a checkpoint's parent where that is not its ancestor, since it is not there. */
  readonly lostParent?: string | undefined
  /** The branch that a checkpoint was put on. */
  readonly branch?: string | undefined
  /** When a checkpoint was made, in LangGraph's words `ts`. */
  readonly time?: string | undefined
  /** A checkpoint's metadata; `undefined` where it stands with the state. */
  readonly metadata?: unknown
}

/** Revisions whose facts are kept. */
const mostKept = 4096

/** The longest metadata, as JSON, that stands in the meta. */
const longestMetadata = 8192

/** The JSON text of a meta. `metadata` is JSON, and left out where it is long. */
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

/** What `histo log` shows: the source and step of a checkpoint. */
function messageOf({ metadata }: NewFacts): string | undefined {
  if (!isRecord(metadata)) return undefined
  const { source, step } = metadata
  return typeof source === 'string' ? `${source} ${String(step)}` : undefined
}

/** Reads facts by ref, and keeps the latest: a ref's facts never change. */
export class FactsReader {
  readonly #handle: Handle
  readonly #kept = new Recent<Facts>(mostKept)

  constructor(handle: Handle) {
    this.#handle = handle
  }

  /** Those of `refs` that are revisions of threads, in order. What was erased, meta and all, has no facts. */
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

/** Whether a revision is not there, or no longer. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof HistoError)) return false
  return error.code === 'HISTO_SHALLOW' || error.code === 'HISTO_NOT_FOUND'
}

/** Whether a head was not what it had to be. */
export function isConflict(error: unknown): boolean {
  return error instanceof HistoError && error.code === 'HISTO_HEAD_CONFLICT'
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
