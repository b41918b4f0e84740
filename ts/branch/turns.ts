/**
 * Gives turns: one at a time for each key, in the order of the calls.
 */

/** Ends a turn; may be called again. */
export type EndTurn = () => void

/** The turns of any number of keys; a key that nobody waits for is not kept. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>()

  /** Resolves when all turns of `key` before this one have ended. */
  async take(key: string): Promise<EndTurn> {
    const before = this.#last.get(key)
    let end: EndTurn = () => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#last.set(key, ended)
    void ended.then(() => {
      if (this.#last.get(key) === ended) this.#last.delete(key)
    })
    await before
    return end
  }
}
