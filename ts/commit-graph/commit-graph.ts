/**
 * A commit graph alone: which revision descends from which, in memory, for revisions that another database
 * stores. Refs are any non-empty strings; everything is synchronous.
 *
 * Holds the public class. The graph and its walks are native (`NamedGraph` of `crates/core`).
 */

import { ancestorsArgument, countOption, refsArgument } from '../base/arguments.js'
import { type Known, known, optionsOf, refuseOptions, refuseSecondOptions } from '../base/known.js'
import type { Ref } from '../base/types.js'
import { fromNative, native } from '../native.js'
import { nameArgument, nameList, rowsOf } from './graph-names.js'

/** The options that `history` of a graph knows. */
export const graphHistoryCall: Known = known<GraphHistoryOptions>('history of a graph', {
  limit: 'optional',
  until: 'guard'
})

/** A revision of a graph. */
export interface GraphRevision {
  readonly ref: Ref
  /** The direct ancestors, in the order in which they were given. */
  readonly ancestors: readonly Ref[]
}

/** A revision for `addMany`: an object, or a pair like an entry of a `Map`; without ancestors a root. */
export type GraphItem =
  | { readonly ref: Ref; readonly ancestors?: readonly Ref[] | undefined }
  | readonly [ref: Ref, ancestors?: readonly Ref[] | undefined]

/** The limits of a history. */
export interface GraphHistoryOptions {
  /** Most revisions to return. Default: all. */
  readonly limit?: number | undefined
  /** One or more refs: they and all that they reach are left out. */
  readonly until?: Ref | readonly Ref[]
}

/** Revisions that `history` takes from the engine per call. */
const batchSize = 256

type Native = ReturnType<typeof native.commitGraph>

/**
 * A graph of revisions in memory; nothing is stored on disk, and nothing is ever removed. All calls are
 * synchronous.
 */
export class CommitGraph {
  readonly #graph: Native = fromNative(undefined, () => native.commitGraph())

  /** The number of revisions in the graph. */
  get size(): number {
    return fromNative(undefined, () => native.graphSize(this.#graph))
  }

  /**
   * Adds a revision whose ancestors are in the graph; without ancestors it is a root. Adding it again
   * with the same ancestors, in the same order, changes nothing.
   *
   * @throws {HistoError} `HISTO_MISSING_ANCESTOR`; `HISTO_CORRUPT` if it exists with other
   * ancestors or is its own ancestor; `HISTO_FULL`
   */
  add(ref: Ref, ancestors?: readonly Ref[]): this
  add(ref: Ref, ancestors?: readonly Ref[], ...surplus: unknown[]): this {
    refuseOptions('add', surplus)
    const name = nameArgument(ref, 'ref')
    const names = nameList(ancestorsArgument(ancestors) ?? [], 'ancestors')
    fromNative(undefined, () => native.graphAdd(this.#graph, name, names))
    return this
  }

  /**
   * Adds revisions of any iterable in any order, as `{ ref, ancestors }` or `[ref, ancestors]`. If it throws, none is
   * added. Costs some microseconds each.
   *
   * @throws {HistoError} as `add`, and `HISTO_CORRUPT` for a cycle
   */
  addMany(revisions: Iterable<GraphItem>): this
  addMany(revisions: Iterable<GraphItem>, ...surplus: unknown[]): this {
    refuseOptions('addMany', surplus)
    const batch = fromNative(undefined, () => native.graphBatch())
    for (const { text, lengths, counts } of rowsOf(revisions)) {
      fromNative(undefined, () => native.fillBatch(batch, text, lengths, counts))
    }
    fromNative(undefined, () => native.graphAddBatch(this.#graph, batch))
    return this
  }

  /** Returns whether a revision is in the graph. */
  has(ref: Ref): boolean
  has(ref: Ref, ...surplus: unknown[]): boolean {
    refuseOptions('has', surplus)
    const name = nameArgument(ref, 'ref')
    return fromNative(undefined, () => native.graphHas(this.#graph, name))
  }

  /**
   * Returns all best common ancestors of two revisions, ascending as `Array.prototype.sort` orders strings;
   * empty if the histories share nothing.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`
   */
  mergeBases(ref1: Ref, ref2: Ref): Ref[]
  mergeBases(ref1: Ref, ref2: Ref, ...surplus: unknown[]): Ref[] {
    refuseOptions('mergeBases', surplus)
    const a = nameArgument(ref1, 'ref1')
    const b = nameArgument(ref2, 'ref2')
    return fromNative(undefined, () => native.graphMergeBases(this.#graph, a, b)).sort()
  }

  /**
   * Returns the first of `mergeBases`; `null` if there is none.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`
   */
  commonAncestor(ref1: Ref, ref2: Ref): Ref | null
  commonAncestor(ref1: Ref, ref2: Ref, ...surplus: unknown[]): Ref | null {
    refuseOptions('commonAncestor', surplus)
    return this.mergeBases(ref1, ref2)[0] ?? null
  }

  /**
   * Returns the refs that are reachable from `to` but not from `from` (a ref, several, or `null` for everything up to
   * `to`), newest first: descendants come before their ancestors.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`
   */
  difference(from: Ref | readonly Ref[] | null | undefined, to: Ref): Ref[]
  difference(from: Ref | readonly Ref[] | null | undefined, to: Ref, ...surplus: unknown[]): Ref[] {
    refuseOptions('difference', surplus)
    const excluded = from === null || from === undefined ? [] : refsArgument(from, 'from')
    const names = nameList(excluded, 'from')
    const name = nameArgument(to, 'to')
    return fromNative(undefined, () => native.graphDifference(this.#graph, names, name))
  }

  /**
   * Returns whether `descendant` reaches `ancestor`; `true` for equal refs.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`
   */
  isAncestor(ancestor: Ref, descendant: Ref): boolean
  isAncestor(ancestor: Ref, descendant: Ref, ...surplus: unknown[]): boolean {
    refuseOptions('isAncestor', surplus)
    const above = nameArgument(ancestor, 'ancestor')
    const below = nameArgument(descendant, 'descendant')
    return fromNative(undefined, () => native.graphIsAncestor(this.#graph, above, below))
  }

  /**
   * Iterates what `ref` reaches, itself first, newest first, as `{ ref, ancestors }`, which `addMany`
   * accepts. It sees the graph as it is at the call. Memory stays flat.
   *
   * @throws {HistoError} `HISTO_NOT_FOUND`, at the call
   */
  history(ref: Ref, options?: GraphHistoryOptions): IterableIterator<GraphRevision>
  history(
    ref: Ref,
    options?: GraphHistoryOptions,
    ...surplus: unknown[]
  ): IterableIterator<GraphRevision> {
    refuseSecondOptions('history', surplus)
    const name = nameArgument(ref, 'ref')
    const range = optionsOf(options, graphHistoryCall)
    const limit = countOption(range, 'limit', 0, Number.POSITIVE_INFINITY)
    const until = 'until' in range ? nameList(refsArgument(range['until'], 'until'), 'until') : []
    const walk = fromNative(undefined, () => native.graphHistory(this.#graph, name, until))
    return iterate(this.#graph, walk, limit)
  }

  /** Returns the refs that no other revision names as an ancestor, ascending. Scans all revisions. */
  tips(): Ref[]
  tips(...surplus: unknown[]): Ref[] {
    refuseOptions('tips', surplus)
    return fromNative(undefined, () => native.graphTips(this.#graph)).sort()
  }
}

/**
 * Creates an empty graph.
 *
 * @example
 * ```ts
 * import { createGraph } from 'histo-revisions/graph'
 *
 * const graph = createGraph().add('a').add('b', ['a']).add('c', ['a'])
 * console.log(graph.mergeBases('b', 'c')) // [ 'a' ]
 * ```
 */
export function createGraph(): CommitGraph
export function createGraph(...surplus: unknown[]): CommitGraph {
  refuseOptions('createGraph', surplus)
  return new CommitGraph()
}

function* iterate(
  graph: Native,
  walk: ReturnType<typeof native.graphHistory>,
  limit: number
): Generator<GraphRevision, undefined, undefined> {
  for (let left = limit; left > 0; ) {
    const asked = Math.min(left, batchSize)
    const { names, counts } = fromNative(undefined, () => native.graphNext(graph, walk, asked))
    let at = 0
    for (const count of counts) {
      const [ref, ...ancestors] = names.slice(at, at + count + 1) as [Ref, ...Ref[]]
      at += count + 1
      yield { ref, ancestors }
    }
    if (counts.length < asked) return
    left -= counts.length
  }
}
