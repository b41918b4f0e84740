/**
 * The changes of a revision for people: a line for each place, with the value before and after.
 */

import type { Operation } from '../base/json.js'
import { counted, shown, shownJson } from '../base/shown.js'
import type { Ref, Revision } from '../base/types.js'
import { applyPatch, diff, get } from '../json-entry.js'
import { storedOf } from './git-revision.js'
import { scalarStyle } from './pretty.js'
import type { Reader } from './reader.js'
import { fitted, type Piece } from './revision-lines.js'
import type { Shell } from './shell.js'

/** Most operations for which the previous values are shown: each costs a patch of the data. */
const mostBefore = 500

/** The lines of the changes that lead from `from` (`null`: from nothing) to a revision. */
export async function* changeLines(
  db: Reader,
  from: Ref | null,
  revision: Pick<Revision<unknown>, 'data' | 'meta'>,
  shell: Shell
): AsyncGenerator<string> {
  const commit = storedOf(revision)
  if (commit !== undefined) {
    // The data is a list of changes already.
    for (const [path, file] of Object.entries(commit.files)) {
      yield lineOf(placed(file === null ? '-' : '~', path), shell)
    }
    return
  }
  const before: unknown = from === null ? undefined : await db.get(from)
  yield* linesBetween(before, revision.data, shell)
}

/** The lines of the changes between two values at a pointer, behind `indent`; `undefined` is nothing. */
export function* linesBetween(
  before: unknown,
  after: unknown,
  shell: Shell,
  pointer = '',
  indent = ''
): Generator<string> {
  for (const pieces of changesBetween(before, after, pointer)) yield lineOf(pieces, shell, indent)
}

/** A line, cut to the width of a terminal. */
function lineOf(pieces: readonly Piece[], { out }: Shell, indent = ''): string {
  return indent + fitted(pieces, out.columns - indent.length, out)
}

function* changesBetween(before: unknown, after: unknown, pointer: string): Generator<Piece[]> {
  if (before instanceof Uint8Array || after instanceof Uint8Array) {
    yield binary(before, after)
  } else if (before === undefined) {
    for (const [path, value] of parts(after, pointer)) yield placed('+', path, ...told(value))
  } else if (after === undefined) {
    for (const [path, value] of parts(before, pointer)) yield placed('-', path, ...told(value))
  } else {
    const operations = diff(before, after)
    if (operations.length === 0) yield [['the data is the same', 'dim']]
    yield* operationPieces(before, operations, pointer)
  }
}

function* operationPieces(
  start: unknown,
  operations: readonly Operation[],
  pointer: string
): Generator<Piece[]> {
  const tellsBefore = operations.length <= mostBefore
  let data = start
  for (const operation of operations) {
    const old = tellsBefore ? get(data, operation.path) : undefined
    const path = pointer + operation.path
    if (operation.op === 'move') {
      yield placed('>', path, ['from'], [placeOf(pointer + operation.from), 'cyan'])
    } else if (operation.op === 'remove') {
      yield placed('-', path, ...told(old))
    } else if (operation.op === 'replace') {
      const arrow: Piece[] = old === undefined ? [] : [...told(old), ['→']]
      yield placed('~', path, ...arrow, ...told(operation.value))
    } else if ('value' in operation) {
      for (const [part, value] of parts(operation.value, path))
        yield placed('+', part, ...told(value))
    }
    if (tellsBefore) data = applyPatch(data, [operation])
  }
}

const styles = { '+': 'green', '-': 'red', '~': 'yellow', '>': 'cyan' } as const

/** A place with its sign and, after two spaces, its values. */
function placed(sign: keyof typeof styles, path: string, ...said: readonly Piece[]): Piece[] {
  const space = said.length === 0 ? '' : ' '
  return [[`${sign} ${placeOf(path)}${space}`, styles[sign]], ...said]
}

/** The innermost containers of a value, or the value itself, each with its pointer. */
function* parts(value: unknown, path: string): Generator<[path: string, value: unknown]> {
  const members = isContainer(value) ? Object.entries(value) : []
  const isFlat = path !== '' && !members.some(([, member]) => isContainer(member))
  if (members.length === 0 || isFlat) {
    yield [path, value]
    return
  }
  for (const [key, member] of members) {
    yield* parts(member, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function placeOf(path: string): string {
  return path === '' ? '(all of it)' : shown(path)
}

/** A value in one line; nothing for `undefined`. */
function told(value: unknown): Piece[] {
  if (value === undefined) return []
  const text = shownJson(value)
  return isContainer(value) ? [[text]] : [[text, scalarStyle(value)]]
}

function binary(before: unknown, after: unknown): Piece[] {
  const isSame =
    before instanceof Uint8Array &&
    after instanceof Uint8Array &&
    Buffer.compare(before, after) === 0
  return isSame
    ? [['the data is the same', 'dim']]
    : [[`binary: ${sizeOf(before)} → ${sizeOf(after)}`]]
}

function sizeOf(value: unknown): string {
  if (value instanceof Uint8Array) return counted(value.length, 'byte')
  return value === undefined ? 'nothing' : 'JSON'
}
