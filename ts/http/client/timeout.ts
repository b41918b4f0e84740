/**
 * One request's end before its time: the caller's signal, or that nothing came for too long.
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

  /** Waits from now on, for so many ms more than it does otherwise. */
  begin(extra = 0): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#late, this.#timeout + extra)
  }

  /** Nothing is waited for. */
  rest(): void {
    clearTimeout(this.#timer)
  }

  /** The request has failed on this side. */
  fail(error: unknown): void {
    clearTimeout(this.#timer)
    this.#controller.abort(error)
  }

  /** The request is over; what is left of it is given up. */
  end(): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#aborted)
    if (!this.signal.aborted) this.#controller.abort(new Error('the request is over'))
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
