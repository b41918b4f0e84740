/** The rivals, in the order of the tables: a name and the file in `rivals` that implements the work. */

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export const ours = 'histo-revisions'

/** Names, and the npm package whose version is told where it is another one. */
export const rivals = {
  [ours]: { file: 'ours', module: undefined },
  'better-sqlite3': { file: 'sqlite', module: 'better-sqlite3' },
  lmdb: { file: 'lmdb', module: 'lmdb' },
  'classic-level': { file: 'classic-level', module: 'classic-level' },
  git: { file: 'git', module: undefined },
  'es-git (libgit2)': { file: 'es-git', module: 'es-git' },
  'isomorphic-git': { file: 'isomorphic-git', module: 'isomorphic-git' },
  PouchDB: { file: 'pouchdb', module: 'pouchdb-node' },
  Automerge: { file: 'automerge', module: '@automerge/automerge' },
  Loro: { file: 'loro', module: 'loro-crdt' },
  '@lix-js/sdk': { file: 'lix', module: '@lix-js/sdk' },
  '@dolthub/doltlite': { file: 'doltlite', module: '@dolthub/doltlite' }
}

/** The version that was measured. */
export function versionOf(name) {
  if (name === 'git')
    return execFileSync('git', ['version'], { encoding: 'utf8' }).split(' ')[2].trim()
  const { module } = rivals[name]
  const folder = module === undefined ? '../../..' : `../node_modules/${module}`
  return JSON.parse(readFileSync(new URL(`${folder}/package.json`, import.meta.url), 'utf8'))
    .version
}

/** The result of `work`; `undefined` if it failed, which is printed and makes the whole run fail at its end. */
export async function attempt(name, work) {
  try {
    return await work()
  } catch (error) {
    console.log(`  FAILED: ${name}: ${error.message}`)
    process.exitCode = 1
    return undefined
  }
}
