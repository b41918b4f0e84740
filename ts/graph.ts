/**
 * The members of a database that answer for its graph: who descends from whom.
 */

import { refArgument, refsArgument, signalOption } from './base/arguments.js'
import { respond } from './base/callbacks.js'
import { calls } from './base/calls.js'
import { type Known, optionsOf } from './base/known.js'
import type { HistoryOptions, SignalOptions } from './base/options.js'
import { abortable } from './base/signal.js'
import type { Callback, Ref, Revision } from './base/types.js'
import { historyOf } from './branch/history.js'
import { Heads } from './heads.js'

/** Asks the graph, and all that `Heads` does. */
export class Graph<T> extends Heads<T> {
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
   * `to`), newest first: none stands before one of its descendants. `undefined` is `null` here, since what
   * answers a missing ref may be either; nowhere else is it.
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
   * nothing on a branch without a head. Of the graph as it is at the first revision. Reads in
   * batches of 256, so memory stays flat. Where history was cut away all that is there comes first, and
   * then `HISTO_SHALLOW`. Errors, those of the arguments too, arrive when it is
   * iterated.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`, `HISTO_SHALLOW`
   */
  history(
    ...args: [options?: HistoryOptions] | [ref: Ref, options?: HistoryOptions]
  ): AsyncIterableIterator<Revision<T>> {
    return historyOf<T>(this.handle, args)
  }

  /** With one ref, or options in the place of the second: of it and the head. */
  async #mergeBases(args: readonly unknown[], call: Known): Promise<Ref[]> {
    const ref1 = refArgument(args[0], 'ref1')
    const withHead = args.length < 2 || (typeof args[1] === 'object' && args[1] !== null)
    const signal = signalOption(optionsOf(withHead ? args[1] : args[2], call))
    const ref2 = withHead ? undefined : refArgument(args[1], 'ref2')
    return await abortable(signal, () =>
      ref2 === undefined
        ? this.askOfHead((engine, head) => engine.mergeBases(ref1, head, signal))
        : this.handle.ask((engine) => engine.mergeBases(ref1, ref2, signal))
    )
  }
}
