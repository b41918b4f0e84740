/**
 * The entry `histo-revisions/json`: differences, patches and merges of data as JSON.
 *
 * @packageDocumentation
 */

export type { ArrayKey, ArrayKeyOptions, DiffOptions, Operation } from './base/json.js'
export { diff } from './json/diff.js'
export { get } from './json/get.js'
export { applyPatch } from './json/patch.js'
