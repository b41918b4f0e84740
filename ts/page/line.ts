/**
 * A revision as a line of a list: its author, time and message, or the beginning of its data.
 */

import { counted } from '../base/shown.js'
import type { Meta, Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import { codeOf } from './failures.js'
import type { Claims, Line } from './protocol.js'

/** Most characters of a field of a line. */
const mostLetters = 300
/** Most characters of data in place of a message. */
const mostData = 200
/** Most bytes of data of which the beginning is read. */
const mostRead = 1 << 18

/** The claims in a meta, each in one line. */
export function claimsOf(meta: Meta | undefined): Claims {
  const { author, time, message } = meta ?? {}
  const first = typeof message === 'string' ? message.trimStart().split('\n', 1)[0] : undefined
  return {
    ...(typeof author === 'string' ? { author: cut(author) } : {}),
    ...(typeof time === 'string' ? { time: cut(time) } : {}),
    ...(first === undefined ? {} : { message: cut(first) })
  }
}

/** The lines of revisions; the data of those without a message is read until `until`, a time of `performance.now`. */
export async function linesOf(
  handle: Handle,
  headers: readonly { readonly ref: Ref; readonly meta?: Meta | undefined }[],
  until: number
): Promise<Line[]> {
  const lines: Line[] = []
  for (const { ref, meta } of headers) {
    const claims = claimsOf(meta)
    const wantsData = claims.message === undefined && performance.now() < until
    const data = wantsData ? await beginningOf(handle, ref) : undefined
    lines.push({ ref, ...claims, ...(data === undefined ? {} : { data }) })
  }
  return lines
}

/** The beginning of a revision's data: of its JSON, which is not parsed; only the size if reading it takes long. */
async function beginningOf(handle: Handle, ref: Ref): Promise<string> {
  try {
    const size = await handle.ask((engine) => engine.payloadSize?.(ref) ?? 0)
    if (size > mostRead) return `(${counted(size, 'byte')})`
    const payload = await handle.ask((engine) => engine.payload(ref, undefined))
    if (typeof payload !== 'string') return `(${counted(payload.length, 'byte')})`
    return payload.slice(0, mostData).toWellFormed()
  } catch (error) {
    const code = codeOf(error)
    if (code === 'HISTO_SHALLOW') return '(erased)'
    if (code === 'HISTO_CORRUPT') return '(damaged)'
    throw error
  }
}

function cut(text: string): string {
  const kept = text.length > mostLetters ? `${text.slice(0, mostLetters)}…` : text
  return kept.toWellFormed()
}
