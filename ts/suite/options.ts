/**
 * Options of the conformance suite: a test function, a way to open stores, what these support.
 */

import type { BranchStore, RevisionStore } from '../store/interfaces.js'

/** The optional methods of stores. */
export type OptionalMethod =
  | 'del'
  | 'idOf'
  | 'putMany'
  | 'putNamed'
  | 'getMany'
  | 'has'
  | 'ancestry'
  | 'revisionKeys'
  | 'compareAndSwap'
  | 'compareAndSwapMany'
  | 'readLog'
  | 'forgetLog'
  | 'branchKeys'
  | 'branchEntries'

/** Whether stores have a method: with `true` they must have it, with `false` they must not. */
export type Supports = { readonly [M in OptionalMethod]?: boolean | undefined }

/** A pair of stores for one test. */
export interface SuiteStores {
  /** New and empty. */
  readonly revisionStore: RevisionStore
  /** New and empty. */
  readonly branchStore: BranchStore
  /** The option of the same name of `createDB`. */
  readonly isMissing?: ((error: unknown) => boolean) | undefined
  /**
   * Opens the same data again, as another process would; contention and reopening are tested through it. Left out,
   * they are tested on this pair.
   */
  readonly again?: (() => SuiteStores | Promise<SuiteStores>) | undefined
  /**
   * Makes every call of this pair fail, as if a server were down, until the returned function is called.
   */
  readonly interrupt?: (() => (() => unknown) | Promise<() => unknown>) | undefined
  /** Frees what `open` allocated; called after the test. */
  readonly close?: (() => unknown) | undefined
}

/** Options of `testStores`. */
export interface SuiteOptions {
  /** The `test` function of vitest, jest or `node:test`, or one like it. */
  readonly test: (name: string, run: () => Promise<void>, timeout?: number) => unknown
  /** Opens a new, empty pair of stores; called at the beginning of each test, or more than once. */
  readonly open: () => SuiteStores | Promise<SuiteStores>
  /**
   * The optional methods that the stores have. `true`: fails if the method is missing. Left out: tested if it exists.
   */
  readonly supports?: Supports | undefined
  /**
   * The time limit of a test in ms; passed to `test` as the third argument (vitest and jest).
   *
   * @default the test runner's
   */
  readonly timeout?: number | undefined
  /**
   * Characters of the largest text that the stores must keep.
   *
   * @default 4194304
   */
  readonly largestText?: number | undefined
}
