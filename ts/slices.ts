/**
 * Many refs on their way from the addon: some at a time, with a turn of the event loop between.
 */

import { setImmediate as turn } from 'node:timers/promises'
import type { Ref } from './types.js'

/** So many refs become strings without a turn of the event loop: some 2 ms. */
export const sliceOfRefs = 10_000

/** Collects `count` refs; `take` makes strings of the next ones, from number `start` on. */
export async function inSlices(
  count: number,
  take: (start: number) => readonly Ref[],
  signal: AbortSignal | undefined
): Promise<Ref[]> {
  const all = new Array<Ref>(count)
  for (let start = 0; start < count; ) {
    for (const ref of take(start)) all[start++] = ref
    if (start < count) {
      await turn()
      signal?.throwIfAborted()
    }
  }
  return all
}
