/**
 * The reason why a revision's data is missing, shown in its place.
 */

import { HistoError } from '../base/errors.js'
import type { Reason } from './protocol.js'
import { LargeData } from './read.js'

/** The code of an error of this package. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof HistoError ? error.code : undefined
}

/** Why data is not shown: it was erased, is damaged, or too large. Rethrows any other error. */
export function reasonOf(error: unknown): Reason {
  if (error instanceof LargeData) return 'large'
  const code = codeOf(error)
  if (code === 'HISTO_SHALLOW') return 'erased'
  if (code === 'HISTO_CORRUPT') return 'damaged'
  throw error
}
