/**
 * Shapes of histories, drawn from a seed, as the parents of each revision in typed arrays: a revision
 * is a number, and its parents have lower ones.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { random } from '../lib/data.js'
import { top } from '../lib/folder.js'

/** A history. The parents of revision n are `links[starts[n]]` up to `links[starts[n + 1] - 1]`. */
export interface Shape {
  readonly name: string
  readonly size: number
  readonly starts: Uint32Array
  readonly links: Uint32Array
}

/** Gives the parents of a revision. */
type ParentsOf = (revision: number, draw: (end: number) => number) => readonly number[]

/** Makes one of `generated` at a size. */
export function generate(name: string, size: number): Shape {
  const parentsOf = makers[name]?.(size)
  if (parentsOf === undefined) throw new Error(`no shape is named ${name}`)
  const draw = random()
  const starts = new Uint32Array(size + 1)
  let links = new Uint32Array(size * 2)
  let end = 0
  for (let revision = 0; revision < size; revision += 1) {
    for (const parent of parentsOf(revision, draw)) {
      links[end] = parent
      end += 1
    }
    starts[revision + 1] = end
  }
  links = links.slice(0, end)
  return { name, size, starts, links }
}

/** A real history out of `test/histories`. */
export function recorded(name: string): Shape {
  const text = readFileSync(join(top, 'test', 'histories', `${name}.dag`), 'utf8')
  const lines = text.replace(/\n$/, '').split('\n')
  const parents = lines.map((line) => line.split(' ').filter((parent) => parent !== ''))
  const starts = new Uint32Array(lines.length + 1)
  for (const [revision, own] of parents.entries()) {
    starts[revision + 1] = (starts[revision] ?? 0) + own.length
  }
  const links = Uint32Array.from(parents.flat().map(Number))
  return { name, size: lines.length, starts, links }
}

/** The parents of a revision, in their order. */
export function parentsOf({ starts, links }: Shape, revision: number): Uint32Array {
  return links.subarray(starts[revision], starts[revision + 1])
}

const makers: Readonly<Record<string, (size: number) => ParentsOf>> = {
  // One after the other.
  linear: () => (revision) => (revision === 0 ? [] : [revision - 1]),

  // As in a lively project: a parent or, for one in three, two, among the 30 before.
  bushy: () => (revision, draw) => {
    if (revision === 0) return []
    const reach = Math.min(revision, 30)
    const first = revision - 1 - draw(reach)
    if (draw(3) !== 0) return [first]
    const second = revision - 1 - draw(reach)
    return first === second ? [first] : [first, second]
  },

  // 50 lines that grow by turns; one in ten takes in what another one has.
  'wide 50': () => lanes(50, 10),

  // 1,000 branches out of one root that grow by turns and never meet again.
  '1,000 branches': () => lanes(1000, 0),

  // Rows in which each names the two above it, so that every two neighbours criss-cross.
  grid: (size) => {
    const width = Math.floor(Math.sqrt(size))
    return (revision) => {
      if (revision < width) return []
      const column = revision % width
      const above = revision - width
      return [above, above - column + ((column + 1) % width)]
    }
  },

  // Two rails; at every third step both name both.
  ladder: () => (revision) => {
    if (revision < 2) return []
    const isRung = (revision >> 1) % 3 === 0
    const other = revision % 2 === 0 ? revision - 1 : revision - 3
    return isRung ? [revision - 2, other] : [revision - 2]
  }
}

/** The names of the shapes that can be generated. */
export const generated: readonly string[] = Object.keys(makers)

/** `width` lines out of one root; one in `every` merges another line, none where it is 0. */
function lanes(width: number, every: number): ParentsOf {
  return (revision, draw) => {
    if (revision === 0) return []
    const own = Math.max(0, revision - width)
    if (every === 0 || revision <= width || draw(every) !== 0) return [own]
    const other = revision - 1 - draw(width - 1)
    return [own, other]
  }
}
