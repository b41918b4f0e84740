/**
 * Data that is too large for one answer: a piece of its text, or all of it as a file.
 */

import { setImmediate as turn } from 'node:timers/promises'
import type { Ref } from '../base/types.js'
import type { OpenPayload } from '../engine.js'
import type { Piece } from './protocol.js'
import { openPayload } from './read.js'
import type { Visit } from './visit.js'

/** Bytes of a piece of text, of binary data, of a search, and of a step of a download. */
const [ofText, ofBinary, ofSearch, ofFile] = [65_536, 4096, 1 << 20, 1 << 18]

/** `piece`: of the data of `ref`, from byte `from` on. */
export async function piece(visit: Visit): Promise<Piece> {
  const [ref] = await visit.refs('ref')
  const start = visit.count('from', 0, Number.MAX_SAFE_INTEGER)
  const open = await openPayload(visit.room.handle, ref, visit.signal)
  try {
    const { size, isBinary } = open
    const { from, text, next } = isBinary ? hexAt(open, start) : textAt(open, start, ofText)
    return { from, next: next < size ? next : null, size, isBinary, text }
  } finally {
    open.close()
  }
}

/** The data of `ref` as a file, read as fast as the reader takes it. */
export async function file(visit: Visit): Promise<Response> {
  const [ref] = await visit.refs('ref')
  const open = await openPayload(visit.room.handle, ref, visit.signal)
  const { size, isBinary } = open
  let from = 0
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (from < size) controller.enqueue(open.piece(from, ofFile))
        from += ofFile
        if (from < size) return
        open.close()
        controller.close()
      },
      cancel: () => open.close()
    },
    { highWaterMark: 0 }
  )
  const name = `${ref.replace(/[^\w.-]/g, '_').slice(0, 40)}.${isBinary ? 'bin' : 'json'}`
  const headers = {
    'content-type': isBinary ? 'application/octet-stream' : 'application/json; charset=utf-8',
    'content-disposition': `attachment; filename="${name}"`,
    'content-length': String(size)
  }
  return new Response(body, { headers })
}

/** Searches the text of data for `escaped`, in lower case, a piece at a time; returns the text around it. */
export async function findIn(
  { room, signal }: Visit,
  ref: Ref,
  escaped: string,
  excerptAt: (text: string, at: number) => string
): Promise<string | undefined> {
  const open = await openPayload(room.handle, ref, signal)
  try {
    if (open.isBinary) return undefined
    let kept = ''
    for (let from = 0; from < open.size && !signal.aborted; ) {
      const { text, next } = textAt(open, from, ofSearch)
      const searched = kept + text
      const found = searched.toLowerCase().indexOf(escaped)
      if (found >= 0) return excerptAt(searched, found)
      kept = searched.slice(-Math.max(escaped.length, 40))
      from = next
      await turn()
    }
    return undefined
  } finally {
    open.close()
  }
}

/** Whole characters from a byte on; a byte within a character stands for the next one. */
function textAt(open: OpenPayload, start: number, count: number) {
  const bytes = open.piece(start, count + 4)
  let from = 0
  while (from < 4 && isWithin(bytes[from])) from += 1
  let end = Math.min(bytes.length, count)
  while (end > from && isWithin(bytes[end])) end -= 1
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(from, end))
  return { from: start + from, text, next: start + end }
}

/** Whether a byte continues a character of UTF-8. */
function isWithin(byte = 0): boolean {
  return (byte & 0xc0) === 0x80
}

function hexAt(open: OpenPayload, start: number) {
  const bytes = open.piece(start, ofBinary)
  return { from: start, text: Buffer.from(bytes).toString('hex'), next: start + bytes.length }
}
