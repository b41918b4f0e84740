/**
 * A progress bar on standard error, if that is a terminal; nothing with `NO_COLOR` or `--json`.
 */

import { ifInterrupted } from './interrupted.js'
import type { Shell } from './shell.js'
import { cut } from './text.js'

const [width, interval] = [24, 100]
/** Ms before a bar is shown: shorter work needs none. */
const patience = 400

/** One bar. */
export class Progress {
  readonly #shell: Shell
  readonly #title: string
  readonly #isShown: boolean
  #last: number
  /** Ends what removes the bar if a signal ends the command; `undefined` if there is no bar. */
  #withdraw: (() => void) | undefined

  constructor(shell: Shell, title: string) {
    this.#shell = shell
    this.#title = title
    this.#isShown = shell.err.isTerminal && shell.err.hasColour && !shell.json
    this.#last = performance.now() + patience - interval
  }

  /** Shows the progress; `total` is 0 if unknown. */
  readonly show = (done: number, total: number): void => {
    const now = performance.now()
    if (!this.#isShown || now - this.#last < interval) return
    this.#last = now
    this.#withdraw ??= ifInterrupted(() => this.#remove())
    void this.#shell.err.write(`\r\x1b[K${this.#line(done, total)}`).catch(() => undefined)
  }

  /** Removes the bar. */
  end(): void {
    if (this.#withdraw === undefined) return
    this.#withdraw()
    this.#withdraw = undefined
    this.#remove()
  }

  #remove(): void {
    void this.#shell.err.write('\r\x1b[K').catch(() => undefined)
  }

  #line(done: number, total: number): string {
    const share = total > 0 ? Math.min(1, done / total) : 0
    const full = Math.round(share * width)
    const bar = total > 0 ? `${'█'.repeat(full)}${'░'.repeat(width - full)} ` : ''
    const count = total > 0 ? `${Math.floor(share * 100)} %` : `${done}`
    return cut(`${this.#title} ${bar}${count}`, this.#shell.err.columns - 1)
  }
}
