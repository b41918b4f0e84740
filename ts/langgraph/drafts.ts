/**
 * Makes the revisions of threads for the engine.
 */

import { parseJson } from '../base/parse.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import { metaText } from '../branch/meta.js'
import type { Draft } from '../engine.js'
import { metaOf, type NewFacts } from './facts.js'
import type { Place } from './names.js'
import { storeWrites, type Write } from './pending.js'
import type { StoredState } from './state.js'

/** A checkpoint after its parent, if it has one. */
export function checkpointDraft(
  handle: Handle,
  facts: NewFacts,
  { payload, metadata }: StoredState,
  parent: Ref | undefined
): Draft {
  const meta = over(handle, metaOf(facts, metadata))
  return { payload, meta, ancestors: parent === undefined ? [] : [parent] }
}

/** The pending writes of a checkpoint, which may not exist yet. */
export interface NewWrites {
  readonly place: Place
  readonly id: string
  readonly writes: readonly Write[]
  readonly checkpoint: Ref | undefined
  /** The revision that they replace. */
  readonly before: Ref | undefined
}

/** All pending writes of a checkpoint; `opaque`: none as JSON. */
export function writesDraft(handle: Handle, given: NewWrites, opaque: boolean): Draft {
  const { place, id, writes, checkpoint, before } = given
  const kind = checkpoint === undefined ? 'early writes' : 'writes'
  const ancestors = [...new Set([checkpoint, before].filter((ref) => ref !== undefined))]
  const meta = over(handle, metaOf({ kind, place, id }, undefined))
  return { payload: storeWrites(writes, opaque), meta, ancestors }
}

/** A meta whose members override the database's default. */
function over({ meta: under }: Handle, text: string): string {
  if (under === undefined) return text
  return metaText(parseJson(text), under, false) ?? text
}
