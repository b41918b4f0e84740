/** Databases for the tests of data. */

import { createDB, type DB } from '../../ts/index.js'
import { failureOf } from './open.js'
import { manners, only } from './user-stores.js'

/** A database in memory, and one over stores of the user's. */
export const kinds: readonly (readonly [string, () => Promise<DB<unknown>>])[] = [
  ['memory', () => createDB().ready()],
  ['stores', () => createDB(only((manners[0] as (typeof manners)[0]).make())).ready()]
]

export { failureOf }
