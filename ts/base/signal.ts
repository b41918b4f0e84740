/**
 * Calls that an `AbortSignal` can end.
 */

import { setMaxListeners } from 'node:events'
import { attempt } from './callbacks.js'

/** Signals that many calls may listen to: Node.js warns of a leak from the eleventh on otherwise. */
const shared = new WeakSet<AbortSignal>()

/** Calls `listener` when `signal` is aborted; returns a function that removes it. */
export function listenTo(signal: AbortSignal, listener: () => void): () => void {
  if (!shared.has(signal)) {
    shared.add(signal)
    if (signal instanceof EventTarget) setMaxListeners(0, signal)
  }
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}

/**
 * The promise of `run`, or a rejection with the signal's reason as soon as it is aborted. If it is aborted already,
 * `run` is not called. `onAbort` stops the underlying work. The listener is always removed.
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
    const leave = listenTo(signal, abort)
    attempt(run).finally(leave).then(resolve, reject)
  })
}
