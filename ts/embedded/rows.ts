/**
 * What the addon answers for many revisions: columns, which become rows here.
 */

import { parseMarked } from '../base/parse.js'
import type { Meta, Ref, Revision } from '../base/types.js'
import type { HistoryStep } from '../engine.js'
import type { native } from '../native.js'

/** Columns as text, and the bytes that JSON cannot say. */
export type Answer = ReturnType<typeof native.revisions>

/** As `crates/node/src/exports/rows.rs` has them. */
type Columns = readonly [
  data: unknown[],
  refs: readonly Ref[],
  links: readonly number[],
  metas: readonly (Meta | 0)[],
  count: number
]

/** Whole revisions, in order. */
export function revisionsOf({ text, places, bytes }: Answer): Revision<unknown>[] {
  const columns = parseMarked(text) as Columns
  const [data, refs, , metas, count] = columns
  for (const [number, place] of places.entries()) data[place] = bytes[number]
  const ancestorsOf = reader(columns)
  const rows = new Array<Revision<unknown>>(count)
  for (let row = 0; row < count; row += 1) {
    const ref = refs[row] as Ref
    const ancestors = ancestorsOf(row)
    const meta = metas.length > 0 && metas[row]
    rows[row] = meta
      ? { ref, ancestors, data: data[row], meta }
      : { ref, ancestors, data: data[row] }
  }
  return rows
}

/** Revisions without their data, in order. Cost: some 0.1 us each, and as much as `JSON.parse` takes for a meta. */
export function headersOf({ text }: Answer): HistoryStep[] {
  const columns = parseMarked(text) as Columns
  const [, refs, , metas, count] = columns
  const ancestorsOf = reader(columns)
  const rows = new Array<HistoryStep>(count)
  for (let row = 0; row < count; row += 1) {
    const ref = refs[row] as Ref
    const ancestors = ancestorsOf(row)
    const meta = metas.length > 0 && metas[row]
    rows[row] = meta ? { ref, ancestors, meta } : { ref, ancestors }
  }
  return rows
}

/** Tells the ancestors of each row, asked for in order. */
function reader([, refs, links]: Columns): (row: number) => Ref[] {
  let next = 0
  return (row) => {
    if (links[next] !== row) return [refs[row + 1] as Ref]
    const end = next + 2 + (links[next + 1] as number)
    const ancestors: Ref[] = []
    for (next += 2; next < end; next += 1) ancestors.push(refs[links[next] as number] as Ref)
    return ancestors
  }
}
