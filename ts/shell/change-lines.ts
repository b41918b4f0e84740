/**
 * What a revision changed, as people read it: a line for each place, with the value before and after.
 */

import type { Operation } from '../base/json.js'
import type { Ref, Revision } from '../base/types.js'
import { applyPatch, diff, get } from '../json-entry.js'
import { prettyScalar } from './pretty.js'
import type { Reader } from './reader.js'
import type { Shell } from './shell.js'
import { counted, cut, shown, shownJson, uncoloured } from './text.js'

/** Most operations for which the values before are told: each costs a patch of the data. */
const mostBefore = 500

/** The lines of the changes that lead from `from` (`null`: from nothing) to a revision. */
export async function* changeLines(
  db: Reader,
  from: Ref | null,
  { data: after }: Pick<Revision<unknown>, 'data'>,
  shell: Shell
): AsyncGenerator<string> {
  const before: unknown = from === null ? undefined : await db.get(from)
  yield* linesBetween(before, after, shell)
}

/** The lines of the changes between two values at a pointer; `undefined` is nothing. */
export function* linesBetween(
  before: unknown,
  after: unknown,
  shell: Shell,
  pointer = ''
): Generator<string> {
  if (before instanceof Uint8Array || after instanceof Uint8Array) {
    yield* binaryLines(before, after, shell)
  } else if (before === undefined) {
    for (const [path, value] of leaves(after, pointer)) yield added(path, value, shell)
  } else if (after === undefined) {
    for (const [path, value] of leaves(before, pointer)) yield removed(path, value, shell)
  } else {
    const operations = diff(before, after)
    if (operations.length === 0) yield shell.out.paint('dim', 'the data is the same')
    yield* operationLines(before, operations, shell, pointer)
  }
}

function* operationLines(
  start: unknown,
  operations: readonly Operation[],
  shell: Shell,
  pointer: string
): Generator<string> {
  const { out } = shell
  const tellsBefore = operations.length <= mostBefore
  let data = start
  for (const operation of operations) {
    const old = tellsBefore ? get(data, operation.path) : undefined
    const path = pointer + operation.path
    if (operation.op === 'move') {
      yield clipped(
        out.paint('cyan', `> ${placeOf(path)}`),
        `  from ${placeOf(pointer + operation.from)}`,
        shell
      )
    } else if (operation.op === 'remove') {
      yield removed(path, old, shell)
    } else if (operation.op === 'replace') {
      const arrow = old === undefined ? '' : `${spaced(old, shell)} → `
      yield clipped(
        out.paint('yellow', `~ ${placeOf(path)}`),
        arrow + spaced(operation.value, shell).slice(arrow === '' ? 0 : 2),
        shell
      )
    } else if ('value' in operation) {
      for (const [leaf, value] of leaves(operation.value, path)) yield added(leaf, value, shell)
    }
    if (tellsBefore) data = applyPatch(data, [operation])
  }
}

function added(path: string, value: unknown, shell: Shell): string {
  return clipped(shell.out.paint('green', `+ ${placeOf(path)}`), spaced(value, shell), shell)
}

function removed(path: string, value: unknown, shell: Shell): string {
  return clipped(shell.out.paint('red', `- ${placeOf(path)}`), spaced(value, shell), shell)
}

/** The scalars and empty containers below a value, each with its pointer. */
function* leaves(value: unknown, path: string): Generator<[path: string, value: unknown]> {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : []
  if (members.length === 0) yield [path, value]
  for (const [key, member] of members) {
    yield* leaves(member, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
}

function placeOf(path: string): string {
  return path === '' ? '(all of it)' : shown(path)
}

function spaced(value: unknown, { out }: Shell): string {
  if (value === undefined) return ''
  const isScalar = typeof value !== 'object' || value === null
  return `  ${isScalar ? prettyScalar(value, out) : shownJson(value)}`
}

/** A line, on a terminal no wider than that; what is cut off has lost its colours. */
function clipped(place: string, value: string, { out }: Shell): string {
  const line = `${place}${value}`
  const bare = uncoloured(line)
  const kept = cut(bare, out.columns)
  return kept === bare ? line : kept
}

function* binaryLines(before: unknown, after: unknown, { out }: Shell): Generator<string> {
  const size = (value: unknown) =>
    value instanceof Uint8Array
      ? counted(value.length, 'byte')
      : value === undefined
        ? 'nothing'
        : 'JSON'
  const isSame =
    before instanceof Uint8Array &&
    after instanceof Uint8Array &&
    Buffer.compare(before, after) === 0
  yield isSame
    ? out.paint('dim', 'the data is the same')
    : `binary: ${size(before)} → ${size(after)}`
}
