/**
 * The entry `histo-revisions/level`: a database of revisions in any `abstract-level`.
 *
 * @packageDocumentation
 */

export type { LevelBatchOperation, LevelDatabase, LevelSublevel } from './level/level.js'
export { type LevelOptions, type LevelStores, levelStores } from './level/stores.js'
