/**
 * One request on its way through an operation of the handler.
 */

import type { Handle } from '../../branch/handle.js'
import type { Asking } from './authorize.js'

/** What an operation knows of the request that it answers. */
export interface Visit extends Asking {
  readonly handle: Handle
  readonly url: URL
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal
}
