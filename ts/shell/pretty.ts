/**
 * JSON for people: indented, short lists in one line, in colour.
 */

import { shownJson } from '../base/shown.js'
import type { Output, Style } from './output.js'

/** Lists and objects whose text has at most this many characters are printed in one line. */
const shortLine = 72

/** A value in lines, control characters escaped. */
export function prettyJson(value: unknown, out: Output, indent = ''): string {
  if (typeof value !== 'object' || value === null) return prettyScalar(value, out)
  const isList = Array.isArray(value)
  const [open, close] = isList ? '[]' : '{}'
  const members = Object.entries(value)
  if (members.length === 0) return `${open}${close}`
  const fits = indent !== '' && isShort(value, shortLine - indent.length)
  const inner = fits ? '' : `${indent}  `
  const items = members.map(([key, member]) => {
    const name = isList ? '' : `${out.paint('blue', shownJson(key))}: `
    return `${inner}${name}${prettyJson(member, out, fits ? ' ' : inner)}`
  })
  if (!fits) return `${open}\n${items.join(',\n')}\n${indent}${close}`
  return isList ? `[${items.join(', ')}]` : `{ ${items.join(', ')} }`
}

/** Whether the JSON of `value` has at most `room` characters; reads no more than that. */
function isShort(value: unknown, room: number): boolean {
  return room > 0 && sizeOf(value, room) <= room
}

function sizeOf(value: unknown, room: number): number {
  if (typeof value === 'string') return value.length > room ? value.length : shownJson(value).length
  if (typeof value !== 'object' || value === null) return String(value).length
  let size = 2
  for (const [key, member] of Object.entries(value)) {
    size += (Array.isArray(value) ? 2 : key.length + 6) + sizeOf(member, room - size)
    if (size > room) break
  }
  return size
}

/** A value in one line, in colour. */
export function prettyScalar(value: unknown, out: Output): string {
  return out.paint(scalarStyle(value), shownJson(value))
}

/** The colour of a string, number, boolean or `null`. */
export function scalarStyle(value: unknown): Style {
  if (typeof value === 'string') return 'green'
  return typeof value === 'number' ? 'cyan' : 'magenta'
}
