/**
 * Retries after network failures: after a time that doubles, or the one that the server asked for. Refusals are
 * never retried.
 */

import { askedRest, restAfter, wait } from '../../base/backoff.js'
import { hasCode } from '../../base/errors.js'

/** Most milliseconds that a server may ask to wait; if it asks for more, the call fails. */
const longestRest = 60_000

/** The retries in a row, and the signal that ends them. */
interface Trying {
  readonly retries: number
  readonly signal: AbortSignal | undefined
}

/**
 * Runs `attempt` until it succeeds, fails for good, or has failed more than `retries` times in a row. It calls
 * `progressed` when part of its work is done for good, which resets the count of failures.
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
      if (!mayPass(error) || failures > retries || askedRest(error) > longestRest) throw error
      await wait(restAfter(error, failures), signal)
    }
  }
}

/** Whether an error is a network failure, or an answer that broke off. */
export function mayPass(error: unknown): boolean {
  return hasCode(error, 'HISTO_NETWORK', 'HISTO_PROTOCOL') && error.retryable
}
