/**
 * Differences and merges over the texts that the native engine has.
 */

import type { Operation } from '../base/json.js'
import type {
  DiffRules,
  HeldText,
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
  const merged = keys.during(({ names, ask }) =>
    native.mergeRevisions(db, [base, ours, theirs], equalConflict, names, ask)
  )
  if (merged === null) return null
  const { text, data, conflicts } = merged
  if (data !== undefined && conflicts !== undefined) return { data, conflicts }
  return { held: text as unknown as HeldText }
}
