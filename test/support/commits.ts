/** Commits of databases on a path. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Commits of the store at `path` so far: LMDB's number of the last transaction. */
export function commitsAt(path: string): number {
  const file = readFileSync(join(path, 'data.mdb'))
  return Number(
    [144, 4096 + 144].map((at) => file.readBigUInt64LE(at)).reduce((a, b) => (a > b ? a : b))
  )
}
