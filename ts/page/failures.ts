/**
 * What is wrong with a revision's data, told in place of it.
 */

import { HistoError } from '../base/errors.js'

/** The code of an error of this package. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof HistoError ? error.code : undefined
}

/** Why data is not there: it was erased, or is damaged. Throws any other error. */
export function reasonOf(error: unknown): 'erased' | 'damaged' {
  const code = codeOf(error)
  if (code === 'HISTO_SHALLOW') return 'erased'
  if (code === 'HISTO_CORRUPT') return 'damaged'
  throw error
}
