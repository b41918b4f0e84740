/**
 * Converts refs of a commit graph for the engine: any well-formed, non-empty strings.
 *
 * Holds the check of such a ref, the size of batches, and the ref that an error is about.
 */

import {
  ancestorsArgument,
  described,
  isRecord,
  refArgument,
  shortened
} from '../base/arguments.js'
import type { Ref } from '../base/types.js'

const loneSurrogate = /\p{Surrogate}/u

/** Most names in a batch, and most UTF-16 units of them. */
const most = { names: 16_384, units: 2 ** 20 }

/** Revisions as the engine takes them; see `fillBatch` of the addon. */
interface Rows {
  readonly text: string
  readonly lengths: Uint32Array
  readonly counts: Uint32Array
}

/** `value` as a ref of a graph. */
export function nameArgument(value: unknown, what: string): Ref {
  const name = refArgument(value, what)
  if (name === '') throw new TypeError(`${what} must not be an empty string`)
  if (loneSurrogate.test(name)) throw new TypeError(`${what} must be well-formed Unicode`)
  return name
}

/** `values` as refs of a graph. */
export function nameList(values: readonly string[], what: string): Ref[] {
  return values.map((value) => nameArgument(value, `each of ${what}`))
}

/** Yields the revisions of an iterable in batches. */
export function* rowsOf(revisions: unknown): Generator<Rows, undefined, undefined> {
  if (typeof revisions === 'string' || !isIterable(revisions)) {
    throw new TypeError(`revisions must be an iterable of revisions, not ${described(revisions)}`)
  }
  let names: Ref[] = []
  let counts: number[] = []
  let units = 0
  for (const item of revisions) {
    const [ref, ancestors] = partsOf(item)
    const start = names.push(ref)
    for (const ancestor of ancestors) names.push(ancestor)
    counts.push(ancestors.length)
    for (let at = start - 1; at < names.length; at += 1) units += (names[at] as Ref).length
    if (names.length < most.names && units < most.units) continue
    yield joined(names, counts)
    names = []
    counts = []
    units = 0
  }
  yield joined(names, counts)
}

function partsOf(item: unknown): [ref: Ref, ancestors: readonly Ref[]] {
  const [ref, ancestors] = Array.isArray(item) ? (item as unknown[]) : fieldsOf(item)
  const name = refArgument(ref, 'ref')
  if (name === '') throw new TypeError('ref must not be an empty string')
  return [name, ancestorsArgument(ancestors) ?? []]
}

function fieldsOf(item: unknown): unknown[] {
  if (!isRecord(item)) {
    throw new TypeError(`a revision must be { ref, ancestors } or a pair, not ${described(item)}`)
  }
  if (item['ancestors'] === undefined) expectRoot(item)
  return [item['ref'], item['ancestors']]
}

/** Members of a revision as a database returns it, which a root without `ancestors` may have. */
const ofRoots: readonly string[] = ['ref', 'ancestors', 'data', 'meta']

/** Refuses other members, such as `parents`, which would be lost. */
function expectRoot(item: object): void {
  for (const name in item) {
    if (ofRoots.includes(name)) continue
    const has = `a revision has '${shortened(name)}' and no ancestors`
    throw new TypeError(`${has}; if it is a root, give it ancestors: []`)
  }
}

/** Joins names with a line feed, so that halves of a character cannot meet. */
function joined(names: readonly Ref[], counts: readonly number[]): Rows {
  const text = names.join('\n')
  if (loneSurrogate.test(text)) throw new TypeError('refs must be well-formed Unicode')
  const lengths = Uint32Array.from(names, (name) => name.length)
  return { text, lengths, counts: Uint32Array.from(counts) }
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return (
    value !== null &&
    value !== undefined &&
    typeof Reflect.get(Object(value), Symbol.iterator) === 'function'
  )
}
