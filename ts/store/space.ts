/**
 * Giving space back over stores of the user's.
 */

import { HistoError } from '../base/errors.js'
import type { Ref } from '../base/types.js'

/** A store keeps texts, in which data and ancestors stand together. */
export function cannotErase(ref: Ref): HistoError {
  const message = `cannot erase ${ref}: a store of your own keeps data and ancestors as one text`
  return new HistoError('HISTO_STORE', message, { ref })
}

/** Its files are its own. */
export function cannotCompact(): HistoError {
  return new HistoError('HISTO_STORE', 'how a store of your own uses its space is its own business')
}
