/**
 * The package's entry: every export by name.
 *
 * @packageDocumentation
 */

export { HistoError, type HistoErrorCode, type HistoErrorDetails } from './base/errors.js'
export type { Jsonable, Jsonify, Storable } from './base/jsonify.js'
export type { NamedRef } from './base/names.js'
export type {
  BatchDeleteBranch,
  BatchOperation,
  BatchPut,
  BatchSetHead,
  BatchTarget
} from './base/operations.js'
export type {
  Answer,
  Change,
  ChangesOptions,
  HeadListOptions,
  HistoryOptions,
  LogAction,
  LogEntry,
  LogOptions,
  MergeInput,
  MergeRefs,
  MergeResult,
  MetaOptions,
  MoveOptions,
  PutItem,
  PutOptions,
  Resolve,
  RestoreOptions,
  RevisionDiffOptions,
  RevisionHeader,
  RevisionMergeOptions,
  RevisionSource,
  RevisionStream,
  SignalOptions,
  SimpleStream,
  StreamItem,
  StreamSource,
  TravelOptions,
  UpdateOptions,
  ValueChange,
  WriteStreamOptions
} from './base/options.js'
export type {
  BackupOptions,
  BackupResult,
  CompactResult,
  DatabaseStats,
  EraseOptions,
  Horizon,
  LostHead,
  PruneOptions,
  PruneProgress,
  PruneResult,
  RescueOptions,
  UpkeepProgress,
  VerifyOptions,
  VerifyReport
} from './base/reports.js'
export type { BranchSelection } from './base/selection.js'
export type {
  BranchesOptions,
  BranchesResult,
  BranchOutcome,
  LiveOptions,
  PullResult,
  PushResult,
  RoundTripOptions,
  SyncOptions,
  SyncProgress,
  SyncResult
} from './base/sync-options.js'
export type { TombstonesPolicy } from './base/tombstones.js'
export type { Callback, Meta, Ref, Revision } from './base/types.js'
export type { HeadListener } from './branch/watch.js'
export type { HeadChange } from './branch/watcher.js'
export { type CreateOptions, createDB } from './create.js'
export type { DB } from './db.js'
export { refOf } from './ref-of.js'
export { rescue } from './rescue.js'
export {
  createLocalSource,
  createLocalTarget,
  type LocalSource,
  type LocalTarget
} from './roles.js'
export type {
  BranchStore,
  HeadSwap,
  LogRange,
  Missing,
  NewLogEntry,
  RevisionStore,
  StoreCallback,
  StoredText
} from './store/interfaces.js'
export type { Source, Target } from './sync/exchange.js'
export { createSynchronizer, type Synchronizer } from './sync/synchronizer.js'
