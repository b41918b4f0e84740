/**
 * What the verbs that look need of a database: a folder's, a server's, and one that is reached over HTTP have it.
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
>
