/**
 * Runs long loops in slices, so that other work is done between them.
 */

import { setImmediate as turn } from 'node:timers/promises'

/** Most items in one turn of the event loop: about a millisecond of look-ups. */
const mostInTurn = 256

/** Calls `work` for each item, in order. Awaits only promises, so that synchronous work costs no turn. */
export async function eachInTurns<Item>(
  items: Iterable<Item>,
  work: (item: Item) => void | Promise<void>
): Promise<void> {
  let done = 0
  for (const item of items) {
    const working = work(item)
    if (working !== undefined) await working
    done += 1
    if (done % mostInTurn === 0) await turn()
  }
}

/** Calls `work` for parts of at most `size` items, in order, with a turn of the event loop in between. */
export async function partsInTurns<Item>(
  items: readonly Item[],
  size: number,
  work: (part: readonly Item[]) => Promise<void>
): Promise<void> {
  for (let first = 0; first < items.length; first += size) {
    await work(items.slice(first, first + size))
    if (first + size < items.length) await turn()
  }
}
