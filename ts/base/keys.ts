/**
 * The keys of heads, in files and in branch stores.
 */

let asked = { branch: 'main', key: 'heads/main' }

/** The key of a branch's head. Returns the same string object for the same branch as last time, so that a store hashes it once. */
export function headKey(branch: string): string {
  if (branch !== asked.branch) asked = { branch, key: `heads/${branch}` }
  return asked.key
}

/** The branch whose head a key stands for; `undefined` for any other key. */
export function branchOf(key: string): string | undefined {
  return key.startsWith('heads/') ? key.slice('heads/'.length) : undefined
}

/** The key of a remote's head. */
export function remoteKey(name: string): string {
  return `remotes/${name}`
}

/** The remote whose head a key stands for; `undefined` for any other key. */
export function remoteOf(key: string): string | undefined {
  return key.startsWith(remoteKey('')) ? key.slice(remoteKey('').length) : undefined
}
