/**
 * Tells whether what was built is still what the sources say.
 *
 * A stamp is a hash over the names and bytes of the inputs, some facts (versions, flags) and the
 * outputs: a change of any, or an output that is gone, makes it stale. Node built-ins alone. Some
 * milliseconds for this checkout.
 */

import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { cacheFolder, root } from './paths.mjs'

/** All files below `path` (itself, if it is a file) that `keep` accepts, sorted; none if absent. */
export function filesBelow(path, keep = () => true) {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return []
  if (stats.isFile()) return keep(path) ? [path] : []
  return readdirSync(path)
    .sort()
    .filter((name) => name !== 'node_modules' && name !== 'target' && name !== '.git')
    .flatMap((name) => filesBelow(join(path, name), keep))
}

/** Hashes names and bytes of files, and some facts. */
export function hashOf(files, facts = []) {
  const hash = createHash('sha256').update(JSON.stringify(facts))
  for (const file of files) {
    const bytes = readFileSync(file)
    hash.update(`\0${relative(root, file)}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex')
}

/**
 * Runs `build` unless the stamp `name` still holds. `inputs` and `outputs` list files when called.
 * The inputs are hashed before the build: what changes meanwhile is built the next time.
 * Resolves with whether it built.
 */
export async function ifStale({ name, facts, inputs, outputs }, build) {
  const file = join(cacheFolder, `${name}.stamp`)
  const before = hashOf(inputs(), facts)
  const isFresh = () => outputs().length > 0 && readStamp(file) === `${before} ${hashOf(outputs())}`
  if (isFresh()) return false
  await build()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${before} ${hashOf(outputs())}`)
  return true
}

function readStamp(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined // none yet: stale
  }
}
