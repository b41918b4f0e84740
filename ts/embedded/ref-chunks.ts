/**
 * Takes many refs from the addon in slices, with a turn of the event loop in between.
 */

import { setImmediate as turn } from 'node:timers/promises'
import type { Ref } from '../base/types.js'

/** Digits of a ref. */
const digits = 64
/** Most refs that become strings without a turn of the event loop: some 2 ms. */
const slice = 10_000

/** Buffer for one slice at a time; made with the first one. */
let room: Buffer | undefined

/**
 * Collects `count` refs; `write` writes the next ones as digits, from number `start` on, as many as
 * fit, and returns how many. Each becomes a separate string, which keeps no memory of the
 * others.
 */
export async function inSlices(
  count: number,
  write: (start: number, room: Uint8Array) => number,
  signal: AbortSignal | undefined
): Promise<Ref[]> {
  const all = new Array<Ref>(count)
  room ??= Buffer.allocUnsafeSlow(slice * digits)
  for (let start = 0; start < count; ) {
    const end = Math.min(count - start, write(start, room)) * digits
    for (let at = 0; at < end; at += digits) all[start++] = room.toString('latin1', at, at + digits)
    if (start < count) {
      await turn()
      signal?.throwIfAborted()
    }
  }
  return all
}
