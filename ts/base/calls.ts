/**
 * A table of the options of each call. Their types and meanings are declared with the
 * call; a table that does not match them does not compile.
 */

import type { LiveOptions, SyncOptions } from '../base/sync-options.js'
import type { ArrayKeyOptions, DiffOptions, JsonMergeOptions, MergeOptions } from './json.js'
import { type Kinds, type Known, known } from './known.js'
import type { BatchDeleteBranch, BatchPut, BatchSetHead, BatchTarget } from './operations.js'
import type {
  ChangesOptions,
  HeadListOptions,
  HistoryOptions,
  LogOptions,
  MoveOptions,
  PutItem,
  PutOptions,
  RestoreOptions,
  RevisionDiffOptions,
  RevisionMergeOptions,
  SignalOptions,
  TravelOptions,
  UpdateOptions,
  WriteStreamOptions
} from './options.js'
import type {
  BackupOptions,
  EraseOptions,
  Horizon,
  PruneOptions,
  RescueOptions,
  VerifyOptions
} from './reports.js'
import type { BranchesOptions } from './sync-options.js'

const signal: Kinds<SignalOptions> = { signal: 'optional' }
const move: Kinds<MoveOptions> = { previousHead: 'guard', moveHead: 'optional', ...signal }
const travel: Kinds<TravelOptions> = { steps: 'optional', previousHead: 'guard', ...signal }
const watching: Kinds<VerifyOptions> = { onProgress: 'optional', ...signal }
const sync: Kinds<LiveOptions> = {
  onProgress: 'optional',
  onError: 'optional',
  remote: 'optional',
  tombstones: 'optional',
  branches: 'guard',
  prune: 'optional',
  ...signal
}
const { onError: _told, ...running } = sync
const roundTrip: Kinds<BranchesOptions<unknown>> = { resolve: 'optional', ...running }
const headList: Kinds<HeadListOptions> = {
  prefix: 'optional',
  after: 'optional',
  limit: 'optional',
  ...signal
}
/** Of an operation whose type is known. */
type Typed<O> = Omit<O, 'type'> & { type?: string | undefined }

const batchTarget: Kinds<BatchTarget & { type?: string | undefined }> = {
  type: 'optional', // checked before
  branch: 'guard',
  previousHead: 'guard'
}
const arrayKeys: Kinds<ArrayKeyOptions> = { arrayKey: 'optional' }
const merging: Kinds<MergeOptions> = { equalChanges: 'optional', ...arrayKeys }
const pending: Kinds<WriteStreamOptions> = { maxPendingBytes: 'optional', ...signal }

/** The calls that take options. */
type CallName =
  | 'rescue'
  | 'put'
  | 'restore'
  | 'putMany'
  | 'item'
  | 'batch'
  | 'batchPut'
  | 'batchSetHead'
  | 'batchDeleteBranch'
  | 'get'
  | 'getMany'
  | 'revision'
  | 'has'
  | 'branches'
  | 'remotes'
  | 'eachBranch'
  | 'ancestors'
  | 'refDifference'
  | 'commonAncestor'
  | 'mergeBases'
  | 'isAncestor'
  | 'history'
  | 'resolve'
  | 'writeStream'
  | 'update'
  | 'merge'
  | 'erase'
  | 'verify'
  | 'backup'
  | 'prune'
  | 'horizon'
  | 'pull'
  | 'push'
  | 'watch'
  | 'createSynchronizer'
  | 'run'
  | 'live'
  | 'diff'
  | 'diffOfRevisions'
  | 'changes'
  | 'log'
  | 'undo'
  | 'redo'
  | 'merge3'
  | 'jsonMerge'
  | 'virtualBase'

/** The table of each call, by its name. Calls without a database come first. */
export const calls: Readonly<Record<CallName, Known>> = {
  rescue: known<RescueOptions>('rescue', { dangling: 'optional', ...watching }),

  // the members of a database
  put: known<PutOptions>('put', { meta: 'optional', ...move }),
  restore: known<RestoreOptions>('restore', {
    meta: 'optional',
    previousHead: 'guard',
    ...signal
  }),
  putMany: known<MoveOptions>('putMany', move),
  item: known<PutItem<unknown>>('an item of putMany', {
    data: 'optional',
    ancestors: 'optional',
    meta: 'optional'
  }),
  batch: known<SignalOptions>('batch', signal),
  batchPut: known<Typed<BatchPut<unknown>>>('a put of batch', {
    data: 'optional',
    ancestors: 'optional',
    meta: 'optional',
    ...batchTarget
  }),
  batchSetHead: known<Typed<BatchSetHead>>('a setHead of batch', { ref: 'guard', ...batchTarget }),
  batchDeleteBranch: known<Typed<BatchDeleteBranch>>('a deleteBranch of batch', batchTarget),
  get: known<SignalOptions>('get', signal),
  getMany: known<SignalOptions>('getMany', signal),
  revision: known<SignalOptions>('revision', signal),
  has: known<SignalOptions>('has', signal),
  branches: known<HeadListOptions>('branches', headList),
  remotes: known<HeadListOptions>('remotes', headList),
  eachBranch: known<HeadListOptions>('eachBranch', headList),
  ancestors: known<SignalOptions>('ancestors', signal),
  refDifference: known<SignalOptions>('refDifference', signal),
  commonAncestor: known<SignalOptions>('commonAncestor', signal),
  mergeBases: known<SignalOptions>('mergeBases', signal),
  isAncestor: known<SignalOptions>('isAncestor', signal),
  history: known<HistoryOptions>('history', {
    limit: 'optional',
    until: 'guard',
    data: 'optional',
    firstParent: 'optional',
    ...signal
  }),
  resolve: known<SignalOptions>('resolve', signal),
  writeStream: known<WriteStreamOptions>('writeStream', pending),
  update: known<UpdateOptions>('update', { ifChanged: 'optional', meta: 'optional', ...signal }),
  merge: known<RevisionMergeOptions>('merge', { meta: 'optional', ...signal }),
  erase: known<EraseOptions>('erase', { meta: 'optional' }),
  verify: known<VerifyOptions>('verify', watching),
  backup: known<BackupOptions>('backup', { name: 'optional', ...watching }),
  prune: known<PruneOptions>('prune', {
    keep: 'optional',
    dryRun: 'guard',
    onFound: 'optional',
    grace: 'optional',
    horizon: 'optional',
    force: 'optional',
    ...watching
  }),
  horizon: known<{ [N in keyof Horizon]?: Horizon[N] | undefined }>('the horizon of prune', {
    depth: 'optional',
    before: 'optional'
  }),
  pull: known<BranchesOptions<unknown>>('pull', roundTrip),
  push: known<BranchesOptions<unknown>>('push', roundTrip),
  watch: known<SignalOptions>('watch', signal),
  log: known<LogOptions>('log', {
    branch: 'optional',
    limit: 'optional',
    before: 'optional',
    ...signal
  }),
  undo: known<TravelOptions>('undo', travel),
  redo: known<TravelOptions>('redo', travel),

  // synchronizers, both ends of HTTP, stores
  createSynchronizer: known<LiveOptions>('createSynchronizer', sync),
  run: known<SyncOptions>('run', running),
  live: known<LiveOptions>('live', sync),

  // data as JSON
  diff: known<DiffOptions>('diff', { moves: 'optional', ...arrayKeys }),
  diffOfRevisions: known<RevisionDiffOptions>('diff', {
    moves: 'optional',
    ...arrayKeys,
    ...signal
  }),
  changes: known<ChangesOptions>('changes', { limit: 'optional', ...signal }),
  merge3: known<MergeOptions>('merge3', merging),
  jsonMerge: known<JsonMergeOptions>('jsonMerge', { onConflict: 'optional', ...merging }),
  virtualBase: known<MergeOptions>('virtualBase', merging)
}
