/**
 * The vectors of three-way merges, `test/vectors/merge.json`: outcomes written by hand, each with its reason, and
 * each put into several places of a larger document, where it must be the same.
 *
 * Nothing here calls the package: what is expected was thought out, not copied from an answer.
 */

import { containers, none, values } from './merge-cases.mjs'

/** Places in a document: its value with a value in them, and the pointer to it. */
const places = [
  { name: 'the whole', at: '', put: (value) => value },
  { name: 'a member', at: '/a', put: (value) => ({ a: value, z: 1 }) },
  { name: 'a member whose key needs escapes', at: '/~1~0"', put: (value) => ({ '/~"': value }) },
  { name: 'deep inside', at: '/a/b/c', put: (value) => ({ a: { b: { c: value, d: [] } } }) },
  {
    name: 'a member of an element told by its key',
    at: '/rows/1/v',
    put: (value) => ({
      rows: [
        { id: 1, v: 0 },
        { id: 2, v: value }
      ]
    })
  },
  {
    name: 'beside changes of both',
    at: '/m',
    put: (value, side) => ({
      a: side === 'ours' || side === 'data' ? 1 : 0,
      m: value,
      z: side === 'theirs' || side === 'data' ? 1 : 0
    })
  },
  {
    name: 'a member of an element that ours moved',
    at: '/0/v',
    put: (value, side) => {
      const rows = [{ id: 1 }, { id: 2 }, { id: 3, v: value }]
      return side === 'ours' || side === 'data' ? [rows[2], rows[0], rows[1]] : rows
    }
  }
]

/** The vectors. A value that is not there is no member of its case. */
export function mergeVectors() {
  const cases = [...values, ...containers].flatMap((each) =>
    places.filter((place) => place.at !== '' || isThere(each)).map((place) => caseOf(place, each))
  )
  return { about, cases }
}

const about = [
  'Three-way merges of JSON: { reason, place, base, ours, theirs, data, conflicts }, options as by default.',
  'A value that is not there is no member, in a case and in a conflict. Objects are equal whatever the order of their members.'
]

/** Whether a result is there, which the whole of a document must be. */
function isThere([, , , , data]) {
  return data !== none
}

function caseOf({ name, at, put }, [reason, base, ours, theirs, data, conflicts]) {
  const sides = { base, ours, theirs, data }
  const made = Object.entries(sides).map(([side, value]) => [side, put(value, side)])
  return without({
    reason,
    place: name,
    ...Object.fromEntries(made),
    conflicts: conflicts.map(({ kind, path, values: own }) => ({
      path: at + path,
      kind,
      base,
      ours,
      theirs,
      ...own
    }))
  })
}

/** The value without the members that are not there. */
function without(value) {
  if (Array.isArray(value)) return value.map(without)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value).filter(([, member]) => member !== none)
  return Object.fromEntries(members.map(([key, member]) => [key, without(member)]))
}

/** The vectors as text, a case a line. */
export function mergeVectorsText() {
  const { about: lines, cases } = mergeVectors()
  const rows = cases.map((each) => `    ${JSON.stringify(each)}`).join(',\n')
  return `{\n  "about": ${JSON.stringify(lines)},\n  "cases": [\n${rows}\n  ]\n}\n`
}
