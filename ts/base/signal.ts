/**
 * Calls that an `AbortSignal` can end.
 */

import { setMaxListeners } from 'node:events'
import { attempt } from './callbacks.js'

/** Signals that many calls may listen to: Node.js warns of a leak from the eleventh on otherwise. */
const shared = new WeakSet<AbortSignal>()

/** Has `listener` called when `signal` is aborted; returns what takes it off again. */
export function listenTo(signal: AbortSignal, listener: () => void): () => void {
  if (!shared.has(signal)) {
    shared.add(signal)
    if (signal instanceof EventTarget) setMaxListeners(0, signal)
  }
  signal.addEventListener('abort', listener, { once: true })
  return () => signal.removeEventListener('abort', listener)
}

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
    const leave = listenTo(signal, abort)
    attempt(run).finally(leave).then(resolve, reject)
  })
}

/** A signal that is aborted as another one is, until it is let go. */
export interface Relay {
  readonly signal: AbortSignal | undefined
  readonly end: () => void
}

/**
 * One listener on `signal` for any number on what this answers: Node.js warns of more than ten on one
 * signal.
 */
export function relayOf(signal: AbortSignal | undefined): Relay {
  if (signal === undefined) return { signal, end: () => undefined }
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  const abort = () => controller.abort(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  return { signal: controller.signal, end: () => signal.removeEventListener('abort', abort) }
}
