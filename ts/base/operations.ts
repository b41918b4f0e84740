/**
 * The operations of a `batch`.
 */

import type { MetaOptions } from './options.js'
import type { Ref } from './types.js'

/** What each operation of a `batch` has. */
export interface BatchTarget {
  /**
   * The branch whose head it moves.
   *
   * @default that of the database object
   */
  readonly branch?: string
  /**
   * The head that the branch must have (`null`: none) once the operations before are done, else the batch is
   * `HISTO_HEAD_CONFLICT`. Left out: whatever it is.
   */
  readonly previousHead?: Ref | null
}

/** Writes a revision, to which the head of its branch moves. */
export interface BatchPut<T> extends BatchTarget, MetaOptions {
  readonly type: 'put'
  readonly data: T
  /**
   * Left out: what the operations before made the head of its branch; without any, the latest write of the branch
   * that is unsettled when `batch` is called, else its head.
   */
  readonly ancestors?: readonly Ref[] | undefined
}

/** Moves a head to a revision that is there, or that an operation before it puts. */
export interface BatchSetHead extends BatchTarget {
  readonly type: 'setHead'
  readonly ref: Ref
}

/** Takes the head off a branch; success where it has none. */
export interface BatchDeleteBranch extends BatchTarget {
  readonly type: 'deleteBranch'
}

/** One operation of a `batch`. */
export type BatchOperation<T> = BatchPut<T> | BatchSetHead | BatchDeleteBranch
