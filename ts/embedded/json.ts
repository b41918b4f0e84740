/**
 * Differences, merges and changes over the texts that the native engine has.
 */

import type { Operation } from '../base/json.js'
import type {
  ChangedAt,
  DiffRules,
  MergedRefs,
  MergedTexts,
  MergeRules
} from '../base/json-rules.js'
import { parseMarked } from '../base/parse.js'
import type { Ref } from '../base/types.js'
import { type NativeDatabase, native } from '../native.js'

/** The JSON Patch between the data of two revisions. */
export function differencesOf(
  db: NativeDatabase,
  from: Ref | null,
  to: Ref,
  { keys, moves }: DiffRules
): Operation[] {
  return keys.during(({ names, ask }) =>
    parseMarked(native.diffRevisions(db, from, to, moves, names, ask))
  )
}

/** The merge of the data of two revisions; `null` if some is binary. */
export function mergedTextsOf(
  db: NativeDatabase,
  { base, ours, theirs }: MergedRefs,
  { keys, equalConflict }: MergeRules
): MergedTexts | null {
  return keys.during(({ names, ask }) =>
    native.mergeRevisions(db, [base, ours, theirs], equalConflict, names, ask)
  )
}

/** Those of `refs` that changed the value at a place. */
export function changedIn(
  db: NativeDatabase,
  refs: readonly Ref[],
  keys: readonly string[],
  limit: number
): ChangedAt {
  const { changed, looked } = native.changedAt(db, refs as Ref[], keys as string[], limit)
  return {
    looked,
    changed: changed.map(({ index, before, after }) => ({
      index,
      before: readValue(before),
      after: readValue(after)
    }))
  }
}

function readValue(value: string | Uint8Array | undefined): unknown {
  return typeof value === 'string' ? parseMarked(value) : value
}
