/**
 * What is removed of something that is half made: a database, a repository.
 */

import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Called before `folder` is filled. Returns what removes it; where it was there before, only `names` in it.
 */
export function removerOf(folder: string, names: readonly string[]): () => void {
  const paths = existsSync(folder) ? names.map((name) => join(folder, name)) : [folder]
  return () => {
    for (const path of paths) rmSync(path, { recursive: true, force: true })
  }
}
