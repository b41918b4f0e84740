/**
 * The log of the heads over stores of the user's.
 */

import { HistoError } from '../base/errors.js'

/** The stores keep no log. */
export function cannotLog(): HistoError {
  const message =
    'log, undo and redo need compareAndSwapMany and readLog of the branch store, which it does not have'
  return new HistoError('HISTO_STORE', message)
}
