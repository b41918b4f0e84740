/**
 * The members of a database that read and move what points at revisions: heads and remote heads.
 */

import { givenPreviousHead, refArgument } from './base/arguments.js'
import { respond } from './base/callbacks.js'
import { nameArgument } from './base/names.js'
import type { Callback, Ref } from './base/types.js'
import { Revisions } from './revisions.js'

/** Reads and moves heads, and all that `Revisions` does. */
export class Heads<T> extends Revisions<T> {
  /**
   * The head's ref, `null` where there is none: at once, as of the last commit, of whatever process.
   * Writes that are not yet acknowledged are not in it.
   *
   * @throws {HistoError} `HISTO_NOT_READY` before it is known, see `ready()`; `HISTO_CLOSED`
   */
  head(): Ref | null
  /** Asks the store for the head's ref, `null` where there is none. */
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
   * @returns `ref`
   * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_HEAD_CONFLICT`, its `head` the actual one and
   *   `expected` the given
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
      const name = nameArgument(args[0], 'the name of a remote')
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
      const name = nameArgument(args[0], 'the name of a remote')
      const ref = refArgument(args[1], 'ref')
      return this.handle.write((engine) => engine.setRemoteHead(name, ref))
    })
  }

  /** Forgets the remote head of `name`; revisions stay. Success where there is none. */
  deleteRemote(name: string): Promise<void>
  deleteRemote(name: string, callback: Callback<void>): void
  deleteRemote(...args: unknown[]): Promise<void> | undefined {
    return respond(args, { most: 1 }, () => {
      const name = nameArgument(args[0], 'the name of a remote')
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

  /** Every remote head by the name of its database, in an object without a prototype. */
  remotes(): Promise<Record<string, Ref>>
  remotes(callback: Callback<Record<string, Ref>>): void
  remotes(...args: unknown[]): Promise<Record<string, Ref>> | undefined {
    return respond(args, { most: 0 }, () => this.handle.ask((engine) => engine.remotes()))
  }

  /** The head of every branch that has one, by name, in an object without a prototype. */
  branches(): Promise<Record<string, Ref>>
  branches(callback: Callback<Record<string, Ref>>): void
  branches(...args: unknown[]): Promise<Record<string, Ref>> | undefined {
    return respond(args, { most: 0 }, () => this.handle.ask((engine) => engine.branches()))
  }
}
