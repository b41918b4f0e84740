/**
 * The keys of a branch store, beside `name`.
 */

/** The key of a branch's head. */
export function headKey(branch: string): string {
  return `heads/${branch}`
}

/** The key of a remote's head. */
export function remoteKey(name: string): string {
  return `remotes/${name}`
}
