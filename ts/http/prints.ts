/**
 * Prints of tombstones: whether two sides have the same ones is told by a hash, so that equal ones cost no list.
 */

import { createHash } from 'node:crypto'
import type { Ref } from '../base/types.js'

/** Of more no print is made: a server makes one for each head that is asked about. */
export const mostPrinted = 65_536

/** What stands for too many; it is no print of any. */
export const manyPrinted = ''

/** The SHA-256 of refs in ascending order, each behind a line feed, in hex; `undefined` of none. */
export function printOf(refs: readonly Ref[]): string | undefined {
  if (refs.length === 0) return undefined
  if (refs.length > mostPrinted) return manyPrinted
  const hash = createHash('sha256')
  for (const ref of refs.toSorted()) hash.update(`\n${ref}`)
  return hash.digest('hex')
}

/** Whether what was told is certainly the print of these. */
export function isPrintOf(told: string | undefined, refs: readonly Ref[]): boolean {
  return told !== manyPrinted && told === printOf(refs)
}
