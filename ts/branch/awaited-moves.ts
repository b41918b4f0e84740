/**
 * Waits for moves of the heads of any branch, by name.
 */

import { listenTo } from '../base/signal.js'
import type { Handle } from './handle.js'

/** The heads to wait for: that of one key, or all whose keys begin with a text. */
type Meant = { readonly key: string } | { readonly start: string }

/** Records moves from its construction on, so that nothing between two waits is missed. */
export class AwaitedMoves {
  readonly #handle: Handle
  readonly #signal: AbortSignal | undefined
  readonly #stop: () => void
  #hasMoved = false
  #wake: () => void = () => undefined

  constructor(handle: Handle, signal: AbortSignal | undefined, meant: Meant) {
    handle.check()
    this.#handle = handle
    this.#signal = signal
    const start = 'key' in meant ? meant.key : meant.start
    const notify = (keys: ReadonlySet<string> | undefined) => {
      if (keys !== undefined && ![...keys].some((key) => key.startsWith(start))) return
      this.#hasMoved = true
      this.#wake()
    }
    this.#stop = handle.listen(notify, 'key' in meant ? meant.key : undefined)
  }

  /** Resolves with `false` when heads may have moved; with `true` when the signal is aborted or the database closed. */
  async next(): Promise<boolean> {
    const deafen = this.#signal && listenTo(this.#signal, () => this.#wake())
    try {
      while (this.#signal?.aborted !== true && !this.#handle.isClosed) {
        if (this.#hasMoved) {
          this.#hasMoved = false
          return false
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
      return true
    } finally {
      deafen?.()
    }
  }

  /** Stops recording, and ends a wait. */
  end(): void {
    this.#stop()
    this.#wake()
  }
}
