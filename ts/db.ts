/**
 * The class of databases, whole: each member with its documentation, in a few lines that call the room
 * which does the work.
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
import { type Known, optionsOf } from './base/known.js'
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
 * put, `Out` of the data that is read, which has been through JSON: a `Date` is read as a `string`.
 *
 * Every asynchronous member takes an optional last callback and else returns a promise. Wrong
 * arguments are a `TypeError` that arrives as other errors of the call do. A call before the database
 * is open waits for it, one after `close` fails with `HISTO_CLOSED`. Its functions work detached:
 * `const { put } = db`.
 */
export class DB<In extends Jsonable<In> = unknown, Out = Jsonify<In>> extends Bound {
  /**
   * Never there. By the mapped type the compiler compares databases member by member, so that one whose data
   * has further members can be passed where one of the others is read.
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
   * How synchronizers know this database: its name, on a branch other than `main`
   * `<name>/<branch>`.
   *
   * @throws {HistoError} `HISTO_NOT_READY` before the database is open, see `ready()`
   */
  get name(): string {
    const { name } = this.handle
    if (name !== undefined) return name
    const message = 'the name is known once ready() has resolved'
    throw new HistoError('HISTO_NOT_READY', message, { retryable: true })
  }

  /** The branch whose head this database has. */
  get branchName(): string {
    return this.handle.branch
  }

  /**
   * Another head over the same revisions, at first none. Closing it closes only it; closing the
   * database that `createDB` gave closes all its branches.
   *
   * @param name - the name of the branch, 1 to 255 bytes
   * @throws {TypeError} if it is no name
   * @throws {HistoError} `HISTO_CLOSED`
   * @example
   * ```ts
   * const draft = db.branch('draft')
   * await draft.put({ title: 'not yet in main' })
   * ```
   */
  branch(name: string): DB<In, Out> {
    const branch = nameArgument(name, 'the name of a branch')
    this.handle.check()
    return new DB<In, Out>(this.handle.branchOff(branch))
  }

  /**
   * Writes a revision and moves the head to it, whatever the head was. Without `ancestors` it
   * follows the latest write or `setHead` of this branch that is unsettled, else the head: puts that
   * are not awaited form one chain in the order of the calls. A `Uint8Array` is binary data, copied
   * at the call; all else is what `JSON.stringify` makes of it.
   *
   * Cost: one commit, shared with the other writes of the moment.
   *
   * @param data - a value that JSON can represent, or a `Uint8Array`
   * @param options - `meta`, `previousHead`, `moveHead`, `signal`
   * @returns the ref
   * @throws {TypeError} if JSON has no form for `data`, or ancestors are empty, doubled or no strings
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
  /** Writes a revision; options may stand where ancestors are left out. */
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
   * Puts the data of an older revision again, on top of the head: undo that travels, since it is a revision like
   * others. It follows the head, or the latest write of this branch that is unsettled when it is called; over stores of
   * your own and before the database is open: when that data has been read.
   *
   * Cost: a read of that revision, whose data is not parsed, and a put.
   *
   * @param ref - the revision whose data is wanted
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
   * Writes several revisions, all or nothing, and moves the head to the last. Each without
   * `ancestors` follows the one before it.
   *
   * Cost: one commit for all.
   *
   * @param items - the revisions: `data`, `meta`, and `ancestors` where they do not follow the item before
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
   * Moves the heads of several branches in one commit, all or nothing: who reads sees all of it or none. Operations take
   * effect in their order, each over what those before it made.
   *
   * Cost: one commit for all. Over stores of your own it needs `compareAndSwapMany` of the branch store.
   *
   * @param operations - puts (`data`, `ancestors`, `meta`), `setHead` (`ref`) and `deleteBranch`, each with `branch`,
   *   this one where it is left out, and `previousHead`
   * @param options - `signal`
   * @returns the ref that each wrote or set, `null` for a deletion
   * @throws as `put`, `setHead` and `deleteBranch` do, with the number of the operation as `index`; nothing has
   *   happened then
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
   * The data of a revision, of the head where no ref is given.
   *
   * @param ref - the revision's ref; without it the head
   * @throws {TypeError} if `ref` is given and no string, `undefined` included
   * @throws {HistoError} `HISTO_NO_HEAD`, `HISTO_NOT_FOUND`; `HISTO_CORRUPT` if it is damaged
   * @example
   * ```ts
   * const ref = await db.put({ title: 'first' })
   * const { title } = await db.get(ref)
   * ```
   */
  get(ref?: Ref): Promise<Out>
  get(ref: Ref, options: SignalOptions | undefined): Promise<Out>
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
   * The data of several revisions, in the order of `refs`. Cheaper than as many `get`s.
   *
   * @param refs - the revisions' refs
   * @param options - `signal`
   * @throws {HistoError} `HISTO_NOT_FOUND` if any is not there
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
   * A revision with its ref and its direct ancestors, the head where no ref is given.
   *
   * @param ref - the revision's ref; without it the head
   * @throws as `get` does
   * @example
   * ```ts
   * await db.put({ title: 'first' })
   * const { ref, ancestors, data } = await db.revision() // of the head
   * ```
   */
  revision(ref?: Ref): Promise<Revision<Out>>
  revision(ref: Ref, options: SignalOptions | undefined): Promise<Revision<Out>>
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
   * Whether each of `refs` is in the database, in order; any string may be asked for. `false` also for a
   * revision that a read or `verify` found damaged, so that a synchronizer asks for it again, and for one that
   * `prune` deleted or cut away. `true` for a revision that was erased here; `false` for one that came without
   * its data, which was erased elsewhere, so that it is asked for wherever others have it.
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
   * The head's ref, `null` where there is none: at once, as of the last commit, of whatever process.
   * Writes that are not yet acknowledged are not in it.
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
   * Asks the store for the head's ref, `null` where there is none.
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
   * Points the head at `ref`. With `previousHead` (`null`: there must be none) only if the head is
   * that. A head that is `ref` already is success, whatever `previousHead` says.
   *
   * @param ref - the revision to point at
   * @param previousHead - what the head has to be; left out: anything
   * @returns `ref`
   * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_HEAD_CONFLICT`, its `head` the actual one and
   *   `expected` the given
   * @example
   * ```ts
   * const first = await db.put({ title: 'first' })
   * const second = await db.put({ title: 'second' })
   * await db.setHead(first, second) // back, if the head is still the second
   * ```
   */
  setHead(ref: Ref, previousHead?: Ref | null): Promise<Ref>
  setHead(ref: Ref, callback: Callback<Ref>): void
  setHead(ref: Ref, previousHead: Ref | null, callback: Callback<Ref>): void
  setHead(...args: unknown[]): Promise<Ref> | undefined {
    return respond(args, { most: 2 }, () => {
      const ref = refArgument(args[0], 'ref')
      const previousHead = givenPreviousHead(args)
      return this.handle.write((engine) => engine.setHead(this.handle.branch, ref, previousHead))
    })
  }

  /** The head of the database `name` when it was last synchronized from; `null` if it never was. */
  remoteHead(name: string): Promise<Ref | null>
  remoteHead(name: string, callback: Callback<Ref | null>): void
  remoteHead(...args: unknown[]): Promise<Ref | null> | undefined {
    return respond(args, { most: 1 }, () => {
      const name = remoteNameArgument(args[0], 'the name of a remote')
      return this.handle.ask((engine) => engine.remoteHead(name))
    })
  }

  /**
   * Notes `ref` as the head of the database `name`.
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

  /** Forgets the remote head of `name`; revisions stay. Success where there is none. */
  deleteRemote(name: string): Promise<void>
  deleteRemote(name: string, callback: Callback<void>): void
  deleteRemote(...args: unknown[]): Promise<void> | undefined {
    return respond(args, { most: 1 }, () => {
      const name = remoteNameArgument(args[0], 'the name of a remote')
      return this.handle.write((engine) => engine.deleteRemote(name))
    })
  }

  /**
   * Takes the head off the branch `name`, with `previousHead` only if it is that; revisions stay.
   * Success where there is no head.
   *
   * @throws {HistoError} `HISTO_HEAD_CONFLICT` with `previousHead`
   */
  deleteBranch(name: string, previousHead?: Ref | null): Promise<void>
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
   * Every remote head by the name of its database, in an object without a prototype; with options a page of them,
   * as of `branches`.
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
   * The moves of the heads, newest first: one for each call that moved one, written in the commit of the move. What the
   * newest ones name is kept by `prune` for its `grace`; moves older than 90 days (`log` of `createDB`) are dropped. In
   * memory the last 65,536 commits are kept.
   *
   * Cost: some 0.3 us a move that is answered or, with `branch`, passed over. Moves that are made meanwhile do not appear.
   *
   * @param options - `branch`, `limit`, `before`, `signal`
   * @throws {HistoError} `HISTO_CORRUPT` where the log is damaged; over stores without a log `HISTO_STORE`
   * @example
   * ```ts
   * await db.put({ title: 'first' })
   * for await (const { time, branch, from, to, action } of db.log({ limit: 10 })) {
   *   console.log(time, branch, action, from, to) // 2026-08-01T12:00:00.000Z main put null 5e1f…
   * }
   * ```
   */
  log(options?: LogOptions): AsyncIterableIterator<LogEntry> {
    return logOf(this.handle, options)
  }

  /**
   * Moves this branch's head back to where it was before the latest move that is not undone, whoever made it: a
   * branch that was deleted or overwritten comes back. Chained on the branch's latest write that is unsettled, as a put is.
   * It is decided in its commit; pass `previousHead` where nobody else's move may be undone. Local: a pull brings back
   * what others have.
   *
   * Cost: one commit, and some 0.1 us for each move of any branch since.
   *
   * @param options - `steps`, `previousHead`, `signal`
   * @returns the head, `null` where the branch has none now
   * @throws {HistoError} `HISTO_NOT_FOUND` where there are fewer moves than `steps`, `HISTO_SHALLOW` where the revision
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
   * Moves the head forward again to where it was before the latest `undo`. Any other move of the head ends what can
   * be redone.
   *
   * @param options - `steps`, `previousHead`, `signal`
   * @returns the head, `null` where the branch has none now
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
   * The head of every branch that has one, by name, in an object without a prototype: all as of one moment. With
   * options a page of them, in the order of the UTF-8 bytes of their names. An object keeps that order but for names
   * that are whole numbers, such as `10`, which come first: `eachBranch` keeps it for all.
   *
   * Cost: of what is on the page, however many there are. Over stores of your own without `entries` all keys with the
   * prefix are listed, and the values on the page read.
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
   * each as of one moment; over stores of your own without `entries` it reads all at the beginning. Errors, those of
   * the options too, arrive when it is iterated.
   *
   * @param options - `prefix`, `after`, `limit`, `signal`
   * @throws {HistoError} `HISTO_STORE` over stores of your own without `keys`
   * @example
   * ```ts
   * for await (const { name, ref } of db.eachBranch({ prefix: 'doc/' })) console.log(name, ref)
   * ```
   */
  eachBranch(options?: HeadListOptions): AsyncIterableIterator<NamedRef> {
    return eachBranchOf(this.handle, options)
  }

  /**
   * Writes what `change` makes of the head's data, `(undefined, null)` without a head, and moves the
   * head to it. If the head is moved meanwhile, `change` is asked again with the new one; if only by what
   * `change` wrote itself, at most 16 times. With `ifChanged` nothing is written where the data stays
   * the same.
   *
   * @param change - gets the head's data and its ref, `undefined` and `null` without a head; returns the new
   *   data or a promise of it
   * @param options - `signal`
   * @returns the ref
   * @throws as `put` does; `HISTO_HEAD_CONFLICT` where `change` writes to its own branch each time; what
   *   it throws
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
   * Joins `ref` into the head: nothing to do if the head has it, the head moves if it is an ancestor
   * of `ref` or there is none, else `resolve` gives the data of a revision with the ancestors
   * `[head, ref]`. If the head is moved meanwhile, all that happens again.
   *
   * @param ref - the revision to join in
   * @param resolve - gets the data of both sides and of their merge bases; returns the data of the merge. `'json'` merges
   *   data as JSON, as `jsonMerge()` of `histo-revisions/json` does, or fails with `HISTO_CONFLICT`
   * @param options - `signal`
   * @throws {HistoError} `HISTO_NOT_FOUND`, `HISTO_SHALLOW`; as `put` does; what `resolve` throws
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
   * The operations of RFC 6902 that make the data of `to` of that of `from` (`null`: of nothing), as `diff` of
   * `histo-revisions/json` tells them, over the texts as they are stored.
   *
   * @param from - a ref, or `null`
   * @param to - a ref
   * @param options - by what elements of arrays are told apart, `moves`, `signal`
   * @returns the operations; none where the data is the same
   * @example
   * ```ts
   * const before = await db.put({ title: 'a' })
   * const after = await db.put({ title: 'b' })
   * console.log(await db.diff(before, after)) // [{ op: 'replace', path: '/title', value: 'b' }]
   * ```
   * @throws {TypeError} if the data of either is binary
   * @throws {HistoError} `HISTO_NOT_FOUND`, and what `get` fails with
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
   * The revisions of a history, newest first, whose value at a JSON Pointer differs from that in each of their
   * ancestors; a root counts where it has one. Pointers are positional: an insertion before `/rows/3` changes it.
   * With `limit: 1` it tells the last change.
   *
   * Cost: reads the data of each revision down to the last change that is taken, and compares the value's bytes;
   * over stores of your own it compares values.
   *
   * @param pointer - where the value is (RFC 6901)
   * @param options - `limit`, `signal`; a ref may stand before them, whose history it is in place of the head's
   * @example
   * ```ts
   * await db.putMany([{ data: { title: 'a' } }, { data: { title: 'b' } }])
   * for await (const { before, after } of db.changes('/title')) console.log(before, after)
   * ```
   * @throws {TypeError} when it is iterated, if `pointer` is none
   * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_SHALLOW` where the data of a revision on the way was erased
   */
  changes(pointer: string, options?: ChangesOptions): AsyncIterableIterator<ValueChange>
  changes(pointer: string, ref: Ref, options?: ChangesOptions): AsyncIterableIterator<ValueChange>
  changes(...args: unknown[]): AsyncIterableIterator<ValueChange> {
    return changesOf(this.handle, args)
  }

  /**
   * The direct ancestors of `ref`, in the order that it was written with.
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
   * The refs reachable from `to` and not from `from` (a ref, several, or `null` for everything up to
   * `to`), newest first: none stands before one of its descendants. `undefined` is `null` here alone, since a
   * missing ref may be either.
   *
   * Cost: visits the difference and what both reach down to the oldest fork of either.
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
   * A best common ancestor of two revisions (one that is no ancestor of another), of the head where
   * there is one argument: the smallest ref of several, `null` where the histories share nothing.
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
   * Every best common ancestor of two revisions, ascending as `Array.prototype.sort` orders strings;
   * with one argument, of it and the head. Empty where the histories share nothing.
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
   * Whether `ancestor` is reachable from `descendant`; `true` for equal refs.
   *
   * Cost: visits at most what stands between the two.
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
   * Iterates the revisions reachable from `ref`, from the head where it is left out, newest first;
   * nothing on a branch without a head. It sees the graph as it is at the first revision. Reads in
   * batches of 256, so memory stays flat. Where history was cut away, all that is there comes first, and
   * then `HISTO_SHALLOW`. Errors, those of the arguments too, arrive when it is iterated.
   *
   * @param args - a ref, the head where it is left out, and options: `limit`, `until`, `signal`
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
   * The ref that a name means. In this order: a whole ref, a whole branch name, `remotes/<name>`, a unique
   * beginning of a ref of at least 4 digits; or one of these with `~n` (n first ancestors back) or `^n` (its nth
   * ancestor) behind it, alone 1, as often as wanted: `main~3`, `idea^2~1`.
   *
   * Cost: a look at each revision for a beginning of a ref, some 4 ns; else that of `head` and `ancestors`. Stores
   * of your own tell beginnings only where they have `keys`, which is then read whole.
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
   * A simple-stream source of the revisions of `refs`, in their order; also an async iterable. A
   * failure (`HISTO_NOT_FOUND`, `HISTO_CORRUPT`) arrives at its place. Holds up to 64 revisions in
   * memory.
   *
   * @throws {TypeError} if `refs` is no array of strings
   */
  createStream(refs: readonly Ref[]): RevisionSource<Out> {
    return streamOf<Out>(this.handle, refs)
  }

  /**
   * Writes the revisions of a simple-stream, an iterable or an async iterable, in any order. Refs
   * that come along are checked. Moves no head. On an error revisions written with all their ancestors
   * stay, and the stream is aborted.
   *
   * Cost: a commit for 256 revisions or about 1 MiB of data; reads no further meanwhile.
   *
   * @throws {TypeError} if it is no stream, or brings what is no `{ ref?, ancestors, data }`
   * @throws {HistoError} `HISTO_CORRUPT` if a ref is not that of its revision;
   *   `HISTO_MISSING_ANCESTOR` if at the end an ancestor is not there; `HISTO_TOO_LARGE`
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
   * Brings everything of `source`'s head here, as a synchronizer does, and with `resolve` merges it
   * into the head.
   *
   * With `branches` it brings many branches, and moves or merges each into the one of its name, made where there is none.
   * What cannot be merged is left and told in `failed`; without `resolve` that is all that is no fast-forward. With `prune`
   * a branch is deleted that the source's log tells to be deleted, where it stands where the remote head stood.
   *
   * @param source - another database, a remote one of `connect`, or an object with the functions of a source
   * @param options - `resolve`, and those of a synchronizer
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
   * Brings everything of the head to `target`, as a synchronizer does, and, where the target has
   * `setHead`, moves its head here by compare-and-swap; where it may not, `reason` says why. Where the target has gone on by itself, it is pulled
   * and merged first if `resolve` is given, as often as it takes.
   *
   * With `branches` it sends many branches, and moves each of the target's forward, or makes it; `failed` tells those that
   * have gone on otherwise. With `prune` a branch of the target is deleted that this database's log tells to be deleted, where it
   * stands where its remote head of ours stood.
   *
   * @param target - another database, a remote one of `connect`, or an object with the functions of a target
   * @param options - `resolve`, and those of a synchronizer
   * @throws {HistoError} `HISTO_HEAD_CONFLICT` without `resolve` where the target's head is not one of
   *   this history, `head` being what it is; else as `createSynchronizer(db, target).run()` and `merge`
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
   * Calls `listener` after the head of this branch, or a remote head, has moved: by this process at
   * once, by another on the same path within 250 ms. Two moves in that time are reported as one.
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
  on(event: 'head', listener: HeadListener): this {
    this.#listeners.add(event, listener)
    return this
  }

  /** Calls `listener` no more. */
  off(event: 'head', listener: HeadListener): this {
    this.#listeners.remove(event, listener)
    return this
  }

  /**
   * The changes that `on('head', …)` reports, from the call on, as an async iterable: one change for each head,
   * however slowly they are taken. Ends when the database is closed. On a path the process stays alive
   * while a change is waited for.
   *
   * @throws {HistoError} `HISTO_CLOSED`
   */
  watch(options?: SignalOptions): AsyncIterableIterator<HeadChange> {
    return watchHeads(this.handle, signalOption(optionsOf(options, calls.watch)))
  }

  /**
   * Reads every revision and hashes it anew, looks at every head, and reports all that is damaged,
   * missing or dangling. Sees what was committed when it was called; goes on beside reads and
   * writes. A synchronizer asks again for the revisions that it finds damaged. Over stores of your own it reads the
   * revisions that heads and remote heads reach, by `idOf` where there is one; without `keys` on the branch store,
   * what the head of this branch reaches.
   *
   * Cost: reads and hashes everything, off JavaScript's thread but for stores of your own.
   *
   * @throws {HistoError} `HISTO_STORE` where the medium fails; damage is in the report
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
   * How much there is of everything. Over stores of your own all is `null`, since it would have to be counted on a
   * server.
   *
   * Cost: on a path and in memory, of each revision that was not counted before by this process some 0.2 us, in turns
   * of the event loop; the head of its record is read for that, on a path from the medium where it is not in memory. After a
   * deletion all are counted anew. What is left costs microseconds, and some 50 ns for each remote.
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
   * Writes a copy of the database, as it was at one moment, into the folder `path`, while writing
   * goes on here. The folder is made where it is missing, and must not hold a database. When the call succeeds
   * the copy is on the disk; a call that fails leaves nothing. On a path the file is
   * copied and grows meanwhile by what is written. From memory, and from stores of your own whose ids
   * are the built-in refs, revisions are written anew: from memory all, from stores what the heads
   * and remote heads reach (without `keys` on the branch store, the head of this branch).
   *
   * @throws {TypeError} if `path` or `name` is none
   * @throws {HistoError} `HISTO_STORE` where a database is there already or the medium fails;
   *   `HISTO_FULL`; `HISTO_CORRUPT` where what is to be copied is damaged, see `verify`
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
   * since a ref hashes the hash of the data and not the data: `has` is true, and questions to the graph return
   * what they did. Calls that need the data (`get`, `getMany`, `revision`, `history`, `createStream`, a merge)
   * fail with `HISTO_SHALLOW`. Erasing it again does nothing. Putting the same revision writes it
   * anew in its place; a stream or a synchronizer that brings it does not.
   *
   * The revision's `meta` stays, so that a history without data goes on to tell who wrote what, unless it is to go
   * too.
   *
   * On a path the bytes may stay in free pages of the file until they are written over, or until
   * `compact`. Replicas do not hear of it.
   *
   * @param options - `meta`: whether the meta goes too; of an erased revision too that still has it
   * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_CORRUPT` if it is damaged, so that its hash is not
   *   known; `HISTO_STORE` over stores of your own
   * @example
   * ```ts
   * const ref = await db.put({ title: 'secret' }, { meta: { author: 'Ada' } })
   * await db.erase(ref) // the title is gone, and it is still known who wrote it
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
   * Makes the file of a database on a path as small as what is in it: writes it anew, in order, and puts
   * it in the place of the old one. The new file has nothing that was erased or pruned. What each revision is
   * stored as a change of is chosen anew, so what was stored whole costs what changed from then on. All
   * databases of this process that have the path open go on; no other process may have it open. An
   * interruption leaves the old file or the new one, whole. In memory there is nothing to do.
   *
   * Cost: reads and writes all of the file, while other writes wait, and needs as much space again; 0.2 to
   * 0.4 ms for each revision of 110 KB; then the database is opened anew, some 80 ns a revision, while reads
   * wait too.
   *
   * @throws {HistoError} `HISTO_LOCKED` if another process has the path open, or a backup is under way;
   *   `HISTO_FULL`; `HISTO_STORE` over stores of your own
   */
  compact(): Promise<CompactResult>
  compact(callback: Callback<CompactResult>): void
  compact(...args: unknown[]): Promise<CompactResult> | undefined {
    return respond(args, { most: 0 }, () => this.handle.write((engine) => engine.compact()))
  }

  /**
   * Deletes revisions that no head of any branch, no remote head and no ref of `keep` reaches, and that
   * an earlier `prune` found to be so at least `grace` ago. A revision that is put again, or named by `setHead`,
   * counts as new. Space in the file is used again by later writes; `compact` gives it back.
   *
   * With a `horizon` it also cuts away history that is older, although heads reach it, at once and whatever
   * the `grace`. What names something that was cut away stays whole, `ancestors` included. What was cut
   * away is `HISTO_SHALLOW` to every call that needs it, and so is each answer that depends on it; all others
   * are what they were. What a known remote has not got, as far as its remote head tells, is not cut away
   * unless `force` is set. It cannot be written again into this database; other replicas keep theirs.
   *
   * What is deleted is gone at once and together; its space is given back in steps, with other writes
   * between. An interruption loses nothing: the next `prune` goes on with them.
   *
   * Cost: a look at each revision, some 50 ns, that holds up other writes; then a commit for 4,096
   * revisions or 8 MiB. With a horizon some 1 us more for each revision that it cuts away.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND` if a ref of `keep` or `horizon` is not there, `HISTO_SHALLOW` if
   *   it was cut away; `HISTO_CORRUPT` if a revision that the new boundary names is damaged: it cannot be
   *   told any more what its ref is the hash of; `HISTO_STORE` for a `horizon` over stores of your own
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
   * @throws what opening failed with, as every other call does then
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
   * Waits for writes in flight and frees everything; of what `branch` gave, only that one. May be
   * called again, and after a failed opening.
   */
  close(): Promise<void>
  close(callback: Callback<void>): void
  close(...args: unknown[]): Promise<void> | undefined {
    return respond(args, { most: 0 }, () => this.handle.close())
  }

  /**
   * What `console.log(db)` shows: name, path, branch and head, as far as they are known.
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
   * Asks about the head's ref; `HISTO_NO_HEAD` without one.
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

  /** The way of most reads: `get` with a ref alone and a promise. */
  #getPlainly(ref: Ref): Promise<Out> {
    return this.handle.ask((engine) => engine.get(ref)) as Promise<Out>
  }

  /** The way of most writes: `put` with data alone and a promise. */
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

/** The head, where it is known without asking. */
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
