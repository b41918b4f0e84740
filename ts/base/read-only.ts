/**
 * The refusal of a call that writes to a database that is open for reading only.
 */

import { HistoError } from './errors.js'

/** `HISTO_DENIED`, naming the path and the call. */
export function readOnlyDenial(path: string | undefined, call: string): HistoError {
  const message = `cannot ${call}: ${path} is open for reading only`
  return new HistoError('HISTO_DENIED', message, { path })
}
