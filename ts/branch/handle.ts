/**
 * One branch of an engine, as the members of a database use it: its state (open, closed), reads, writes and
 * watchers.
 */

import { HistoError } from '../base/errors.js'
import { nameOfBranch } from '../base/names.js'
import type { Ref } from '../base/types.js'
import type { Awaitable, Engine, Tips } from '../engine.js'
import type { MetaSource } from './meta.js'
import { noteWrite } from './swap.js'
import { Turns } from './turns.js'
import { Watcher } from './watcher.js'
import { type Listener, Watchers } from './watchers.js'

/** How revisions are made from users' data. */
export interface Making {
  readonly strict?: boolean
  readonly meta?: MetaSource | undefined
}

/** An engine and a branch. The handle that `createDB` made is the root of the handles of its branches. */
export class Handle {
  readonly engine: Engine
  readonly branch: string
  /** Whether to refuse data that JSON would change. */
  readonly strict: boolean
  /** The default members of the meta of each new revision. */
  readonly meta: MetaSource | undefined
  /** Orders the updates of each branch. */
  readonly turns: Turns
  readonly #root: Handle
  #closing: Promise<void> | undefined
  #lastWrite: Promise<unknown> | undefined
  #watcher: Watcher | undefined
  /** The watchers of all branches. */
  readonly #watchers: Watchers

  constructor(engine: Engine, branch: string, root?: Handle, making: Making = {}) {
    this.engine = engine
    this.branch = branch
    this.strict = root?.strict ?? making.strict ?? false
    this.meta = root === undefined ? making.meta : root.meta
    this.#root = root ?? this
    this.turns = root?.turns ?? new Turns()
    this.#watchers = root === undefined ? new Watchers(engine) : root.#watchers
  }

  /** A handle on another branch; it is closed together with the root of this one. */
  branchOff(branch: string): Handle {
    return new Handle(this.engine, branch, this.#root)
  }

  /** The name of the database, as synchronizers know this branch of it; `undefined` before it is open. */
  get name(): string | undefined {
    const { name } = this.engine
    return name === undefined ? undefined : nameOfBranch(name, this.branch)
  }

  get isClosed(): boolean {
    return this.#closing !== undefined || this.#root.#closing !== undefined
  }

  /** Throws `HISTO_CLOSED` if this handle or its root is closed. */
  check(): void {
    if (this.isClosed) throw closedFailure(this)
  }

  /** The watcher that reports moves of this branch's head and of the remote heads. */
  get watcher(): Watcher {
    if (this.#watcher === undefined) {
      this.#watcher = new Watcher(this.engine, this.branch, this.#watchers.follow)
      this.#watchers.add(this.branch, this.#watcher)
    }
    return this.#watcher
  }

  /**
   * Calls `notify` with the keys of heads, if known, after these may have moved, until the returned function is called;
   * with `key` only for that head.
   */
  listen(notify: Listener, key?: string): () => void {
    return this.#watchers.listen(notify, key)
  }

  /** Reads: at once if the engine is open, otherwise as soon as it is. */
  ask<R>(call: (engine: Engine) => Awaitable<R>): Promise<R> {
    if (this.isClosed) return Promise.reject(closedFailure(this))
    if (!this.engine.isOpen) return this.#askWhenOpen(call)
    try {
      return Promise.resolve(call(this.engine))
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** The refs that one of `heads` reaches. */
  async reached(refs: readonly Ref[], heads: Tips, signal?: AbortSignal): Promise<Ref[]> {
    if (refs.length === 0 || heads.length === 0) return []
    const reached = await this.ask((engine) => engine.reachedBy(heads, refs, signal))
    return refs.filter((_ref, place) => reached[place])
  }

  /** Resolves when the engine is open and the head of the branch is known. */
  async opened(): Promise<void> {
    this.check()
    await this.engine.opened(this.branch)
    this.check()
  }

  /** Writes: always at once, since the engine queues writes in the order of the calls. */
  write<R>(call: (engine: Engine) => Promise<R>): Promise<R> {
    if (this.isClosed) return Promise.reject(closedFailure(this))
    if (!this.#watchers.isEmpty) return this.#writeWatched(call)
    const written = call(this.engine)
    this.#lastWrite = written
    noteWrite(written)
    return written
  }

  /** Waits for pending writes; closing the root closes the engine, and with it every branch. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  #close(): Promise<void> {
    const isRoot = this.#root === this
    if (isRoot) this.#watchers.end()
    else this.#watcher?.end()
    return isRoot ? this.engine.close() : settled(this.#lastWrite)
  }

  #writeWatched<R>(call: (engine: Engine) => Promise<R>): Promise<R> {
    const written = call(this.engine)
    this.#lastWrite = written
    noteWrite(written)
    const look = () => this.#watchers.look()
    written.then(look, look)
    return written
  }

  async #askWhenOpen<R>(call: (engine: Engine) => Awaitable<R>): Promise<R> {
    await this.engine.opened()
    this.check()
    return call(this.engine)
  }
}

/** An object with a handle: a database, or a role that it is narrowed to. */
export class Bound {
  readonly #handle: Handle

  /** @internal */
  constructor(handle: Handle) {
    this.#handle = handle
  }

  /** @internal */
  protected get handle(): Handle {
    return this.#handle
  }

  /** @internal */
  static handleOf(value: unknown): Handle | undefined {
    return typeof value === 'object' && value !== null && #handle in value
      ? value.#handle
      : undefined
  }
}

async function settled(write: Promise<unknown> | undefined): Promise<void> {
  await write?.catch(() => undefined)
}

function closedFailure(handle: Handle): HistoError {
  const { branch, name = branch } = handle
  return new HistoError('HISTO_CLOSED', `the database '${name}' is closed`, { key: name })
}
