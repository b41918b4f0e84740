/**
 * The members of a database that write and read revisions.
 */

import {
  ancestorsArgument,
  booleanOption,
  isOptions,
  isRecord,
  type Options,
  previousHeadArgument,
  refArgument,
  refList,
  signalOption
} from './base/arguments.js'
import { respond } from './base/callbacks.js'
import { calls } from './base/calls.js'
import { HistoError } from './base/errors.js'
import { optionsOf, refuseUnknown } from './base/known.js'
import type { PutItem, PutOptions, SignalOptions } from './base/options.js'
import { abortable } from './base/signal.js'
import type { Callback, Ref, Revision } from './base/types.js'
import { Bound } from './branch/handle.js'
import { payloadOf } from './branch/payload.js'
import type { Awaitable, Draft, Engine, HeadMove, Holding } from './engine.js'

const plainMove: HeadMove = Object.freeze({ previousHead: undefined, moveHead: true })

/** Writes and reads revisions. */
export class Revisions<T> extends Bound {
  /**
   * Writes a revision and moves the head to it, whatever the head was. Without `ancestors` it
   * follows the latest write or `setHead` of this branch that is unsettled, else the head: puts that
   * are not awaited form one chain in the order of the calls. A `Uint8Array` is binary data, copied
   * at the call; all else is what `JSON.stringify` makes of it.
   *
   * Cost: one commit, shared with the other writes of the moment.
   *
   * @returns the ref
   * @throws {TypeError} if JSON has no form for `data`, or ancestors are empty, doubled or no strings
   * @throws {HistoError} `HISTO_MISSING_ANCESTOR`, `HISTO_TOO_LARGE`; `HISTO_HEAD_CONFLICT` with
   *   `previousHead`; `HISTO_CHAINED` if the write that it follows failed
   */
  put(data: T, options?: PutOptions): Promise<Ref>
  /** Writes a revision with the direct ancestors given; an empty array makes a root. */
  put(data: T, ancestors: readonly Ref[] | undefined, options?: PutOptions): Promise<Ref>
  /** Writes a revision that follows the head; the callback gets the ref. */
  put(data: T, callback: Callback<Ref>): void
  /** Writes a revision; options may stand where ancestors are left out. */
  put(data: T, ancestors: readonly Ref[] | PutOptions | undefined, callback: Callback<Ref>): void
  /** Writes a revision with the direct ancestors given. */
  put(
    data: T,
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
      const draft = { payload, ancestors: ancestorsArgument(ancestors) }
      const move = headMove(options)
      return abortable(move.signal, () => this.#put(draft, move))
    })
  }

  /**
   * Writes several revisions, all or nothing, and moves the head to the last. Each without
   * `ancestors` follows the one before it.
   *
   * Cost: one commit for all.
   *
   * @returns the refs, in order
   * @throws as `put` does, for any of the items
   */
  putMany(items: readonly PutItem<T>[], options?: PutOptions): Promise<Ref[]>
  putMany(items: readonly PutItem<T>[], callback: Callback<Ref[]>): void
  putMany(
    items: readonly PutItem<T>[],
    options: PutOptions | undefined,
    callback: Callback<Ref[]>
  ): void
  putMany(...args: unknown[]): Promise<Ref[]> | undefined {
    return respond(args, { most: 2 }, () => {
      const items = itemsArgument(args[0])
      const options = optionsOf(args[1], calls.putMany)
      const move = headMove(options)
      return abortable(move.signal, () =>
        this.handle.write((engine) =>
          engine.putMany(this.handle.branch, draftsOf(items, this.handle.strict), move)
        )
      )
    })
  }

  /**
   * The data of a revision, of the head where no ref is given.
   *
   * @throws {TypeError} if `ref` is given and no string, `undefined` included
   * @throws {HistoError} `HISTO_NO_HEAD`, `HISTO_NOT_FOUND`; `HISTO_CORRUPT` if it is damaged
   */
  get(ref?: Ref): Promise<T>
  get(ref: Ref, options: SignalOptions | undefined): Promise<T>
  get(callback: Callback<T>): void
  get(ref: Ref, callback: Callback<T>): void
  get(ref: Ref, options: SignalOptions | undefined, callback: Callback<T>): void
  get(...args: unknown[]): Promise<T> | undefined {
    if (args.length === 1 && typeof args[0] === 'string') return this.#getPlainly(args[0])
    return respond(args, { most: 2 }, () => {
      if (args.length === 0) return this.askOfHead((engine, head) => engine.get(head))
      const ref = refArgument(args[0], 'ref')
      const signal = signalOption(optionsOf(args[1], calls.get))
      return abortable(signal, () => this.handle.ask((engine) => engine.get(ref)))
    }) as Promise<T> | undefined
  }

  /**
   * The data of several revisions, in the order of `refs`. Cheaper than as many `get`s.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND` if any is not there
   */
  getMany(refs: readonly Ref[], options?: SignalOptions): Promise<T[]>
  getMany(refs: readonly Ref[], callback: Callback<T[]>): void
  getMany(refs: readonly Ref[], options: SignalOptions | undefined, callback: Callback<T[]>): void
  getMany(...args: unknown[]): Promise<T[]> | undefined {
    return respond(args, { most: 2 }, () => {
      const refs = refList(args[0], 'refs')
      const signal = signalOption(optionsOf(args[1], calls.getMany))
      return abortable(signal, () =>
        this.handle.ask((engine) => engine.getMany(refs, signal))
      ) as Promise<T[]>
    })
  }

  /**
   * A revision with its ref and its direct ancestors, the head where no ref is given.
   *
   * @throws as `get` does
   */
  revision(ref?: Ref): Promise<Revision<T>>
  revision(ref: Ref, options: SignalOptions | undefined): Promise<Revision<T>>
  revision(callback: Callback<Revision<T>>): void
  revision(ref: Ref, callback: Callback<Revision<T>>): void
  revision(ref: Ref, options: SignalOptions | undefined, callback: Callback<Revision<T>>): void
  revision(...args: unknown[]): Promise<Revision<T>> | undefined {
    return respond(args, { most: 2 }, () => {
      if (args.length === 0) return this.askOfHead((engine, head) => engine.revision(head))
      const ref = refArgument(args[0], 'ref')
      const signal = signalOption(optionsOf(args[1], calls.revision))
      return abortable(signal, () => this.handle.ask((engine) => engine.revision(ref)))
    }) as Promise<Revision<T>> | undefined
  }

  /**
   * Whether each of `refs` is in the database, in order; any string may be asked for. `false` too for a
   * revision that a read or `verify` found damaged, so that a synchronizer asks for it again, and for what a
   * `prune` deleted or cut away. What was erased here is `true`; `false` what came without its data, which was
   * erased where it came from, so that it is asked for wherever others have it.
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
   * Asks about the head's ref; `HISTO_NO_HEAD` without one.
   *
   * @internal
   */
  protected askOfHead<R>(call: (engine: Engine, head: Ref) => Awaitable<R>): Promise<R> {
    const { branch } = this.handle
    return this.handle.ask((engine) => {
      const head = engine.head(branch)
      if (typeof head === 'string') return call(engine, head)
      return Promise.resolve(head).then((later) => call(engine, needed(later, branch)))
    })
  }

  /** The way of most reads: `get` with a ref alone and a promise. */
  #getPlainly(ref: Ref): Promise<T> {
    return this.handle.ask((engine) => engine.get(ref)) as Promise<T>
  }

  /** The way of most writes: `put` with data alone and a promise. */
  #putPlainly(data: unknown): Promise<Ref> {
    try {
      return this.#put(
        { payload: payloadOf(data, this.handle.strict), ancestors: undefined },
        plainMove
      )
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #put(draft: Draft, move: HeadMove): Promise<Ref> {
    return this.handle.write((engine) => engine.put(this.handle.branch, draft, move))
  }
}

function needed(head: Ref | null, branch: string): Ref {
  if (head !== null) return head
  throw new HistoError('HISTO_NO_HEAD', `the branch '${branch}' has no head`, { key: branch })
}

/** Where an options object stands in the place of the ancestors, they are left out. */
function optionalAncestors(args: readonly unknown[]): readonly [unknown, unknown] {
  const [, second, third] = args
  if (!isOptions(second)) return [second, third]
  if (third === undefined) return [undefined, second]
  throw new TypeError('ancestors must be an array of refs, not an object')
}

function headMove(options: Options): HeadMove {
  const { previousHead: previous } = options as { previousHead?: unknown }
  const previousHead = previousHeadArgument(previous)
  const moveHead = booleanOption(options, 'moveHead', true)
  if (!moveHead && previousHead !== undefined) {
    throw new TypeError('previousHead has no meaning where moveHead is false')
  }
  return { previousHead, moveHead, signal: signalOption(options) }
}

function itemsArgument(items: unknown): readonly unknown[] {
  if (Array.isArray(items)) return items
  throw new TypeError('items must be an array of { data, ancestors? }')
}

/** Makes each draft when the engine is ready for it: the first ones are written meanwhile. */
function* draftsOf(items: readonly unknown[], strict: boolean): Generator<Draft> {
  for (const item of items) {
    if (!isRecord(item)) throw new TypeError('each of items must be { data, ancestors? }')
    refuseUnknown(item, calls.item)
    const { data, ancestors } = item as { data?: unknown; ancestors?: unknown }
    yield { payload: payloadOf(data, strict), ancestors: ancestorsArgument(ancestors) }
  }
}

/** Whether each is here, tombstones from elsewhere apart. */
function hasHere(
  engine: Engine,
  refs: readonly Ref[],
  signal: AbortSignal | undefined
): Awaitable<boolean[]> {
  if (engine.dataOf === undefined || engine.tombstonesVersion?.() === 0) {
    return engine.has(refs, signal)
  }
  const isHere = (holdings: Holding[]) =>
    holdings.map((holding) => holding === 'data' || holding === 'erased')
  const holdings = engine.dataOf(refs, signal)
  return Array.isArray(holdings) ? isHere(holdings) : holdings.then(isHere)
}
