/**
 * What is done with a meta where nothing can keep it.
 */

import { HistoError } from './errors.js'
import type { Ref } from './types.js'

/**
 * Passes where there is no meta: one is never dropped.
 *
 * @throws {HistoError} `HISTO_STORE`
 */
export function refuseMeta(meta: unknown, ref?: Ref): void {
  if (meta === undefined) return
  const whose = ref === undefined ? 'a meta' : `revision ${ref} has a meta, which`
  const message = `${whose} is kept by stores of your own alone so far: not on a path, in memory or over HTTP`
  throw new HistoError('HISTO_STORE', message, ref === undefined ? {} : { ref })
}
