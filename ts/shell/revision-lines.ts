/**
 * A revision in one or two lines, for graphs: ref, heads, author, time, message, or the beginning of its data.
 */

import { counted, localTime, shown, shownJson } from '../base/shown.js'
import type { Meta, Ref } from '../base/types.js'
import type { Names } from '../rows/tips.js'
import { codeOf, shortRef } from './fail.js'
import type { Output, Style } from './output.js'
import type { Reader } from './reader.js'
import { cut, widthOf } from './text.js'

/** A piece of a line, with its style. */
export type Piece = readonly [text: string, style?: Style]

/** Most characters of data that are read for its first line. */
const mostOfData = 400

/** A revision as it is shown. */
interface Shown {
  readonly ref: Ref
  readonly names: Names | undefined
  readonly meta: Meta | undefined
  /** In the place of a message. */
  readonly data: Piece
}

/** The parts of a revision that are shown; its data is read only if it has no message. */
export async function shownRevision(
  db: Reader,
  { ref, meta }: { readonly ref: Ref; readonly meta?: Meta | undefined },
  names: Names | undefined
): Promise<Shown> {
  if (typeof meta?.['message'] === 'string') return { ref, names, meta, data: [''] }
  try {
    return { ref, names, meta, data: [firstOf(await db.get(ref)), 'dim'] }
  } catch (error) {
    const word = wordsOf[codeOf(error) ?? '']
    if (word === undefined) throw error
    return { ref, names, meta, data: [word, 'red'] }
  }
}

const wordsOf: Readonly<Record<string, string>> = {
  HISTO_SHALLOW: '(erased)',
  HISTO_CORRUPT: '(damaged)'
}

function firstOf(data: unknown): string {
  if (data instanceof Uint8Array) return counted(data.length, 'byte')
  if (typeof data === 'string') return shownJson(data.slice(0, mostOfData))
  return shownJson(data).slice(0, mostOfData)
}

/** The pieces of its lines; one line with `isOne`. */
export function piecesOf({ ref, names, meta = {}, data }: Shown, isOne: boolean): Piece[][] {
  const { author, time, message } = meta
  const head: Piece[] = [[ref.slice(0, shortRef), 'blue']]
  for (const name of names?.branches ?? []) head.push([shown(name), 'green'])
  for (const name of names?.remotes ?? []) head.push([`remotes/${shown(name)}`, 'magenta'])
  const text: Piece =
    typeof message === 'string' ? [shown(message.trimStart().split('\n')[0] ?? '')] : data
  if (isOne) return [[...head, text]]
  if (typeof author === 'string') head.push([shown(author.replace(/ <[^<>]*>$/, '')), 'cyan'])
  if (typeof time === 'string') head.push([shown(localTime(time)), 'dim'])
  return [head, [text]]
}

/** Pieces with spaces between, in at most `columns`. */
export function fitted(pieces: readonly Piece[], columns: number, out: Output): string {
  let left = columns
  const parts: string[] = []
  for (const [text, style] of pieces) {
    if (left < 1 || text === '') break
    const kept = cut(text, left)
    parts.push(style === undefined ? kept : out.paint(style, kept))
    left -= widthOf(kept) + 1
  }
  return parts.join(' ')
}
