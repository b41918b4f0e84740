/**
 * Data as the page shows it: cut, so that no answer is large.
 */

import type { Value } from './protocol.js'

/** Most values of an answer, members of a container, characters of a string, and levels. */
const [mostValues, mostMembers, mostLetters, deepest] = [1500, 100, 4000, 12]
/** Most characters of all strings and keys of an answer. */
const mostText = 200_000
/** Most bytes of binary data that are shown. */
const mostBytes = 512

/** The remaining bounds of an answer. */
interface Room {
  values: number
  letters: number
}

/** The value, its members from number `from` on. */
export function shownValue(value: unknown, from = 0): Value {
  return told(value, { values: mostValues, letters: mostText }, 0, from)
}

function told(value: unknown, room: Room, depth: number, from = 0): Value {
  room.values -= 1
  if (value === undefined) return { type: 'nothing' }
  if (value instanceof Uint8Array) return bytes(value)
  if (typeof value === 'string') return text(value, room)
  if (typeof value === 'number' || typeof value === 'boolean') return { type: 'value', value }
  if (typeof value !== 'object' || value === null) return { type: 'value', value: null }
  const keys = Array.isArray(value) ? undefined : Object.keys(value)
  const size = keys?.length ?? (value as unknown[]).length
  const members: [string, Value][] = []
  for (let at = from; at < Math.min(size, from + mostMembers); at += 1) {
    if (depth >= deepest || room.values <= 0 || room.letters <= 0) break
    const key = keys?.[at] ?? String(at)
    room.letters -= key.length
    members.push([key, told((value as Record<string, unknown>)[key], room, depth + 1)])
  }
  return { type: keys === undefined ? 'array' : 'object', size, from, members }
}

function text(value: string, room: Room): Value {
  const most = Math.max(40, Math.min(mostLetters, room.letters))
  room.letters -= Math.min(value.length, most)
  if (value.length <= most) return { type: 'value', value: value.toWellFormed() }
  return { type: 'value', value: value.slice(0, most).toWellFormed(), length: value.length }
}

function bytes(value: Uint8Array): Value {
  const hex = Buffer.from(value.subarray(0, mostBytes)).toString('hex')
  return { type: 'bytes', size: value.length, hex }
}
