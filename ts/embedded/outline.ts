/**
 * Histories by numbers, from the native engine.
 */

import type { Ref } from '../base/types.js'
import type { Awaitable, Outline } from '../engine.js'
import { type NativeDatabase, native } from '../native.js'
import type { Walks } from './walks.js'

/** Opens the history of `to`, newest first. */
export function openOutline(
  db: NativeDatabase,
  to: readonly Ref[],
  walks: Walks
): Awaitable<Outline> {
  const open = () => native.history(db, [...to], [])
  return walks.ask(undefined, open, (history) => ({
    next: (count) =>
      walks.ask<Uint32Array, Uint32Array>(
        undefined,
        (end) => native.outlineOfHistory(history, count, end),
        (lines) => lines
      ),
    lines: (numbers) => native.linesInHistory(history, numbers),
    refs: (numbers) => native.refsInHistory(history, numbers),
    numberOf: (ref) => walks.read(() => native.numberInHistory(db, history, ref)),
    close: () => native.endHistory(history)
  }))
}
