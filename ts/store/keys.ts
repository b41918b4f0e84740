/**
 * The keys of a branch store, beside `name`.
 */

let asked = { branch: 'main', key: 'heads/main' }

/** The key of a branch's head; the same string as before for the branch as before, so that a store hashes it once. */
export function headKey(branch: string): string {
  if (branch !== asked.branch) asked = { branch, key: `heads/${branch}` }
  return asked.key
}

/** The key of a remote's head. */
export function remoteKey(name: string): string {
  return `remotes/${name}`
}
