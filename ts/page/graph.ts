/**
 * The queries for the graph: heads, rows, the row of a revision, versions of a branch, the distance of two.
 */

import { hasCode } from '../base/errors.js'
import type { Ref } from '../base/types.js'
import { linesOf } from './line.js'
import type {
  Apart,
  GraphRow,
  Head,
  Line,
  Place,
  Rows,
  State,
  Total,
  Versions
} from './protocol.js'
import type { LaidOut } from './view.js'
import type { Visit } from './visit.js'

/** Most rows of an answer, lanes of a row, heads of a page. */
const [mostRows, mostLanes, mostHeads] = [256, 64, 200]
/** Most milliseconds that an answer waits for rows, and for the data of those without a message. */
const [longestRead, longestTexts] = [300, 60]
/** Most seconds to wait for news. */
const longestWait = 25
/** Most versions of an answer. */
const mostVersions = 1000
/** Up to this many revisions are counted for a distance. */
export const mostApart = 1000

/** `state`. */
export async function state(visit: Visit): Promise<State> {
  const { handle, news, views } = visit.room
  await handle.opened()
  const wait = visit.count('wait', 0, longestWait)
  const seen = await news.after(visit.text('since'), wait * 1000, visit.signal)
  views.keep(seen)
  return seen.state
}

/** `total`: not reported if not everything is shown. */
export async function total({ room: { handle, sight } }: Visit): Promise<Total> {
  if (!sight.isWhole) return { revisions: null }
  return { revisions: await handle.ask((engine) => engine.revisionCount()) }
}

/** `heads`: a page of the branches, or of the remotes, whose names begin with `prefix`. */
export async function heads(visit: Visit): Promise<readonly Head[]> {
  const [prefix, after] = [visit.text('prefix') ?? '', visit.text('after')]
  const { sight } = visit.room
  if (visit.text('kind') === 'remote') return await sight.remotes(prefix, after, mostHeads)
  return await sight.branches(prefix, after, mostHeads)
}

/** `rows`. */
export async function rows(visit: Visit): Promise<Rows> {
  const view = visit.view()
  const from = visit.count('from', 0, Number.MAX_SAFE_INTEGER)
  const count = visit.count('count', mostRows, mostRows)
  await view.read(from + count, longestRead)
  const laid = await view.rows(from, count)
  const headers = laid.map(({ header }) => header)
  const lines = await linesOf(visit.room.handle, headers, performance.now() + longestTexts)
  return { ...view.walked, from, rows: laid.map((one, at) => rowOf(one, lines[at])) }
}

function rowOf({ row }: LaidOut, line: Line | undefined): GraphRow {
  const { column, isTip, node, targets, pulled } = row
  const lanes = node.flatMap((arms, lane) => (arms === 0 || lane === column ? [] : [lane]))
  return {
    ...(line ?? { ref: '' }),
    column: Math.min(column, mostLanes),
    isTip,
    lanes: shown(lanes),
    targets: shown(targets),
    ...(pulled === undefined || pulled >= mostLanes ? {} : { pulled })
  }
}

function shown(lanes: readonly number[]): number[] {
  return lanes.filter((lane) => lane < mostLanes)
}

/** `row`: reads on for a while if the row is not known. */
export async function row(visit: Visit): Promise<Place> {
  const view = visit.view()
  const ref = visit.needed('ref')
  let found = await view.rowOf(ref)
  if (found === null) {
    await view.read(Number.POSITIVE_INFINITY, longestRead)
    found = await view.rowOf(ref)
  }
  return { ...view.walked, row: found }
}

/** `versions`: of the branch or ref `of`. */
export async function versions(visit: Visit): Promise<Versions> {
  const [ref] = await visit.refs('of')
  const { db, handle } = visit.room
  const options = { firstParent: true, data: false, limit: mostVersions + 1 } as const
  const headers = await taken(db.history(ref, { ...options, signal: visit.signal }))
  const lines = await linesOf(handle, headers.slice(0, mostVersions), 0)
  return { versions: lines, hasMore: headers.length > mostVersions }
}

/** `apart`. */
export async function apart(visit: Visit): Promise<Apart> {
  const [one, other] = await visit.refs('one', 'other')
  const [ahead, behind] = [await countOnly(visit, one, other), await countOnly(visit, other, one)]
  return { ahead, behind, most: mostApart }
}

/** How many revisions `one` reaches and `other` does not, up to a bound. */
export async function countOnly(visit: Visit, one: Ref, other: Ref): Promise<number> {
  const range = { until: other, data: false, limit: mostApart, signal: visit.signal } as const
  return (await taken(visit.room.db.history(one, range))).length
}

/** All items; history that was cut away ends them without an error. */
async function taken<T>(all: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  try {
    for await (const one of all) list.push(one)
  } catch (error) {
    if (!hasCode(error, 'HISTO_SHALLOW')) throw error
  }
  return list
}
