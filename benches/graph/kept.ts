/**
 * What was measured of each shape and size, kept in `target`: the bench can be run piece by piece, and
 * its page tells of all pieces.
 */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { top } from '../lib/folder.js'
import { figure } from '../lib/race.js'
import type { Row } from './rows.js'

const place = join(top, 'target', 'bench-graph')

/** All rows of one shape at one size. */
export interface Piece {
  readonly shape: string
  readonly size: number
  /** When it was measured, and how many others wanted the processors. */
  readonly when: string
  readonly rows: readonly Row[]
  /** Near the tip, some revisions apart. */
  readonly nears: readonly Near[]
}

/** A row about pairs so many revisions apart. */
export interface Near extends Row {
  readonly apart: number
}

/** Keeps a piece in the place of an earlier one. */
export function keep({ rows, nears }: Pick<Piece, 'rows' | 'nears'>): void {
  const [first] = rows
  if (first === undefined) return
  const { shape, size } = first
  const when = `${new Date().toISOString().slice(0, 10)}, load ${figure(loadavg()[0] ?? 0)}`
  mkdirSync(place, { recursive: true })
  const text = JSON.stringify({ shape, size, when, rows, nears } satisfies Piece)
  writeFileSync(join(place, `${shape}-${size}.json`), text)
}

/** All pieces that were kept, in the order of `shapes`, then by size. */
export function kept(shapes: readonly string[]): Piece[] {
  const files = readdirSync(place).filter((file) => file.endsWith('.json'))
  const pieces = files.map((file) => JSON.parse(readFileSync(join(place, file), 'utf8')) as Piece)
  const at = ({ shape }: Piece) => shapes.indexOf(shape)
  return pieces.toSorted((a, b) => at(a) - at(b) || a.size - b.size)
}
