/**
 * The class of databases: lifecycle, branches, streams, and what reads and writes in one.
 *
 * Its other members stand in the classes that it extends: `prune.ts`, `peers.ts`, `upkeep.ts`,
 * `graph.ts`, `heads.ts`, `revisions.ts`.
 */

import { type InspectOptions, inspect } from 'node:util'
import { described, refArgument, signalOption } from './base/arguments.js'
import { respond } from './base/callbacks.js'
import { calls } from './base/calls.js'
import { HistoError } from './base/errors.js'
import { optionsOf } from './base/known.js'
import { nameArgument } from './base/names.js'
import type {
  Change,
  MergeResult,
  Resolve,
  RevisionSource,
  RevisionStream,
  SignalOptions,
  WriteStreamOptions
} from './base/options.js'
import type { Callback, Ref } from './base/types.js'
import { streamOf } from './branch/create-stream.js'
import { Bound, Handle } from './branch/handle.js'
import { merge } from './branch/merge.js'
import { update } from './branch/update.js'
import { writeStreamTo } from './branch/write-stream.js'
import { bindMethods } from './detached.js'
import type { Engine } from './engine.js'
import { Space } from './prune.js'

/**
 * A database of revisions, seen from one of its branches; `T` is the type of the data. Made by
 * `createDB`.
 *
 * Every asynchronous member takes an optional last callback and else returns a promise. Wrong
 * arguments are a `TypeError` that arrives as other errors of the call do. A call before the database
 * is open waits for it, one after `close` fails with `HISTO_CLOSED`. Its functions work detached:
 * `const { put } = db`.
 */
export class DB<T = unknown> extends Space<T> {
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
   * @throws {TypeError} if it is no name
   * @throws {HistoError} `HISTO_CLOSED`
   */
  branch(name: string): DB<T> {
    const branch = nameArgument(name, 'the name of a branch')
    this.handle.check()
    return new DB<T>(this.handle.branchOff(branch))
  }

  /**
   * A simple-stream source of the revisions of `refs`, in their order; also an async iterable. A
   * failure (`HISTO_NOT_FOUND`, `HISTO_CORRUPT`) arrives at its place. Holds up to 64 revisions in
   * memory.
   *
   * @throws {TypeError} if `refs` is no array of strings
   */
  createStream(refs: readonly Ref[]): RevisionSource<T> {
    return streamOf<T>(this.handle, refs)
  }

  /**
   * Writes the revisions of a simple-stream, an iterable or an async iterable, in any order. Refs
   * that come along are checked. Moves no head. On an error what was written with all its ancestors
   * stays, and the stream is aborted.
   *
   * Cost: a commit for 256 revisions or about 1 MiB of data; reads no further meanwhile.
   *
   * @throws {TypeError} if it is no stream, or brings what is no `{ ref?, ancestors, data }`
   * @throws {HistoError} `HISTO_CORRUPT` if a ref is not that of its revision;
   *   `HISTO_MISSING_ANCESTOR` if at the end an ancestor is not there; `HISTO_TOO_LARGE`
   */
  writeStream(stream: RevisionStream<T>, options?: WriteStreamOptions): Promise<void>
  writeStream(stream: RevisionStream<T>, callback: Callback<void>): void
  writeStream(
    stream: RevisionStream<T>,
    options: WriteStreamOptions | undefined,
    callback: Callback<void>
  ): void
  writeStream(...args: unknown[]): Promise<void> | undefined {
    return respond(args, { most: 2 }, () =>
      writeStreamTo(this.handle, args[0], optionsOf(args[1], calls.writeStream))
    )
  }

  /**
   * Writes what `change` makes of the head's data, `(undefined, null)` without a head, and moves the
   * head to it. If the head is moved meanwhile, `change` is asked again with the new one; if only by what
   * `change` wrote itself, at most 16 times.
   *
   * @returns the ref
   * @throws as `put` does; `HISTO_HEAD_CONFLICT` where `change` writes to its own branch each time; what
   *   it throws
   */
  update(change: Change<T>, options?: SignalOptions): Promise<Ref>
  update(change: Change<T>, callback: Callback<Ref>): void
  update(change: Change<T>, options: SignalOptions | undefined, callback: Callback<Ref>): void
  update(...args: unknown[]): Promise<Ref> | undefined {
    return respond(args, { required: 1, most: 2 }, () => {
      const change = requiredFunction<Change<T>>(args[0], 'change')
      return update(this.handle, change, signalOption(optionsOf(args[1], calls.update)))
    })
  }

  /**
   * Joins `ref` into the head: nothing to do if the head has it, the head moves if it is an ancestor
   * of `ref` or there is none, else `resolve` gives the data of a revision with the ancestors
   * `[head, ref]`. If the head is moved meanwhile, all that happens again.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`, `HISTO_SHALLOW`; as `put` does; what `resolve` throws
   */
  merge(ref: Ref, resolve: Resolve<T>, options?: SignalOptions): Promise<MergeResult>
  merge(ref: Ref, resolve: Resolve<T>, callback: Callback<MergeResult>): void
  merge(
    ref: Ref,
    resolve: Resolve<T>,
    options: SignalOptions | undefined,
    callback: Callback<MergeResult>
  ): void
  merge(...args: unknown[]): Promise<MergeResult> | undefined {
    return respond(args, { required: 2, most: 3 }, () => {
      const ref = refArgument(args[0], 'ref')
      const resolve = requiredFunction<Resolve<T>>(args[1], 'resolve')
      return merge(this.handle, ref, resolve, signalOption(optionsOf(args[2], calls.merge)))
    })
  }

  /**
   * Resolves with this database when it is open and its head is known; no other call needs it.
   *
   * @throws what opening failed with, as every other call does then
   */
  ready(): Promise<DB<T>>
  ready(callback: Callback<DB<T>>): void
  ready(...args: unknown[]): Promise<DB<T>> | undefined {
    return respond<DB<T>>(args, { most: 0 }, async () => {
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
export function databaseOver<T>(engine: Engine, branch: string, strict = false): DB<T> {
  return new DB<T>(new Handle(engine, branch, undefined, strict))
}

function requiredFunction<F>(value: unknown, what: string): F {
  if (typeof value === 'function') return value as F
  throw new TypeError(`${what} must be a function, not ${described(value)}`)
}
