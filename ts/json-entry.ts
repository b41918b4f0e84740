/**
 * The entry `histo-revisions/json`: differences, patches and merges of data as JSON.
 *
 * @packageDocumentation
 */

export type {
  ArrayKey,
  ArrayKeyOptions,
  ConflictKind,
  DiffOptions,
  JsonMergeOptions,
  MergeConflict,
  Merged,
  MergeOptions,
  Operation
} from './base/json.js'
export { diff } from './json/diff.js'
export { get } from './json/get.js'
export { jsonMerge } from './json/json-merge.js'
export { merge3 } from './json/merge.js'
export { applyPatch } from './json/patch.js'
