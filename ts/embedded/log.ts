/**
 * The log of the heads, read through the addon.
 */

import type { LogAction, LogEntry } from '../base/options.js'
import type { LogPart, LogQuestion } from '../engine.js'
import { type NativeDatabase, native } from '../native.js'

/** A part of the requested moves. */
export function logPartOf(db: NativeDatabase, { branch, before, limit }: LogQuestion): LogPart {
  const { moves, next } = native.logPage(db, branch, before, limit)
  const entries = moves.map(({ id, time, branch: name, action, ...move }): LogEntry => {
    const at = new Date(time).toISOString()
    return { id, time: at, branch: name, ...move, action: action as LogAction }
  })
  return { entries, next }
}
