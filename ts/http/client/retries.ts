/**
 * Trying again what the network failed: after a time that doubles, never what was refused.
 */

import { backoff, wait } from '../../base/backoff.js'
import { HistoError } from '../../base/errors.js'

/** How often in a row, and until when. */
export interface Trying {
  readonly retries: number
  readonly signal: AbortSignal | undefined
}

/**
 * Runs `attempt` until it does not fail for a reason that may pass, or has failed so once more than
 * `retries` in a row. It calls what it is given when something of it is done for good: failures count
 * anew from there.
 */
export async function retrying<R>(
  { retries, signal }: Trying,
  attempt: (progressed: () => void) => Promise<R>
): Promise<R> {
  let failures = 0
  const progressed = () => {
    failures = 0
  }
  for (;;) {
    try {
      return await attempt(progressed)
    } catch (error) {
      signal?.throwIfAborted()
      failures += 1
      if (!mayPass(error) || failures > retries) throw error
      await wait(backoff(failures), signal)
    }
  }
}

/** Of the network, or an answer that broke off. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof HistoError && error.retryable)) return false
  return error.code === 'HISTO_NETWORK' || error.code === 'HISTO_PROTOCOL'
}
