/**
 * The whole class of databases. Each member has its documentation and a few lines that call the module
 * that does the work.
 */

import { type InspectOptions, inspect } from 'node:util'
import {
  ancestorsArgument,
  booleanOption,
  described,
  functionOption,
  givenPreviousHead,
  refArgument,
  refList,
  refsArgument,
  signalOption
} from './base/arguments.js'
import { respond } from './base/callbacks.js'
import { calls } from './base/calls.js'
import { HistoError } from './base/errors.js'
import type { Operation } from './base/json.js'
import type { Jsonable, Jsonify, Storable } from './base/jsonify.js'
import { type Known, optionsOf, refuseOptions, refuseSecondOptions } from './base/known.js'
import { type NamedRef, nameArgument, newNameArgument, remoteNameArgument } from './base/names.js'
import type { BatchOperation } from './base/operations.js'
import type {
  Change,
  ChangesOptions,
  HeadListOptions,
  HistoryOptions,
  LogEntry,
  LogOptions,
  MergeResult,
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
  TravelOptions,
  UpdateOptions,
  ValueChange,
  WriteStreamOptions
} from './base/options.js'
import { pathArgument } from './base/path.js'
import type {
  BackupOptions,
  BackupResult,
  CompactResult,
  DatabaseStats,
  EraseOptions,
  PruneOptions,
  PruneProgress,
  PruneResult,
  VerifyOptions,
  VerifyReport
} from './base/reports.js'
import { abortable } from './base/signal.js'
import type {
  BranchesOptions,
  BranchesResult,
  PullResult,
  PushResult,
  RoundTripOptions
} from './base/sync-options.js'
import type { Callback, Ref, Revision } from './base/types.js'
import { operationsOf } from './branch/batch.js'
import { changesOf } from './branch/changes.js'
import { streamOf } from './branch/create-stream.js'
import { diffOf } from './branch/diff.js'
import {
  draftsOf,
  hasHere,
  headMove,
  itemsArgument,
  needed,
  optionalAncestors,
  plainMove
} from './branch/drafts.js'
import { Bound, Handle, type Making } from './branch/handle.js'
import { eachBranchOf, headsByName } from './branch/heads.js'
import { historyOf } from './branch/history.js'
import { logOf, travel } from './branch/log.js'
import { merge } from './branch/merge.js'
import { metaText } from './branch/meta.js'
import { payloadOf } from './branch/payload.js'
import { refuseWrites } from './branch/read-only.js'
import { resolveName } from './branch/resolve.js'
import { restore } from './branch/restore.js'
import { update } from './branch/update.js'
import { pruningOf, watchingOf } from './branch/upkeep.js'
import { type HeadListener, Listeners, watchHeads } from './branch/watch.js'
import type { HeadChange } from './branch/watcher.js'
import { writeStreamTo } from './branch/write-stream.js'
import { bindMethods } from './detached.js'
import type { Awaitable, Draft, Engine, HeadMove } from './engine.js'
import { resolveArgument } from './json/json-merge.js'
import type { Source, Target } from './sync/exchange.js'
import { pull, push } from './sync/round-trip.js'

/**
 * A database of revisions, seen from one of its branches. Made by `createDB`. `In` is the type of the data that is
 * put, `Out` the type of the data that is read, which has been through JSON: a `Date` is read as a `string`.
 *
 * Every asynchronous member takes an optional callback as its last argument; without one it returns a promise.
 * Wrong arguments are a `TypeError` that is reported like other errors of the call. A call before the database
 * is open waits for the opening; a call after `close` fails with `HISTO_CLOSED`. Methods work detached:
 * `const { put } = db`.
 */
export class DB<In extends Jsonable<In> = unknown, Out = Jsonify<In>> extends Bound {
  /**
   * Never set. The mapped type makes the compiler compare data member by member, so that a database whose data
   * has more members can be passed where one with fewer is read.
   */
  '~types'?(data: { [K in keyof In]: unknown }): void
  readonly #listeners: Listeners

  /** @internal */
  constructor(handle: Handle) {
    super(handle)
    this.#listeners = new Listeners(handle)
    if (handle.engine.isReadOnly) refuseWrites(this, handle.engine.path)
  }

  /**
   * The name by which synchronizers know this database: its own name, or `<name>/<branch>` on a branch other
   * than `main`.
   *
   * @throws {HistoError} `HISTO_NOT_READY` before the database is open, see `ready()`
   */
  get name(): string {
    const { name } = this.handle
    if (name !== undefined) return name
    const message = 'the name is known once ready() has resolved'
    throw new HistoError('HISTO_NOT_READY', message, { retryable: true })
  }

  /** The branch that this object reads and writes. */
  get branchName(): string {
    return this.handle.branch
  }

  /**
   * Returns a database over the same revisions with the head of another branch, which need not exist yet. Closing it
   * closes only it; closing the database that `createDB` returned closes all its branches.
   *
   * @param name - the name of the branch, 1 to 255 bytes
   * @throws {TypeError} if the name is invalid
   * @throws {HistoError} `HISTO_CLOSED`
   * @example
   * ```ts
   * const draft = db.branch('draft')
   * await draft.put({ title: 'not yet in main' })
   * ```
   */
  branch(name: string): DB<In, Out>
  branch(name: string, ...surplus: unknown[]): DB<In, Out> {
    refuseOptions('branch', surplus)
    const branch = nameArgument(name, 'the name of a branch')
    this.handle.check()
    return new DB<In, Out>(this.handle.branchOff(branch))
  }

  /**
   * Writes a revision and moves the head to it, whatever the head was. Without `ancestors` the revision
   * follows the latest pending write or `setHead` of this branch, or else the head: puts that
   * are not awaited form one chain in the order of the calls. A `Uint8Array` is binary data, copied
   * at the call; anything else is stored as `JSON.stringify` writes it.
   *
   * Cost: one commit, shared with concurrent writes.
   *
   * @param data - a value that JSON can represent, or a `Uint8Array`
   * @param options - `meta`, `previousHead`, `moveHead`, `signal`
   * @returns the ref
   * @throws {TypeError} if JSON cannot represent `data`, or ancestors are empty, duplicate or not strings
   * @throws {HistoError} `HISTO_MISSING_ANCESTOR`, `HISTO_TOO_LARGE`; `HISTO_HEAD_CONFLICT` with
   *   `previousHead`; `HISTO_CHAINED` if the write that it follows failed
   * @example
   * ```ts
   * const first = await db.put({ title: 'first' })
   * await db.put({ title: 'second' }, { previousHead: first }) // only if nobody wrote meanwhile
   * ```
   */
  put(data: Storable<In, Out>, options?: PutOptions): Promise<Ref>
  /**
   * Writes a revision with the direct ancestors given.
   *
   * @param data - a value that JSON can represent, or a `Uint8Array`
   * @param ancestors - the refs of its direct ancestors, in order; an empty array makes a root
   * @param options - `meta`, `previousHead`, `moveHead`, `signal`
   */
  put(
    data: Storable<In, Out>,
    ancestors: readonly Ref[] | undefined,
    options?: PutOptions
  ): Promise<Ref>
  /** Writes a revision that follows the head; the callback gets the ref. */
  put(data: Storable<In, Out>, callback: Callback<Ref>): void
  /** Writes a revision; options may take the place of the ancestors. */
  put(
    data: Storable<In, Out>,
    ancestors: readonly Ref[] | PutOptions | undefined,
    callback: Callback<Ref>
  ): void
  /** Writes a revision with the direct ancestors given. */
  put(
    data: Storable<In, Out>,
    ancestors: readonly Ref[] | undefined,
    options: PutOptions | undefined,
    callback: Callback<Ref>
  ): void
  put(...args: unknown[]): Promise<Ref> | undefined {
    if (args.length === 1) return this.#putPlainly(args[0])
    return respond(args, { required: 1, most: 3 }, () => {
      const payload = payloadOf(args[0], this.handle.strict)
      const [ancestors, given] = optionalAncestors(args)
      const options = optionsOf(given, calls.put)
      const meta = metaText(options['meta'], this.handle.meta, this.handle.strict)
      const draft = { payload, ancestors: ancestorsArgument(ancestors), meta }
      const move = headMove(options)
      return abortable(move.signal, () => this.#put(draft, move))
    })
  }

  /**
   * Puts the data of an older revision again, on top of the head. This is an undo that other databases get too, since it
   * is a revision like others. The new revision follows the latest pending write of this branch at the time of the call,
   * or else the head; over stores of your own, and before the database is open, at the time when the data was read.
   *
   * Cost: a read of that revision without parsing its data, and a put.
   *
   * @param ref - the revision whose data is put again
   * @param options - `meta` of the new revision, `previousHead`, `signal`
   * @returns the ref of the new revision
   * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_SHALLOW` if its data was erased; as `put` does
   * @example
   * ```ts
   * const first = await db.put({ title: 'first' })
   * await db.put({ title: 'a mistake' })
   * await db.restore(first, { meta: { message: 'back to the first' } })
   * ```
   */
  restore(ref: Ref, options?: RestoreOptions): Promise<Ref>
  restore(ref: Ref, callback: Callback<Ref>): void
  restore(ref: Ref, options: RestoreOptions | undefined, callback: Callback<Ref>): void
  restore(...args: unknown[]): Promise<Ref> | undefined {
    return respond(args, { most: 2 }, () => {
      const ref = refArgument(args[0], 'ref')
      return restore(this.handle, ref, optionsOf(args[1], calls.restore))
    })
  }

  /**
   * Writes several revisions, all or nothing, and moves the head to the last. An item without
   * `ancestors` follows the item before it.
   *
   * Cost: one commit for all.
   *
   * @param items - the revisions: `data`, `meta`, and `ancestors` of those that do not follow the item before
   * @param options - `previousHead`, `moveHead`, `signal`
   * @returns the refs, in order
   * @throws as `put` does, for any of the items
   * @example
   * ```ts
   * const [first, second] = await db.putMany([{ data: { title: 'a' } }, { data: { title: 'b' } }])
   * ```
   */
  putMany(items: readonly PutItem<Storable<In, Out>>[], options?: MoveOptions): Promise<Ref[]>
  putMany(items: readonly PutItem<Storable<In, Out>>[], callback: Callback<Ref[]>): void
  putMany(
    items: readonly PutItem<Storable<In, Out>>[],
    options: MoveOptions | undefined,
    callback: Callback<Ref[]>
  ): void
  putMany(...args: unknown[]): Promise<Ref[]> | undefined {
    return respond(args, { most: 2 }, () => {
      const items = itemsArgument(args[0])
      const options = optionsOf(args[1], calls.putMany)
      const move = headMove(options)
      return abortable(move.signal, () =>
        this.handle.write((engine) =>
          engine.putMany(
            this.handle.branch,
            draftsOf(items, this.handle, engine.takesRuns === true),
            move
          )
        )
      )
    })
  }

  /**
   * Moves the heads of several branches in one commit, all or nothing: readers see all of it or none. Operations take
   * effect in order, each on the result of those before it.
   *
   * Cost: one commit for all. Over stores of your own it needs `compareAndSwapMany` of the branch store.
   *
   * @param operations - puts (`data`, `ancestors`, `meta`), `setHead` (`ref`) and `deleteBranch`, each with optional
   *   `branch` (by default this one) and `previousHead`
   * @param options - `signal`
   * @returns the ref that each operation wrote or set, `null` for a deletion
   * @throws as `put`, `setHead` and `deleteBranch` do, with the number of the operation as `index`; then nothing is
   *   written
   * @example
   * ```ts
   * await db.batch([
   *   { type: 'put', branch: 'from', data: { title: 'given away' } },
   *   { type: 'put', branch: 'to', data: { title: 'received' } }
   * ])
   * ```
   */
  batch(
    operations: readonly BatchOperation<Storable<In, Out>>[],
    options?: SignalOptions
  ): Promise<(Ref | null)[]>
  batch(
    operations: readonly BatchOperation<Storable<In, Out>>[],
    callback: Callback<(Ref | null)[]>
  ): void
  batch(
    operations: readonly BatchOperation<Storable<In, Out>>[],
    options: SignalOptions | undefined,
    callback: Callback<(Ref | null)[]>
  ): void
  batch(...args: unknown[]): Promise<(Ref | null)[]> | undefined {
    return respond(args, { most: 2 }, () => {
      const operations = operationsOf(args[0], this.handle)
      const signal = signalOption(optionsOf(args[1], calls.batch))
      return abortable(signal, () =>
        this.handle.write((engine) => engine.batch(operations, signal))
      )
    })
  }

  /**
   * Returns the data of a revision, without a ref that of the head.
   *
   * @param ref - the revision's ref; without it the head
   * @throws {TypeError} if a `ref` is passed that is not a string, even `undefined`
   * @throws {HistoError} `HISTO_NO_HEAD`, `HISTO_NOT_FOUND`; `HISTO_CORRUPT` if it is damaged
   * @example
   * ```ts
   * const ref = await db.put({ title: 'first' })
   * const { title } = await db.get(ref)
   * ```
   */
  get(): Promise<Out>
  get(ref: Ref, options?: SignalOptions): Promise<Out>
  get(callback: Callback<Out>): void
  get(ref: Ref, callback: Callback<Out>): void
  get(ref: Ref, options: SignalOptions | undefined, callback: Callback<Out>): void
  get(...args: unknown[]): Promise<Out> | undefined {
    if (args.length === 1 && typeof args[0] === 'string') return this.#getPlainly(args[0])
    return respond(args, { most: 2 }, () => {
      if (args.length === 0) return this.#ofHead((engine, head) => engine.get(head))
      const ref = refArgument(args[0], 'ref')
      const signal = signalOption(optionsOf(args[1], calls.get))
      return abortable(signal, () => this.handle.ask((engine) => engine.get(ref)))
    }) as Promise<Out> | undefined
  }

  /**
   * Returns the data of several revisions, in the order of `refs`. Cheaper than calling `get` for each.
   *
   * @param refs - the revisions' refs
   * @param options - `signal`
   * @throws {HistoError} `HISTO_NOT_FOUND` if any does not exist
   */
  getMany(refs: readonly Ref[], options?: SignalOptions): Promise<Out[]>
  getMany(refs: readonly Ref[], callback: Callback<Out[]>): void
  getMany(refs: readonly Ref[], options: SignalOptions | undefined, callback: Callback<Out[]>): void
  getMany(...args: unknown[]): Promise<Out[]> | undefined {
    return respond(args, { most: 2 }, () => {
      const refs = refList(args[0], 'refs')
      const signal = signalOption(optionsOf(args[1], calls.getMany))
      return abortable(signal, () =>
        this.handle.ask((engine) => engine.getMany(refs, signal))
      ) as Promise<Out[]>
    })
  }

  /**
   * Returns a revision with its ref and its direct ancestors, without a ref the head.
   *
   * @param ref - the revision's ref; without it the head
   * @throws as `get` does
   * @example
   * ```ts
   * await db.put({ title: 'first' })
   * const { ref, ancestors, data } = await db.revision() // of the head
   * ```
   */
  revision(): Promise<Revision<Out>>
  revision(ref: Ref, options?: SignalOptions): Promise<Revision<Out>>
  revision(callback: Callback<Revision<Out>>): void
  revision(ref: Ref, callback: Callback<Revision<Out>>): void
  revision(ref: Ref, options: SignalOptions | undefined, callback: Callback<Revision<Out>>): void
  revision(...args: unknown[]): Promise<Revision<Out>> | undefined {
    return respond(args, { most: 2 }, () => {
      if (args.length === 0) return this.#ofHead((engine, head) => engine.revision(head))
      const ref = refArgument(args[0], 'ref')
      const signal = signalOption(optionsOf(args[1], calls.revision))
      return abortable(signal, () => this.handle.ask((engine) => engine.revision(ref)))
    }) as Promise<Revision<Out>> | undefined
  }

  /**
   * Returns whether each of `refs` is in the database, in order; any string may be passed. `false` also for a
   * revision that `prune` deleted or cut away, and for one that a read or `verify` found damaged, so that a
   * synchronizer fetches it again. `true` for a revision that was erased here. `false` for one that came without
   * its data because that was erased elsewhere, so that the data is fetched from a database that has it.
   */
  has(refs: readonly Ref[], options?: SignalOptions): Promise<boolean[]>
  has(refs: readonly Ref[], callback: Callback<boolean[]>): void
  has(refs: readonly Ref[], options: SignalOptions | undefined, callback: Callback<boolean[]>): void
  has(...args: unknown[]): Promise<boolean[]> | undefined {
    return respond(args, { most: 2 }, () => {
      const refs = refList(args[0], 'refs')
      const signal = signalOption(optionsOf(args[1], calls.has))
      return abortable(signal, () => this.handle.ask((engine) => hasHere(engine, refs, signal)))
    })
  }

  /**
   * Returns the head's ref, `null` if there is none, at once: as of the last commit of any process. Writes that are
   * not yet acknowledged do not show.
   *
   * @throws {HistoError} `HISTO_NOT_READY` before it is known, see `ready()`; `HISTO_CLOSED`
   * @example
   * ```ts
   * const ref = await db.put({ title: 'first' })
   * console.log(db.head() === ref) // true
   * ```
   */
  head(): Ref | null
  /**
   * Reads the head's ref from the store, `null` if there is none.
   *
   * @param callback - called with the ref
   */
  head(callback: Callback<Ref | null>): void
  head(...args: unknown[]): Ref | null | undefined {
    const { handle } = this
    if (args[0] === undefined) {
      handle.check()
      return handle.engine.headNow(handle.branch)
    }
    if (typeof args[0] !== 'function') throw new TypeError('head takes a callback or nothing')
    void respond(args, { most: 0 }, () => handle.ask((engine) => engine.head(handle.branch)))
    return undefined
  }

  /**
   * Points the head at `ref`. With `previousHead` it does so only if the head is that (`null`: if there is no head).
   * It succeeds if the head is `ref` already, whatever `previousHead` is.
   *
   * @param ref - the revision to point at
   * @param previousHead - the head that is expected; left out: any
   * @returns `ref`
   * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_HEAD_CONFLICT`, whose `head` is the actual head and
   *   `expected` the given one
   * @example
   * ```ts
   * const first = await db.put({ title: 'first' })
   * const second = await db.put({ title: 'second' })
   * await db.setHead(first, second) // back, if the head is still the second
   * ```
   */
  setHead(ref: Ref, ...guard: [] | [previousHead: Ref | null]): Promise<Ref>
  setHead(ref: Ref, callback: Callback<Ref>): void
  setHead(ref: Ref, previousHead: Ref | null, callback: Callback<Ref>): void
  setHead(...args: unknown[]): Promise<Ref> | undefined {
    return respond(args, { most: 2 }, () => {
      const ref = refArgument(args[0], 'ref')
      const previousHead = givenPreviousHead(args)
      return this.handle.write((engine) => engine.setHead(this.handle.branch, ref, previousHead))
    })
  }

  /** Returns the head that the database `name` had when it was last synchronized from; `null` if it never was. */
  remoteHead(name: string): Promise<Ref | null>
  remoteHead(name: string, callback: Callback<Ref | null>): void
  remoteHead(...args: unknown[]): Promise<Ref | null> | undefined {
    return respond(args, { most: 1 }, () => {
      const name = remoteNameArgument(args[0], 'the name of a remote')
      return this.handle.ask((engine) => engine.remoteHead(name))
    })
  }

  /**
   * Records `ref` as the head of the database `name`.
   *
   * @returns `ref`
   * @throws {HistoError} `HISTO_NOT_FOUND` if it is not in this database
   */
  setRemoteHead(name: string, ref: Ref): Promise<Ref>
  setRemoteHead(name: string, ref: Ref, callback: Callback<Ref>): void
  setRemoteHead(...args: unknown[]): Promise<Ref> | undefined {
    return respond(args, { most: 2 }, () => {
      const name = remoteNameArgument(args[0], 'the name of a remote')
      const ref = refArgument(args[1], 'ref')
      return this.handle.write((engine) => engine.setRemoteHead(name, ref))
    })
  }

  /** Deletes the remote head of `name`; revisions stay. Succeeds if there is none. */
  deleteRemote(name: string): Promise<void>
  deleteRemote(name: string, callback: Callback<void>): void
  deleteRemote(...args: unknown[]): Promise<void> | undefined {
    return respond(args, { most: 1 }, () => {
      const name = remoteNameArgument(args[0], 'the name of a remote')
      return this.handle.write((engine) => engine.deleteRemote(name))
    })
  }

  /**
   * Deletes the head of the branch `name`, with `previousHead` only if it is that; revisions stay.
   * Succeeds if there is no head.
   *
   * @throws {HistoError} `HISTO_HEAD_CONFLICT` with `previousHead`
   */
  deleteBranch(name: string, ...guard: [] | [previousHead: Ref | null]): Promise<void>
  deleteBranch(name: string, callback: Callback<void>): void
  deleteBranch(name: string, previousHead: Ref | null, callback: Callback<void>): void
  deleteBranch(...args: unknown[]): Promise<void> | undefined {
    return respond(args, { most: 2 }, () => {
      const name = nameArgument(args[0], 'the name of a branch')
      const previousHead = givenPreviousHead(args)
      return this.handle.write((engine) => engine.deleteBranch(name, previousHead))
    })
  }

  /**
   * Returns every remote head by the name of its database, in an object without a prototype; with options a page of
   * them, as `branches` does.
   *
   * @param options - `prefix`, `after`, `limit`, `signal`
   */
  remotes(options?: HeadListOptions): Promise<Record<string, Ref>>
  remotes(callback: Callback<Record<string, Ref>>): void
  remotes(options: HeadListOptions | undefined, callback: Callback<Record<string, Ref>>): void
  remotes(...args: unknown[]): Promise<Record<string, Ref>> | undefined {
    return respond(args, { most: 1 }, () =>
      headsByName(this.handle, 'remotes/', optionsOf(args[0], calls.remotes))
    )
  }

  /**
   * Iterates the moves of the heads, newest first. Each call that moves a head adds one, in the commit of the move.
   * `prune` keeps what recent moves name for its `grace`. Moves older than 90 days (`log` of `createDB`) are dropped; in
   * memory the last 65,536 commits are kept. Moves that are made during the iteration do not appear.
   *
   * Cost: some 0.3 us for each move that is returned or, with `branch`, skipped.
   *
   * @param options - `branch`, `limit`, `before`, `signal`
   * @throws {HistoError} `HISTO_CORRUPT` if the log is damaged; `HISTO_STORE` over stores without a log
   * @example
   * ```ts
   * await db.put({ title: 'first' })
   * for await (const { time, branch, from, to, action } of db.log({ limit: 10 })) {
   *   console.log(time, branch, action, from, to) // 2026-08-01T12:00:00.000Z main put null 5e1f…
   * }
   * ```
   */
  log(options?: LogOptions): AsyncIterableIterator<LogEntry>
  log(...args: unknown[]): AsyncIterableIterator<LogEntry> {
    return logOf(this.handle, args)
  }

  /**
   * Moves this branch's head back to where it was before the latest move that is not undone, whoever made that move: a
   * branch that was deleted or overwritten comes back. Like a put, it follows the branch's latest pending write. Which
   * move is undone is decided in the commit; pass `previousHead` to be sure that it is not somebody else's. Only this
   * database is changed: a pull brings back what others have.
   *
   * Cost: one commit, and some 0.1 us for each move of any branch since.
   *
   * @param options - `steps`, `previousHead`, `signal`
   * @returns the head, `null` if the branch has none now
   * @throws {HistoError} `HISTO_NOT_FOUND` if there are fewer moves than `steps`, `HISTO_SHALLOW` if the revision
   *   was erased or cut away, `HISTO_HEAD_CONFLICT`, `HISTO_CHAINED`; then nothing has moved
   * @example
   * ```ts
   * const first = await db.put({ title: 'first' })
   * await db.put({ title: 'oops' })
   * console.log((await db.undo()) === first) // true
   * ```
   */
  undo(options?: TravelOptions): Promise<Ref | null>
  undo(callback: Callback<Ref | null>): void
  undo(options: TravelOptions | undefined, callback: Callback<Ref | null>): void
  undo(...args: unknown[]): Promise<Ref | null> | undefined {
    return respond(args, { most: 1 }, () => travel(this.handle, 'undo', args[0]))
  }

  /**
   * Moves the head forward again to where it was before the latest `undo`. After any other move of the head there is
   * nothing to redo.
   *
   * @param options - `steps`, `previousHead`, `signal`
   * @returns the head, `null` if the branch has none now
   * @throws as `undo` does
   * @example
   * ```ts
   * const ref = await db.put({ title: 'first' })
   * await db.undo()
   * console.log((await db.redo()) === ref) // true
   * ```
   */
  redo(options?: TravelOptions): Promise<Ref | null>
  redo(callback: Callback<Ref | null>): void
  redo(options: TravelOptions | undefined, callback: Callback<Ref | null>): void
  redo(...args: unknown[]): Promise<Ref | null> | undefined {
    return respond(args, { most: 1 }, () => travel(this.handle, 'redo', args[0]))
  }

  /**
   * Returns the head of every branch that has one, by name, in an object without a prototype: all as of one moment. With
   * options it returns a page of them, in the order of the UTF-8 bytes of their names. In an object, names that are whole
   * numbers, such as `10`, come first; `eachBranch` keeps the order for all names.
   *
   * Cost: proportional to the page, however many branches exist. Over stores of your own without `entries` all keys with
   * the prefix are listed, and the values on the page are read.
   *
   * @param options - `prefix`, `after`, `limit`, `signal`
   * @throws {HistoError} `HISTO_STORE` over stores of your own without `keys`
   * @example
   * ```ts
   * const page = await db.branches({ prefix: 'doc/', after: 'doc/0041', limit: 100 })
   * ```
   */
  branches(options?: HeadListOptions): Promise<Record<string, Ref>>
  branches(callback: Callback<Record<string, Ref>>): void
  branches(options: HeadListOptions | undefined, callback: Callback<Record<string, Ref>>): void
  branches(...args: unknown[]): Promise<Record<string, Ref>> | undefined {
    return respond(args, { most: 1 }, () =>
      headsByName(this.handle, 'heads/', optionsOf(args[0], calls.branches))
    )
  }

  /**
   * Iterates the branches that have a head, in the order of the UTF-8 bytes of their names. Reads pages of 1,024,
   * each as of one moment; over stores of your own without `entries` it reads all at the beginning. Errors, including
   * wrong options, are reported when it is iterated.
   *
   * @param options - `prefix`, `after`, `limit`, `signal`
   * @throws {HistoError} `HISTO_STORE` over stores of your own without `keys`
   * @example
   * ```ts
   * for await (const { name, ref } of db.eachBranch({ prefix: 'doc/' })) console.log(name, ref)
   * ```
   */
  eachBranch(options?: HeadListOptions): AsyncIterableIterator<NamedRef>
  eachBranch(...args: unknown[]): AsyncIterableIterator<NamedRef> {
    return eachBranchOf(this.handle, args)
  }

  /**
   * Calls `change` with the head's data, writes the data that it returns, and moves the head to the new revision. If the
   * head moves meanwhile, `change` is called again with the new head; at most 16 times if only `change` itself moves it.
   * With `ifChanged` nothing is written if the data stays the same.
   *
   * @param change - gets the head's data and its ref, `undefined` and `null` without a head; returns the new
   *   data or a promise of it
   * @param options - `ifChanged`, `meta`, `signal`
   * @returns the ref
   * @throws as `put` does; `HISTO_HEAD_CONFLICT` if `change` writes to its own branch each time; any error that
   *   `change` throws
   * @example
   * ```ts
   * await db.update((note = { title: 'untitled' }) => ({ title: note.title.toUpperCase() }))
   * ```
   */
  update(change: Change<Out, Storable<In, Out>>, options?: UpdateOptions): Promise<Ref>
  update(change: Change<Out, Storable<In, Out>>, callback: Callback<Ref>): void
  update(
    change: Change<Out, Storable<In, Out>>,
    options: UpdateOptions | undefined,
    callback: Callback<Ref>
  ): void
  update(...args: unknown[]): Promise<Ref> | undefined {
    return respond(args, { required: 1, most: 2 }, () => {
      const change = requiredFunction<Change<unknown>>(args[0], 'change')
      return update(this.handle, change, optionsOf(args[1], calls.update))
    })
  }

  /**
   * Merges `ref` into the head. If the head's history contains `ref`, nothing happens. If the head is an ancestor of
   * `ref`, or there is no head, the head moves to `ref`. Otherwise `resolve` returns the data of a new revision with the
   * ancestors `[head, ref]`. If the head moves meanwhile, the merge starts over.
   *
   * @param ref - the revision to merge
   * @param resolve - gets the data of both sides and of their merge bases; returns the data of the merge. `'json'` merges
   *   data as JSON, as `jsonMerge()` of `histo-revisions/json` does, or fails with `HISTO_CONFLICT`
   * @param options - `signal`
   * @throws {HistoError} `HISTO_NOT_FOUND`, `HISTO_SHALLOW`; as `put` does; any error that `resolve` throws
   * @example
   * ```ts
   * const theirs = await db.branch('theirs').put({ title: 'theirs' })
   * await db.put({ title: 'ours' })
   * const { kind } = await db.merge(theirs, ({ ours, theirs }) => ({ ...theirs, ...ours }))
   * console.log(kind) // 'merge'
   * ```
   */
  merge(
    ref: Ref,
    resolve: Resolve<Out, Storable<In, Out>> | 'json',
    options?: RevisionMergeOptions
  ): Promise<MergeResult>
  merge(
    ref: Ref,
    resolve: Resolve<Out, Storable<In, Out>> | 'json',
    callback: Callback<MergeResult>
  ): void
  merge(
    ref: Ref,
    resolve: Resolve<Out, Storable<In, Out>> | 'json',
    options: RevisionMergeOptions | undefined,
    callback: Callback<MergeResult>
  ): void
  merge(...args: unknown[]): Promise<MergeResult> | undefined {
    return respond(args, { required: 2, most: 3 }, () => {
      const ref = refArgument(args[0], 'ref')
      const resolve = resolveArgument<Resolve<unknown>>(args[1])
      const options = optionsOf(args[2], calls.merge)
      const merging = { signal: signalOption(options), meta: options['meta'] }
      return merge(this.handle, ref, resolve, merging)
    })
  }

  /**
   * Returns the RFC 6902 operations that turn the data of `from` (`null`: nothing) into that of `to`, as `diff` of
   * `histo-revisions/json` does. It works on the stored texts.
   *
   * @param from - a ref, or `null`
   * @param to - a ref
   * @param options - `arrayKey` and `moves`, as for `diff`; `signal`
   * @returns the operations; none if the data is the same
   * @example
   * ```ts
   * const before = await db.put({ title: 'a' })
   * const after = await db.put({ title: 'b' })
   * console.log(await db.diff(before, after)) // [{ op: 'replace', path: '/title', value: 'b' }]
   * ```
   * @throws {TypeError} if the data of either is binary
   * @throws {HistoError} `HISTO_NOT_FOUND`; as `get` does
   */
  diff(from: Ref | null, to: Ref, options?: RevisionDiffOptions): Promise<Operation[]>
  diff(from: Ref | null, to: Ref, callback: Callback<Operation[]>): void
  diff(
    from: Ref | null,
    to: Ref,
    options: RevisionDiffOptions | undefined,
    callback: Callback<Operation[]>
  ): void
  diff(...args: unknown[]): Promise<Operation[]> | undefined {
    return respond(args, { most: 3 }, () => {
      const options = optionsOf(args[2], calls.diffOfRevisions)
      return abortable(signalOption(options), () => diffOf(this.handle, args[0], args[1], options))
    })
  }

  /**
   * Iterates the revisions of a history, newest first, whose value at a JSON Pointer differs from that in each of their
   * ancestors; a root counts if it has the value. Pointers are positional: an insertion before `/rows/3` changes it.
   * With `limit: 1` it returns the last change.
   *
   * Cost: reads the data of each revision down to the last change that is returned, and compares the value's bytes;
   * over stores of your own it compares values.
   *
   * @param pointer - where the value is (RFC 6901)
   * @param options - `limit`, `signal`; a ref may come before them, to use its history instead of the head's
   * @example
   * ```ts
   * await db.putMany([{ data: { title: 'a' } }, { data: { title: 'b' } }])
   * for await (const { before, after } of db.changes('/title')) console.log(before, after)
   * ```
   * @throws {TypeError} when it is iterated, if `pointer` is not a JSON Pointer
   * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_SHALLOW` if the data of a revision on the way was erased
   */
  changes(pointer: string, options?: ChangesOptions): AsyncIterableIterator<ValueChange>
  changes(pointer: string, ref: Ref, options?: ChangesOptions): AsyncIterableIterator<ValueChange>
  changes(...args: unknown[]): AsyncIterableIterator<ValueChange> {
    return changesOf(this.handle, args)
  }

  /**
   * Returns the direct ancestors of `ref`, in the order in which they were given.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`
   */
  ancestors(ref: Ref, options?: SignalOptions): Promise<Ref[]>
  ancestors(ref: Ref, callback: Callback<Ref[]>): void
  ancestors(ref: Ref, options: SignalOptions | undefined, callback: Callback<Ref[]>): void
  ancestors(...args: unknown[]): Promise<Ref[]> | undefined {
    return respond(args, { most: 2 }, () => {
      const ref = refArgument(args[0], 'ref')
      const signal = signalOption(optionsOf(args[1], calls.ancestors))
      return abortable(signal, () => this.handle.ask((engine) => engine.ancestors(ref)))
    })
  }

  /**
   * Returns the refs that are reachable from `to` but not from `from` (a ref, several, or `null` for everything up to
   * `to`), newest first: descendants come before their ancestors. Only here `undefined` means the same as `null`, since
   * a missing ref may be either.
   *
   * Cost: visits the difference, and what both reach down to the oldest fork of either.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`, `HISTO_SHALLOW`
   */
  refDifference(
    from: Ref | readonly Ref[] | null | undefined,
    to: Ref,
    options?: SignalOptions
  ): Promise<Ref[]>
  refDifference(
    from: Ref | readonly Ref[] | null | undefined,
    to: Ref,
    callback: Callback<Ref[]>
  ): void
  refDifference(
    from: Ref | readonly Ref[] | null | undefined,
    to: Ref,
    options: SignalOptions | undefined,
    callback: Callback<Ref[]>
  ): void
  refDifference(...args: unknown[]): Promise<Ref[]> | undefined {
    return respond(args, { most: 3 }, () => {
      const [given, end, options] = args
      const from = given === null || given === undefined ? [] : refsArgument(given, 'from')
      const to = refArgument(end, 'to')
      const signal = signalOption(optionsOf(options, calls.refDifference))
      return abortable(signal, () =>
        this.handle.ask((engine) => engine.refDifference(from, to, signal))
      )
    })
  }

  /**
   * Returns a best common ancestor of two revisions (one that is not an ancestor of another common ancestor): the
   * smallest ref if there are several, `null` if the histories share nothing. With one argument the other revision is
   * the head.
   *
   * @throws {HistoError} `HISTO_NO_HEAD`, `HISTO_NOT_FOUND`, `HISTO_SHALLOW`
   */
  commonAncestor(ref1: Ref, options?: SignalOptions): Promise<Ref | null>
  commonAncestor(ref1: Ref, ref2: Ref, options?: SignalOptions): Promise<Ref | null>
  commonAncestor(ref1: Ref, callback: Callback<Ref | null>): void
  commonAncestor(ref1: Ref, ref2: Ref | SignalOptions, callback: Callback<Ref | null>): void
  commonAncestor(
    ref1: Ref,
    ref2: Ref,
    options: SignalOptions | undefined,
    callback: Callback<Ref | null>
  ): void
  commonAncestor(...args: unknown[]): Promise<Ref | null> | undefined {
    return respond(args, { most: 3 }, async () => {
      const [smallest] = await this.#mergeBases(args, calls.commonAncestor)
      return smallest ?? null
    })
  }

  /**
   * Returns every best common ancestor of two revisions, ascending as `Array.prototype.sort` orders strings;
   * empty if the histories share nothing. With one argument the other revision is the head.
   *
   * @throws as `commonAncestor` does
   */
  mergeBases(ref1: Ref, options?: SignalOptions): Promise<Ref[]>
  mergeBases(ref1: Ref, ref2: Ref, options?: SignalOptions): Promise<Ref[]>
  mergeBases(ref1: Ref, callback: Callback<Ref[]>): void
  mergeBases(ref1: Ref, ref2: Ref | SignalOptions, callback: Callback<Ref[]>): void
  mergeBases(
    ref1: Ref,
    ref2: Ref,
    options: SignalOptions | undefined,
    callback: Callback<Ref[]>
  ): void
  mergeBases(...args: unknown[]): Promise<Ref[]> | undefined {
    return respond(args, { most: 3 }, () => this.#mergeBases(args, calls.mergeBases))
  }

  /**
   * Returns whether `ancestor` is reachable from `descendant`; `true` for equal refs.
   *
   * Cost: visits at most the revisions between the two.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`, `HISTO_SHALLOW`
   */
  isAncestor(ancestor: Ref, descendant: Ref, options?: SignalOptions): Promise<boolean>
  isAncestor(ancestor: Ref, descendant: Ref, callback: Callback<boolean>): void
  isAncestor(
    ancestor: Ref,
    descendant: Ref,
    options: SignalOptions | undefined,
    callback: Callback<boolean>
  ): void
  isAncestor(...args: unknown[]): Promise<boolean> | undefined {
    return respond(args, { most: 3 }, () => {
      const ancestor = refArgument(args[0], 'ancestor')
      const descendant = refArgument(args[1], 'descendant')
      const signal = signalOption(optionsOf(args[2], calls.isAncestor))
      return abortable(signal, () =>
        this.handle.ask((engine) => engine.isAncestor(ancestor, descendant, signal))
      )
    })
  }

  /**
   * Iterates the revisions reachable from `ref`, by default the head, newest first; none on a branch without a head.
   * It sees the graph as it was when the first revision was read. Reads in batches of 256, so memory stays flat. If
   * history was cut away, it ends with `HISTO_SHALLOW` after all that remains. Errors, including wrong arguments, are
   * reported when it is iterated.
   *
   * @param args - a ref, by default the head, and options: `limit`, `until`, `data`, `firstParent`, `signal`
   * @throws {HistoError} `HISTO_NOT_FOUND`, `HISTO_SHALLOW`
   * @example
   * ```ts
   * await db.put({ title: 'first' })
   * await db.put({ title: 'second' })
   * for await (const { ref, data } of db.history({ limit: 10 })) console.log(ref, data.title)
   * ```
   */
  history(
    ...args:
      | [options: HistoryOptions & { readonly data: false }]
      | [ref: Ref, options: HistoryOptions & { readonly data: false }]
  ): AsyncIterableIterator<RevisionHeader>
  history(
    ...args: [options?: HistoryOptions] | [ref: Ref, options?: HistoryOptions]
  ): AsyncIterableIterator<Revision<Out>>
  history(...args: unknown[]): AsyncIterableIterator<Revision<Out>> {
    return historyOf<Out>(this.handle, args)
  }

  /**
   * Returns the ref that a name stands for. In this order: a whole ref, a whole branch name, `remotes/<name>`, a unique
   * beginning of a ref of at least 4 digits. Any of these may be followed by `~n` (n first ancestors back) or `^n` (the
   * nth ancestor), repeatedly; without a number n is 1: `main~3`, `idea^2~1`.
   *
   * Cost: for a beginning of a ref some 4 ns for each revision; otherwise that of `head` and `ancestors`. Over stores
   * of your own, beginnings work only with `keys`, which is then read whole.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_AMBIGUOUS` with at most 16 `candidates`; `HISTO_SHALLOW`
   */
  resolve(name: string, options?: SignalOptions): Promise<Ref>
  resolve(name: string, callback: Callback<Ref>): void
  resolve(name: string, options: SignalOptions | undefined, callback: Callback<Ref>): void
  resolve(...args: unknown[]): Promise<Ref> | undefined {
    return respond(args, { most: 2 }, () => {
      const name = refArgument(args[0], 'name')
      const signal = signalOption(optionsOf(args[1], calls.resolve))
      return this.handle.ask((engine) => resolveName(engine, name, signal))
    })
  }

  /**
   * Returns a simple-stream source of the revisions of `refs`, in their order, which is also an async iterable. A
   * failure (`HISTO_NOT_FOUND`, `HISTO_CORRUPT`) is reported at its place in the stream. Holds up to 64 revisions in
   * memory.
   *
   * @throws {TypeError} if `refs` is not an array of strings
   */
  createStream(refs: readonly Ref[]): RevisionSource<Out>
  createStream(refs: readonly Ref[], ...surplus: unknown[]): RevisionSource<Out> {
    refuseOptions('createStream', surplus)
    return streamOf<Out>(this.handle, refs)
  }

  /**
   * Writes the revisions of a simple-stream, an iterable or an async iterable, in any order. A `ref` that comes
   * with a revision is checked. Moves no head. After an error, revisions written with all their ancestors
   * stay, and the stream is aborted.
   *
   * Cost: a commit for 256 revisions or about 1 MiB of data; it reads no further during a commit.
   *
   * @throws {TypeError} if the argument is not a stream, or an item is not `{ ref?, ancestors, data }`
   * @throws {HistoError} `HISTO_CORRUPT` if a ref does not match its revision;
   *   `HISTO_MISSING_ANCESTOR` if an ancestor is missing at the end; `HISTO_TOO_LARGE`
   */
  writeStream(
    stream: RevisionStream<Storable<In, Out>>,
    options?: WriteStreamOptions
  ): Promise<void>
  writeStream(stream: RevisionStream<Storable<In, Out>>, callback: Callback<void>): void
  writeStream(
    stream: RevisionStream<Storable<In, Out>>,
    options: WriteStreamOptions | undefined,
    callback: Callback<void>
  ): void
  writeStream(...args: unknown[]): Promise<void> | undefined {
    return respond(args, { most: 2 }, () =>
      writeStreamTo(this.handle, args[0], optionsOf(args[1], calls.writeStream))
    )
  }

  /**
   * Copies everything that `source`'s head reaches into this database, as a synchronizer does, and with `resolve` merges
   * it into the head.
   *
   * With `branches` it pulls many branches, and moves or merges each into the branch of the same name, which is created if
   * missing. Branches that cannot be merged are left as they were and reported in `failed`; without `resolve` these are all
   * that are not fast-forwards. With `prune` it also deletes a branch if the source's log says that it was deleted and its
   * head here is still the remote head.
   *
   * @param source - another database, a remote one of `connect`, or an object with the functions of a source
   * @param options - `resolve`, and the options of a synchronizer
   * @throws as `createSynchronizer(source, db).run()` and `merge` do
   * @example
   * ```ts
   * const laptop = createDB<{ title: string }>({ name: 'laptop' })
   * await laptop.put({ title: 'written offline' })
   * const { revisions } = await db.pull(laptop, { resolve: ({ theirs }) => theirs })
   * ```
   */
  pull(
    source: Source<Storable<In, Out>>,
    options: BranchesOptions<Out, Storable<In, Out>>
  ): Promise<BranchesResult>
  pull(
    source: Source<Storable<In, Out>>,
    options: BranchesOptions<Out, Storable<In, Out>>,
    callback: Callback<BranchesResult>
  ): void
  pull(
    source: Source<Storable<In, Out>>,
    options?: RoundTripOptions<Out, Storable<In, Out>>
  ): Promise<PullResult>
  pull(source: Source<Storable<In, Out>>, callback: Callback<PullResult>): void
  pull(
    source: Source<Storable<In, Out>>,
    options: RoundTripOptions<Out, Storable<In, Out>> | undefined,
    callback: Callback<PullResult>
  ): void
  pull(...args: unknown[]): Promise<PullResult | BranchesResult> | undefined {
    return respond(args, { required: 1, most: 2 }, () =>
      pull(this.#local, args[0] as Source<unknown>, optionsOf(args[1], calls.pull))
    )
  }

  /**
   * Copies everything that the head reaches to `target`, as a synchronizer does. If the target has `setHead`, it then
   * moves the target's head to this one by compare-and-swap; if the target refuses, `reason` says why. If the target's
   * head has moved to something else, it is pulled and merged first, as often as necessary, provided `resolve` is given.
   *
   * With `branches` it pushes many branches, and creates each of the target's or moves it forward; `failed` reports those
   * that have diverged. With `prune` it also deletes a branch of the target if this database's log says that it was deleted,
   * and its head there is still the target's remote head of this database.
   *
   * @param target - another database, a remote one of `connect`, or an object with the functions of a target
   * @param options - `resolve`, and the options of a synchronizer
   * @throws {HistoError} `HISTO_HEAD_CONFLICT` without `resolve` if the target's head, the error's `head`, is not in
   *   this history; else as `createSynchronizer(db, target).run()` and `merge` do
   * @example
   * ```ts
   * const server = createDB<{ title: string }>({ name: 'server' })
   * await db.put({ title: 'first' })
   * const { moved } = await db.push(server)
   * ```
   */
  push(
    target: Target<Out>,
    options: BranchesOptions<Out, Storable<In, Out>>
  ): Promise<BranchesResult>
  push(
    target: Target<Out>,
    options: BranchesOptions<Out, Storable<In, Out>>,
    callback: Callback<BranchesResult>
  ): void
  push(target: Target<Out>, options?: RoundTripOptions<Out, Storable<In, Out>>): Promise<PushResult>
  push(target: Target<Out>, callback: Callback<PushResult>): void
  push(
    target: Target<Out>,
    options: RoundTripOptions<Out, Storable<In, Out>> | undefined,
    callback: Callback<PushResult>
  ): void
  push(...args: unknown[]): Promise<PushResult | BranchesResult> | undefined {
    return respond(args, { required: 1, most: 2 }, () =>
      push(this.#local, args[0] as Target<unknown>, optionsOf(args[1], calls.push))
    )
  }

  /**
   * Calls `listener` after the head of this branch, or a remote head, has moved: at once if this process moved it,
   * within 250 ms if another process on the same path did. Several moves within that time are reported as one.
   * Ends with `off` or `close`, and does not keep the process alive. Over stores of your own without
   * `watch` only the moves of this database object are reported.
   *
   * @param event - `'head'`
   * @param listener - gets `{ branch or remote, ref, previous }`
   * @throws {TypeError} if the event is not `'head'`
   * @throws {HistoError} `HISTO_CLOSED`
   * @example
   * ```ts
   * db.on('head', ({ branch, ref }) => console.log(branch, 'is now', ref))
   * await db.put({ title: 'first' })
   * ```
   */
  on(event: 'head', listener: HeadListener): this
  on(event: 'head', listener: HeadListener, ...surplus: unknown[]): this {
    refuseOptions('on', surplus)
    this.#listeners.add(event, listener)
    return this
  }

  /** Stops calling `listener`. */
  off(event: 'head', listener: HeadListener): this
  off(event: 'head', listener: HeadListener, ...surplus: unknown[]): this {
    refuseOptions('off', surplus)
    this.#listeners.remove(event, listener)
    return this
  }

  /**
   * Iterates the changes that `on('head', …)` reports, starting at the call. A slow consumer gets one change for each
   * head, the latest. Ends when the database is closed. On a path, waiting for a change keeps the process alive.
   *
   * @throws {HistoError} `HISTO_CLOSED`
   */
  watch(options?: SignalOptions): AsyncIterableIterator<HeadChange>
  watch(options?: SignalOptions, ...surplus: unknown[]): AsyncIterableIterator<HeadChange> {
    refuseSecondOptions('watch', surplus)
    return watchHeads(this.handle, signalOption(optionsOf(options, calls.watch)))
  }

  /**
   * Reads every revision, computes its ref again, checks every head, and reports everything damaged,
   * missing or dangling. It sees what was committed when it was called, and runs beside reads and
   * writes. A synchronizer fetches the revisions again that it finds damaged. Over stores of your own it reads the
   * revisions that heads and remote heads reach, and checks their ids if there is `idOf`; without `keys` on the branch
   * store, only what the head of this branch reaches.
   *
   * Cost: reads and hashes everything, off JavaScript's thread except for stores of your own.
   *
   * @throws {HistoError} `HISTO_STORE` if the medium fails; damage is in the report
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>
  verify(callback: Callback<VerifyReport>): void
  verify(options: VerifyOptions | undefined, callback: Callback<VerifyReport>): void
  verify(...args: unknown[]): Promise<VerifyReport> | undefined {
    return respond(args, { most: 1 }, () => {
      const watching = watchingOf(optionsOf(args[0], calls.verify))
      watching.signal?.throwIfAborted()
      return this.handle.ask((engine) => engine.verify(this.handle.branch, watching))
    })
  }

  /**
   * Returns counts and sizes of the database. Over stores of your own all are `null`, since they would have to be counted
   * on a server.
   *
   * Cost: on a path and in memory some 0.2 us for each revision that this process has not counted before, in turns
   * of the event loop. It reads the head of each record, on a path from the medium if it is not cached. After a
   * deletion all are counted again. The rest costs microseconds, and some 50 ns for each remote.
   *
   * @example
   * ```ts
   * const { revisions, fileBytes } = await db.stats()
   * ```
   */
  stats(): Promise<DatabaseStats>
  stats(callback: Callback<DatabaseStats>): void
  stats(...args: unknown[]): Promise<DatabaseStats> | undefined {
    return respond(args, { most: 0 }, () => this.handle.ask((engine) => engine.stats()))
  }

  /**
   * Writes a copy of the database, as it was at one moment, into the folder `path`. Others may write meanwhile. The
   * folder is created if missing, and must not hold a database. When the call succeeds
   * the copy is on the disk; a call that fails leaves nothing. On a path the file is
   * copied; until that ends, the original grows by all that is written. From memory, and from stores of your own whose
   * ids are the built-in refs, revisions are written one by one: from memory all, from stores what the heads
   * and remote heads reach (without `keys` on the branch store, what the head of this branch reaches).
   *
   * @throws {TypeError} if `path` or `name` is invalid
   * @throws {HistoError} `HISTO_STORE` if the folder holds a database already or the medium fails;
   *   `HISTO_FULL`; `HISTO_CORRUPT` if the original is damaged, see `verify`
   */
  backup(path: string | URL, options?: BackupOptions): Promise<BackupResult>
  backup(path: string | URL, callback: Callback<BackupResult>): void
  backup(
    path: string | URL,
    options: BackupOptions | undefined,
    callback: Callback<BackupResult>
  ): void
  backup(...args: unknown[]): Promise<BackupResult> | undefined {
    return respond(args, { most: 2 }, () => {
      const target = pathArgument(args[0])
      const options = optionsOf(args[1], calls.backup)
      const { name } = options
      const copyName = name === undefined ? undefined : newNameArgument(nameArgument(name, 'name'))
      const watching = watchingOf(options)
      watching.signal?.throwIfAborted()
      const { branch } = this.handle
      return this.handle.ask((engine) =>
        engine.backup({ branch, path: target, name: copyName }, watching)
      )
    })
  }

  /**
   * Erases the data of one revision for good. Its place in the history stays and can be verified,
   * since a ref is computed from the hash of the data: `has` is `true`, and graph queries return the same as before.
   * Calls that need the data (`get`, `getMany`, `revision`, `history`, `createStream`, a merge)
   * fail with `HISTO_SHALLOW`. Erasing it again does nothing. Putting the same revision brings the data back; a stream
   * or a synchronizer does not.
   *
   * The revision's `meta` stays, so that a history without data still shows who wrote what, unless the option `meta` is
   * set.
   *
   * On a path the bytes may stay in free pages of the file until they are overwritten, or until
   * `compact`. Replicas are not informed.
   *
   * @param options - `meta`: whether to erase the meta too, even of a revision whose data was erased before
   * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_CORRUPT` if the revision is damaged, so that its hash is not
   *   known; `HISTO_STORE` over stores of your own
   * @example
   * ```ts
   * const ref = await db.put({ title: 'secret' }, { meta: { author: 'Ada' } })
   * await db.erase(ref) // the title is gone, the author still known
   * await db.erase(ref, { meta: true })
   * ```
   */
  erase(ref: Ref, options?: EraseOptions): Promise<void>
  erase(ref: Ref, callback: Callback<void>): void
  erase(ref: Ref, options: EraseOptions | undefined, callback: Callback<void>): void
  erase(...args: unknown[]): Promise<void> | undefined {
    return respond(args, { most: 2 }, () => {
      const ref = refArgument(args[0], 'ref')
      const meta = booleanOption(optionsOf(args[1], calls.erase), 'meta', false)
      return this.handle.write((engine) => engine.erase([ref], meta))
    })
  }

  /**
   * Shrinks the file of a database on a path: writes a new file, in order, and replaces the old one. The new file has
   * nothing that was erased or pruned. The base of each revision's delta is chosen again, so revisions that were stored
   * whole become deltas. Databases of this process that have the path open continue to work; no other process may have
   * it open. An interruption leaves the old file or the new one, whole. In memory there is nothing to do.
   *
   * Cost: reads and writes all of the file, while other writes wait, and needs as much space again; 0.2 to
   * 0.4 ms for each revision of 110 KB. Then the database is reopened, some 80 ns a revision, while reads
   * wait too.
   *
   * @throws {HistoError} `HISTO_LOCKED` if another process has the path open, or a backup is running;
   *   `HISTO_FULL`; `HISTO_STORE` over stores of your own
   */
  compact(): Promise<CompactResult>
  compact(callback: Callback<CompactResult>): void
  compact(...args: unknown[]): Promise<CompactResult> | undefined {
    return respond(args, { most: 0 }, () => this.handle.write((engine) => engine.compact()))
  }

  /**
   * Deletes revisions that no branch head, remote head or ref of `keep` reaches, and that an earlier `prune` found
   * unreached at least `grace` ago. A revision that is put again, or named by `setHead`, counts as new. Later writes
   * reuse the space in the file; `compact` returns it to the system.
   *
   * With a `horizon` it also cuts away older history that heads do reach, at once and regardless of `grace`. Revisions
   * whose ancestors were cut away stay whole, including their `ancestors`. Calls that need a revision that was cut away,
   * or whose result depends on one, fail with `HISTO_SHALLOW`; all other results stay the same. Revisions that a known
   * remote lacks, judged by its remote head, are not cut away unless `force` is set. Revisions that were cut away cannot
   * be written again into this database; other replicas keep theirs.
   *
   * All revisions disappear together in one commit; their space is freed in steps, with other writes
   * in between. An interruption loses nothing: the next `prune` continues.
   *
   * Cost: some 50 ns for each revision, during which other writes wait; then a commit for each 4,096
   * revisions or 8 MiB. With a horizon some 1 us more for each revision that it cuts away.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND` if a ref of `keep` or `horizon` does not exist, `HISTO_SHALLOW` if
   *   it was cut away; `HISTO_CORRUPT` if a revision that the new boundary names is damaged, since the hash that its
   *   ref is computed from is lost; `HISTO_STORE` for a `horizon` over stores of your own
   */
  prune(options?: PruneOptions): Promise<PruneResult>
  prune(callback: Callback<PruneResult>): void
  prune(options: PruneOptions | undefined, callback: Callback<PruneResult>): void
  prune(...args: unknown[]): Promise<PruneResult> | undefined {
    return respond(args, { most: 1 }, () => {
      const options = optionsOf(args[0], calls.prune)
      const signal = signalOption(options)
      const onProgress = functionOption<(progress: PruneProgress) => void>(options, 'onProgress')
      const onFound = functionOption<(ref: Ref) => void>(options, 'onFound')
      const run = { signal, onProgress: onProgress ?? (() => undefined), onFound }
      const pruning = pruningOf(options)
      return abortable(signal, () => this.handle.write((engine) => engine.prune(pruning, run)))
    })
  }

  /**
   * Resolves with this database when it is open and its head is known; no other call needs it.
   *
   * @throws the error of a failed opening, which every other call then fails with too
   */
  ready(): Promise<DB<In, Out>>
  ready(callback: Callback<DB<In, Out>>): void
  ready(...args: unknown[]): Promise<DB<In, Out>> | undefined {
    return respond<DB<In, Out>>(args, { most: 0 }, async () => {
      await this.handle.opened()
      return this
    })
  }

  /**
   * Waits for pending writes and frees everything; an object that `branch` returned closes only itself. May be
   * called again, and after a failed opening.
   */
  close(): Promise<void>
  close(callback: Callback<void>): void
  close(...args: unknown[]): Promise<void> | undefined {
    return respond(args, { most: 0 }, () => this.handle.close())
  }

  /**
   * Returns what `console.log(db)` shows: name, path, branch and head, as far as they are known.
   *
   * @internal
   */
  [inspect.custom](_depth: number, options: InspectOptions): string {
    const { name, branch, engine, isClosed } = this.handle
    const shown = {
      ...(name === undefined ? {} : { name }),
      ...(engine.path === undefined ? {} : { path: engine.path }),
      branch,
      ...(isClosed ? { closed: true } : { head: headOf(this.handle) })
    }
    return `DB ${inspect(shown, { ...options, depth: 0 })}`
  }

  /** `await using db = createDB()` closes it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.handle.close()
  }

  /**
   * Calls `call` with the head's ref; `HISTO_NO_HEAD` without a head.
   *
   * @internal
   */
  #ofHead<R>(call: (engine: Engine, head: Ref) => Awaitable<R>): Promise<R> {
    const { branch } = this.handle
    return this.handle.ask((engine) => {
      const head = engine.head(branch)
      if (typeof head === 'string') return call(engine, head)
      return Promise.resolve(head).then((later) => call(engine, needed(later, branch)))
    })
  }

  /** The fast path of most reads: `get` with only a ref, returning a promise. */
  #getPlainly(ref: Ref): Promise<Out> {
    return this.handle.ask((engine) => engine.get(ref)) as Promise<Out>
  }

  /** The fast path of most writes: `put` with only data, returning a promise. */
  #putPlainly(data: unknown): Promise<Ref> {
    try {
      return this.#put(
        {
          payload: payloadOf(data, this.handle.strict),
          ancestors: undefined,
          meta: this.#usualMeta()
        },
        plainMove
      )
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #usualMeta(): string | undefined {
    const { meta, strict } = this.handle
    return meta === undefined ? undefined : metaText(undefined, meta, strict)
  }

  #put(draft: Draft, move: HeadMove): Promise<Ref> {
    return this.handle.write((engine) => engine.put(this.handle.branch, draft, move))
  }

  async #mergeBases(args: readonly unknown[], call: Known): Promise<Ref[]> {
    const ref1 = refArgument(args[0], 'ref1')
    const withHead = args.length < 2 || (typeof args[1] === 'object' && args[1] !== null)
    const signal = signalOption(optionsOf(withHead ? args[1] : args[2], call))
    const ref2 = withHead ? undefined : refArgument(args[1], 'ref2')
    return await abortable(signal, () =>
      ref2 === undefined
        ? this.#ofHead((engine, head) => engine.mergeBases(ref1, head, signal))
        : this.handle.ask((engine) => engine.mergeBases(ref1, ref2, signal))
    )
  }

  get #local() {
    return { db: this as unknown as Source<unknown> & Target<unknown>, handle: this.handle }
  }
}

bindMethods(DB, Bound)

/** The head, if it is known without reading a store. */
function headOf({ engine, branch }: Handle): Ref | null | undefined {
  try {
    return engine.headNow(branch)
  } catch {
    return undefined // not open yet, or not to be read
  }
}

/** The database over a branch of an engine; closing it closes the engine. */
export function databaseOver<In extends Jsonable<In>>(
  engine: Engine,
  branch: string,
  making: Making = {}
): DB<In> {
  return new DB<In>(new Handle(engine, branch, undefined, making))
}

function requiredFunction<F>(value: unknown, what: string): F {
  if (typeof value === 'function') return value as F
  throw new TypeError(`${what} must be a function, not ${described(value)}`)
}
