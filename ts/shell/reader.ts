/**
 * The members of a database that the verbs that read use, in a folder, on a server of stores, or over HTTP.
 */

import type { DB } from '../db.js'

/** The reads. */
export type Reader = Pick<
  DB,
  | 'branchName'
  | 'head'
  | 'branches'
  | 'remotes'
  | 'resolve'
  | 'get'
  | 'getMany'
  | 'revision'
  | 'history'
  | 'diff'
  | 'mergeBases'
  | 'isAncestor'
> & {
  /** Most heads from which a graph begins, where that is less than usual. */
  readonly mostTips?: number
}
