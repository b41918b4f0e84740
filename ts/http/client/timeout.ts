/**
 * Ends a request early: by the caller's signal, or because nothing came for too long.
 */

import { HistoError } from '../../base/errors.js'

/** Aborts its signal when the caller's is, or when nothing has come for `timeout` ms. */
export class Timeout {
  readonly #controller = new AbortController()
  readonly #caller: AbortSignal | undefined
  readonly #timeout: number
  #timer: NodeJS.Timeout | undefined

  constructor(caller: AbortSignal | undefined, timeout: number) {
    this.#caller = caller
    this.#timeout = timeout
    if (caller?.aborted === true) this.#aborted()
    caller?.addEventListener('abort', this.#aborted, { once: true })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Restarts the timeout, with `extra` ms more than usual. */
  begin(extra = 0): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#late, this.#timeout + extra)
  }

  /** Stops the timeout. */
  rest(): void {
    clearTimeout(this.#timer)
  }

  /** Records that the request has failed on this side. */
  fail(error: unknown): void {
    clearTimeout(this.#timer)
    this.#controller.abort(error)
  }

  /** Ends the request, and drops the rest of it if there `isRest`. */
  end(isRest: boolean): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#aborted)
    if (isRest && !this.signal.aborted) this.#controller.abort(new Error('the request is over'))
  }

  readonly #aborted = (): void => {
    clearTimeout(this.#timer)
    this.#controller.abort(this.#caller?.reason)
  }

  readonly #late = (): void => {
    const message = `the server was silent for ${this.#timeout} ms`
    this.#controller.abort(new HistoError('HISTO_NETWORK', message, { retryable: true }))
  }
}
