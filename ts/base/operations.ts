/**
 * The operations of a `batch`.
 */

import type { MetaOptions } from './options.js'
import type { Ref } from './types.js'

/** The options that every operation of a `batch` has. */
export interface BatchTarget {
  /**
   * The branch whose head it moves.
   *
   * @default that of the database object
   */
  readonly branch?: string
  /**
   * The head that the branch must have (`null`: none) after the earlier operations, or else the batch is
   * `HISTO_HEAD_CONFLICT`. Left out: any.
   */
  readonly previousHead?: Ref | null
}

/** Writes a revision and moves the head of its branch to it. */
export interface BatchPut<T> extends BatchTarget, MetaOptions {
  readonly type: 'put'
  readonly data: T
  /**
   * Left out: the head of its branch after the earlier operations of the batch; without any, the branch's latest
   * pending write when `batch` is called, or else its head.
   */
  readonly ancestors?: readonly Ref[] | undefined
}

/** Moves a head to a revision that exists, or that an earlier operation puts. */
export interface BatchSetHead extends BatchTarget {
  readonly type: 'setHead'
  readonly ref: Ref
}

/** Deletes the head of a branch; succeeds if it has none. */
export interface BatchDeleteBranch extends BatchTarget {
  readonly type: 'deleteBranch'
}

/** One operation of a `batch`. */
export type BatchOperation<T> = BatchPut<T> | BatchSetHead | BatchDeleteBranch
