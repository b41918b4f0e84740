/**
 * Gives turns: one at a time for each key, in the order of the calls.
 */

/** Ends a turn; may be called again. */
export type EndTurn = () => void

/** The turns of any number of keys; an unused key takes no memory. */
export class Turns {
  /** Those that wait while a turn lasts. */
  readonly #waiting = new Map<string, (() => void)[]>()

  /**
   * Resolves when all turns of `key` before this one have ended; `ahead`: when the one that lasts has, for who had a turn
   * already, in vain.
   */
  async take(key: string, ahead = false): Promise<EndTurn> {
    const waiting = this.#waiting.get(key)
    if (waiting === undefined) this.#waiting.set(key, [])
    else {
      await new Promise<void>((resolve) => {
        if (ahead) waiting.unshift(resolve)
        else waiting.push(resolve)
      })
    }
    let isOver = false
    return () => {
      if (!isOver) this.#end(key)
      isOver = true
    }
  }

  #end(key: string): void {
    const next = this.#waiting.get(key)?.shift()
    if (next === undefined) this.#waiting.delete(key)
    else next()
  }
}
