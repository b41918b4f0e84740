/**
 * Checks whether `npm run generate` changes committed files.
 *
 * In a clean checkout everything git sees counts, new files too (`git status --porcelain`). In a
 * dirty one, or without git, only the generated files, compared with what they were before.
 */

import { at, generated } from './paths.mjs'
import { run } from './process.mjs'
import { filesBelow, hashOf } from './stamps.mjs'

/** Remembers the checkout before anything is built: builds renew the bindings too. */
export async function rememberCheckout() {
  return { status: await gitStatus(), hash: hashOfGenerated() }
}

/** Returns `{ code, output }`: the changes by `npm run generate`, which was run in between. */
export async function findDrift(before) {
  const hint = 'Run `npm run generate` and commit what it changes.\n'
  if (before.status === '') {
    const status = await gitStatus()
    return status === '' ? { code: 0, output: '' } : { code: 1, output: `${hint}${status}` }
  }
  if (hashOfGenerated() === before.hash) return { code: 0, output: '' }
  return { code: 1, output: `${hint}Changed: something of ${generated.join(', ')}` }
}

/** `undefined` without git. */
async function gitStatus() {
  const { code, output } = await run('git', ['status', '--porcelain'])
  return code === 0 ? output : undefined
}

function hashOfGenerated() {
  return hashOf(generated.flatMap((path) => filesBelow(at(path))))
}
