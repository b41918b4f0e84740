/**
 * Fingerprints of tombstones: a hash tells whether two sides have the same ones, so that equal ones cost no list.
 */

import { createHash } from 'node:crypto'
import type { Ref } from '../base/types.js'

/** Most refs to fingerprint: a server does so for each head that it is asked about. */
export const mostPrinted = 65_536

/** Stands for too many refs; it is no fingerprint. */
export const manyPrinted = ''

/** The SHA-256 in hex of refs in ascending order, each after a line feed; `undefined` of none. */
export function printOf(refs: readonly Ref[]): string | undefined {
  if (refs.length === 0) return undefined
  if (refs.length > mostPrinted) return manyPrinted
  const hash = createHash('sha256')
  for (const ref of refs.toSorted()) hash.update(`\n${ref}`)
  return hash.digest('hex')
}

/** Whether `told` is certainly the fingerprint of these refs. */
export function isPrintOf(told: string | undefined, refs: readonly Ref[]): boolean {
  return told !== manyPrinted && told === printOf(refs)
}
