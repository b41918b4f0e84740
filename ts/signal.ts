/**
 * Calls that an `AbortSignal` can end.
 */

import { attempt } from './callbacks.js'

/**
 * The promise of `run`, or a rejection with the signal's reason as soon as it is aborted: at once
 * and without `run` where it is aborted already. `onAbort` stops what goes on behind. The listener
 * is taken off in every case.
 */
export function abortable<R>(
  signal: AbortSignal | undefined,
  run: () => Promise<R>,
  onAbort?: () => void
): Promise<R> {
  if (signal === undefined) return attempt(run)
  if (signal.aborted) {
    onAbort?.()
    return Promise.reject(signal.reason)
  }
  return new Promise<R>((resolve, reject) => {
    const abort = () => {
      reject(signal.reason)
      onAbort?.()
    }
    signal.addEventListener('abort', abort, { once: true })
    attempt(run)
      .finally(() => signal.removeEventListener('abort', abort))
      .then(resolve, reject)
  })
}
