/**
 * Merges of data of which some is binary: it is one value.
 */

import { isUint8Array } from 'node:util/types'
import type { ConflictKind, Merged } from '../base/json.js'
import { payloadOf } from '../branch/payload.js'
import { fromNative, native } from '../native.js'

/** The data of base, ours and theirs. */
interface Sides {
  readonly base: unknown
  readonly ours: unknown
  readonly theirs: unknown
}

/** Merges data of which some is binary. */
export function mergeBytes({ base, ours, theirs }: Sides): Merged<unknown> {
  if (isSame(ours, theirs) || isSame(base, theirs)) return { data: ours, conflicts: [] }
  if (isSame(base, ours)) return { data: theirs, conflicts: [] }
  const kind = kindOf({ base, ours, theirs })
  return { data: ours, conflicts: [{ path: '', kind, base, ours, theirs }] }
}

function kindOf({ base, ours, theirs }: Sides): ConflictKind {
  if (base === undefined) return 'both added'
  if (ours === undefined) return 'deleted by us'
  return theirs === undefined ? 'deleted by them' : 'both modified'
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return one === other
  if (isUint8Array(one) || isUint8Array(other)) {
    return isUint8Array(one) && isUint8Array(other) && Buffer.compare(one, other) === 0
  }
  const [left, right] = [one, other].map((value) => payloadOf(value) as string)
  return fromNative(undefined, () => native.jsonEqual(left ?? '', right ?? ''))
}
