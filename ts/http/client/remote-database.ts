/**
 * `connect`: a database that is reached over HTTP, with the functions of a source and of a target.
 *
 * A synchronizer between it and a database of this process uses `pull-over.ts` or `push-over.ts`; these members
 * serve all other callers.
 */

import {
  countOption,
  givenPreviousHead,
  refArgument,
  refList,
  refsArgument,
  signalOption
} from '../../base/arguments.js'
import { respond } from '../../base/callbacks.js'
import { calls } from '../../base/calls.js'
import { HistoError } from '../../base/errors.js'
import type { Jsonable, Jsonify, Storable } from '../../base/jsonify.js'
import { optionsOf, refuseOptions, refuseSecondOptions } from '../../base/known.js'
import { nameArgument, remoteNameArgument } from '../../base/names.js'
import type {
  HeadListOptions,
  RevisionSource,
  RevisionStream,
  SignalOptions,
  WriteStreamOptions
} from '../../base/options.js'
import type { Callback, Ref } from '../../base/types.js'
import { rangeOf } from '../../branch/heads.js'
import type { HeadChange } from '../../branch/watcher.js'
import { type Runs, runs } from '../../sync/delegate.js'
import { type ConnectOptions, connectSettings, urlArgument } from '../options.js'
import type { HeadsPolicy } from '../protocol.js'
import { BranchCalls } from './branch-calls.js'
import { Calls } from './calls.js'
import { Client } from './client.js'
import { listBranches } from './list-branches.js'
import { pullBranches } from './pull-branches.js'
import { pullOver } from './pull-over.js'
import { BranchesPush } from './push-branches.js'
import { pushOver, type Told } from './push-over.js'
import { streamFrom, writeTo } from './remote-streams.js'
import { watchBranches } from './watch-branches.js'
import { watchOver } from './watch-over.js'

const defaultPending = 256 * 1024 * 1024

/**
 * Makes a remote database at the URL of a handler: a source and a target for `createSynchronizer`, `pull` and `push`.
 * Sends no request before it is used.
 *
 * @param url - the URL at which the handler is mounted
 * @param options - `headers`, `fetch`, `timeout`, `retries` and others
 * @throws {TypeError} if it is not an HTTP URL, or an option is invalid
 * @example
 * ```ts
 * import { createDB } from 'histo-revisions'
 * import { connect, createHandler } from 'histo-revisions/http'
 *
 * const server = createDB<{ title: string }>({ name: 'server' })
 * await server.put({ title: 'first' })
 * const fetch = createHandler(server) // in one process; over a network without this option
 * const remote = connect<{ title: string }>('https://notes.example', { fetch })
 * const { revisions } = await createDB<{ title: string }>().pull(remote)
 * ```
 */
export function connect<In extends Jsonable<In> = unknown>(
  url: string | URL,
  options?: ConnectOptions
): RemoteDatabase<In>
export function connect<In extends Jsonable<In> = unknown>(
  url: string | URL,
  options?: ConnectOptions,
  ...surplus: unknown[]
): RemoteDatabase<In> {
  refuseSecondOptions('connect', surplus)
  const { url: place, headers } = urlArgument(url)
  return new RemoteDatabase<In>(new Client(place, headers, connectSettings(options)))
}

/**
 * A database that is reached over HTTP. Made by `connect`.
 *
 * Every asynchronous member takes an optional callback as its last argument; without one it returns a promise. Calls are
 * retried after network failures, up to `retries` times in a row; then they fail with `HISTO_NETWORK`. A refusal or an
 * exceeded limit is `HISTO_DENIED`, a response that violates the protocol `HISTO_PROTOCOL`.
 */
export class RemoteDatabase<In extends Jsonable<In> = unknown, Out = Jsonify<In>> {
  readonly #calls: Calls
  #name: string | undefined
  /** The remote name of the last push, and the state that the server returned for it. */
  #told: Told | undefined
  /** The remote name for writing, once a synchronizer has asked for its remote head. */
  #remote: string | undefined

  /** The policy that the server reported to the last push of many branches. */
  #policy: HeadsPolicy | undefined
  /** The name of the server's database, without a branch; shared with its other branches. */
  readonly #base: { name: string | undefined }

  /** @internal */
  constructor(
    client: Client,
    branch?: string,
    base: { name: string | undefined } = { name: undefined }
  ) {
    this.#calls = new Calls(client, branch)
    this.#base = base
  }

  /**
   * Returns another branch of the database, if the server serves branches. One that it does not serve looks like one that
   * does not exist.
   *
   * @throws {TypeError} if the name is invalid
   */
  branch(name: string): RemoteDatabase<In, Out>
  branch(name: string, ...surplus: unknown[]): RemoteDatabase<In, Out> {
    refuseOptions('branch', surplus)
    const branch = nameArgument(name, 'the name of a branch')
    return new RemoteDatabase<In, Out>(this.#calls.client, branch, this.#base)
  }

  /** Returns the branches that the server serves to this client, with their heads; without a prototype. */
  branches(options?: HeadListOptions): Promise<Record<string, Ref>>
  branches(callback: Callback<Record<string, Ref>>): void
  branches(options: HeadListOptions | undefined, callback: Callback<Record<string, Ref>>): void
  branches(...args: unknown[]): Promise<Record<string, Ref>> | undefined {
    return respond(args, { most: 1 }, () =>
      listBranches(
        this.#calls,
        rangeOf(optionsOf(args[0], calls.branches)),
        signalOption(optionsOf(args[0], calls.branches))
      )
    )
  }

  /**
   * The name by which synchronizers know the database.
   *
   * @throws {HistoError} `HISTO_NOT_READY` before it is known, see `ready()`
   */
  get name(): string {
    if (
      this.#calls.branch === undefined &&
      this.#name === undefined &&
      this.#base.name !== undefined
    ) {
      return this.#base.name
    }
    if (this.#name !== undefined) return this.#name
    const message = 'the name is known once ready() has resolved'
    throw new HistoError('HISTO_NOT_READY', message, { retryable: true })
  }

  /** Asks the server for its state; resolves with this object. */
  ready(): Promise<RemoteDatabase<In, Out>>
  ready(callback: Callback<RemoteDatabase<In, Out>>): void
  ready(...args: unknown[]): Promise<RemoteDatabase<In, Out>> | undefined {
    return respond<RemoteDatabase<In, Out>>(args, { most: 0 }, async () => {
      await this.#state()
      return this
    })
  }

  /** Returns the head's ref, `null` if there is none. */
  head(): Promise<Ref | null>
  head(callback: Callback<Ref | null>): void
  head(...args: unknown[]): Promise<Ref | null> | undefined {
    return respond(args, { most: 0 }, async () => (await this.#state()).head)
  }

  /**
   * Returns whether each of `refs` exists: below the head or, for a writer, anywhere in the database. An object becomes a
   * writer by a call of `remoteHead` or `setRemoteHead`. Revisions without their data do not count. For a writer, those
   * that the database itself erased do count, since it does not accept their data.
   */
  has(refs: readonly Ref[]): Promise<boolean[]>
  has(refs: readonly Ref[], callback: Callback<boolean[]>): void
  has(...args: unknown[]): Promise<boolean[]> | undefined {
    return respond(args, { most: 1 }, () => {
      const refs = refList(args[0], 'refs')
      const asked = refs.filter((ref) => ref !== '') // no revision has an empty one, and it cannot travel
      return this.#retrying(async (options) => {
        const found = await this.#calls.has(asked, { ...options, wantsData: true })
        const answers = found.values()
        return refs.map((ref) => ref !== '' && answers.next().value === true)
      })
    })
  }

  /**
   * Returns the refs that are reachable from `to` but not from `from`, newest first; `null`: everything up to `to`.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND` for refs that the head does not reach
   */
  refDifference(from: Ref | readonly Ref[] | null | undefined, to: Ref): Promise<Ref[]>
  refDifference(
    from: Ref | readonly Ref[] | null | undefined,
    to: Ref,
    callback: Callback<Ref[]>
  ): void
  refDifference(...args: unknown[]): Promise<Ref[]> | undefined {
    return respond(args, { most: 2 }, () => {
      const from = args[0] === null || args[0] === undefined ? [] : refsArgument(args[0], 'from')
      const to = refArgument(args[1], 'to')
      return this.#retrying(({ signal }) => this.#calls.difference(from, to, signal))
    })
  }

  /**
   * Returns a simple-stream source of the revisions of `refs`, in their order, which is also an async iterable. It does
   * not verify them: `writeStream` of a database does.
   *
   * @throws {TypeError} if `refs` is not an array of strings
   */
  createStream(refs: readonly Ref[]): RevisionSource<Out>
  createStream(refs: readonly Ref[], ...surplus: unknown[]): RevisionSource<Out> {
    refuseOptions('createStream', surplus)
    return streamFrom<Out>(this.#calls, refList(refs, 'refs'))
  }

  /** Returns the head that the database `name` had when it was last synchronized to the remote; `null` if it never was. */
  remoteHead(name: string): Promise<Ref | null>
  remoteHead(name: string, callback: Callback<Ref | null>): void
  remoteHead(...args: unknown[]): Promise<Ref | null> | undefined {
    return respond(args, { most: 1 }, async () => {
      this.#remote = remoteNameArgument(args[0], 'the name of a remote')
      const state = await this.#retrying((options) => this.#calls.state(options, true))
      this.#name = state.name
      this.#told = { state, remote: this.#remote }
      return state.remoteHead ?? null
    })
  }

  /**
   * Sends the revisions of a stream, in any order; the server verifies each. Moves no head. They are those of the
   * database that `remoteHead` or `setRemoteHead` named last: call one of these first, as a synchronizer does.
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
    return respond(args, { most: 2 }, () => {
      const options = optionsOf(args[1], calls.writeStream)
      const pending = countOption(options, 'maxPendingBytes', 0, defaultPending)
      const given = { signal: signalOption(options), remote: this.#remote }
      return writeTo(this.#calls, args[0], pending, given)
    })
  }

  /**
   * Records `ref` as the head of the database `name`.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND` if it is not in the remote database
   */
  setRemoteHead(name: string, ref: Ref): Promise<Ref>
  setRemoteHead(name: string, ref: Ref, callback: Callback<Ref>): void
  setRemoteHead(...args: unknown[]): Promise<Ref> | undefined {
    return respond(args, { most: 2 }, async () => {
      this.#remote = remoteNameArgument(args[0], 'the name of a remote')
      const ref = refArgument(args[1], 'ref')
      await this.#retrying((options) => this.#calls.setRemoteHead(ref, options))
      return ref
    })
  }

  /**
   * Moves the head to a descendant, with `previousHead` only if it is that, provided that the server lets clients move
   * heads.
   *
   * @throws {HistoError} `HISTO_HEAD_CONFLICT`, `HISTO_NOT_FOUND`; `HISTO_DENIED` also if `ref` is not
   *   a descendant of the head
   */
  setHead(ref: Ref, ...guard: [] | [previousHead: Ref | null]): Promise<Ref>
  setHead(ref: Ref, callback: Callback<Ref>): void
  setHead(ref: Ref, previousHead: Ref | null, callback: Callback<Ref>): void
  setHead(...args: unknown[]): Promise<Ref> | undefined {
    return respond(args, { most: 2 }, async () => {
      const ref = refArgument(args[0], 'ref')
      const previousHead = givenPreviousHead(args)
      await this.#retrying((options) => this.#calls.setHead(ref, previousHead, options))
      return ref
    })
  }

  /**
   * Iterates the moves of the head from the call on. Several moves between two requests, or before the next change is
   * taken, are reported as one.
   */
  watch(options?: SignalOptions): AsyncIterableIterator<HeadChange> {
    return watchOver(this.#calls, signalOption(optionsOf(options, calls.watch)))
  }

  /** @internal */
  get [runs](): Runs {
    return {
      pullInto: (handle, run) =>
        pullOver(this.#calls, handle, run, (state) => {
          this.#name = state.name
        }),
      pushFrom: (handle, run) =>
        pushOver(this.#calls, handle, run, (told) => {
          this.#name = told.state.name
          this.#remote = told.remote
          this.#told = told
        }),
      pullManyInto: (handle, run) => pullBranches(this.#calls, handle, run, this.#base),
      pushManyFrom: (handle, run) =>
        new BranchesPush(this.#calls, handle, run).run((state) => {
          this.#base.name = state.name
          this.#policy = state.heads
        }),
      moveHeads: async (handle, changed, run) => {
        if (this.#policy !== 'never')
          return await new BranchesPush(this.#calls, handle, run).move(changed)
        const fixed = { is: 'fixed', reason: 'never' } as const
        return new Map([...changed].map((name) => [name, fixed]))
      },
      deleteBranches: async (handle, heads, run) =>
        this.#policy === 'never'
          ? { reason: 'never' }
          : await new BranchesPush(this.#calls, handle, run).remove(heads),
      deletedBranches: (gone, run) =>
        this.#retrying(({ signal }) =>
          new BranchCalls(this.#calls).deleted(
            { prefix: run.branches.prefix, remote: undefined, signal },
            [...gone]
          )
        ),
      watchMany: (run) => watchBranches(this.#calls, run),
      lastSeen: () => {
        const state = this.#told?.state
        const mayMove = state?.heads === 'fast-forward'
        return { head: state?.head ?? null, ...(mayMove ? {} : { fixed: 'never' }) }
      }
    }
  }

  async #state() {
    const state = await this.#retrying((options) => this.#calls.state(options, false))
    this.#name = state.name
    return state
  }

  #retrying<R>(
    attempt: (options: { signal: undefined; remote: string | undefined }) => Promise<R>
  ) {
    const options = { signal: undefined, remote: this.#remote }
    return this.#calls.retrying(undefined, () => attempt(options))
  }
}
