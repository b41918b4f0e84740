/**
 * Waits for moves of the heads of any branch, by name.
 */

import { listenTo } from '../base/signal.js'
import type { Handle } from './handle.js'

/** What moved is remembered from the making on, so that nothing between two waits is missed. */
export class AwaitedMoves {
  readonly #handle: Handle
  readonly #signal: AbortSignal | undefined
  readonly #stop: () => void
  /** What moved since the last wait: keys, or anything. */
  #moved: Set<string> | 'any' = new Set()
  #wake: () => void = () => undefined

  constructor(handle: Handle, signal: AbortSignal | undefined) {
    handle.check()
    this.#handle = handle
    this.#signal = signal
    this.#stop = handle.listen((keys) => {
      if (keys === undefined || this.#moved === 'any') this.#moved = 'any'
      else for (const key of keys) this.#moved.add(key)
      this.#wake()
    })
  }

  /**
   * Resolves with `false` when a head may have moved whose key begins with `start`; with `true` when the signal is
   * aborted or the database closed.
   */
  async next(start: string): Promise<boolean> {
    const deafen = this.#signal && listenTo(this.#signal, () => this.#wake())
    try {
      while (this.#signal?.aborted !== true && !this.#handle.isClosed) {
        const moved = this.#moved
        this.#moved = new Set()
        if (moved === 'any' || [...moved].some((key) => key.startsWith(start))) return false
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
      return true
    } finally {
      deafen?.()
    }
  }

  /** Forgets all, and ends a wait. */
  end(): void {
    this.#stop()
    this.#wake()
  }
}
