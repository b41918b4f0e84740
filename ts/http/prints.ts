/**
 * Fingerprints of tombstones: a hash shows whether two sides have the same ones, so that equal sets need no list.
 */

import { createHash } from 'node:crypto'
import type { Ref } from '../base/types.js'

/** Most refs to fingerprint: a server does so for each head that it is asked about. */
const mostPrinted = 65_536

/** Stands for too many refs; it is not a fingerprint. */
export const manyPrinted = ''

/** The SHA-256 in hex of refs in ascending order, each followed by a line feed; `undefined` for none. */
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
