/**
 * The statement that swaps many heads: all of them or none.
 *
 * It locks the rows in the order of their keys, so that two such statements cannot deadlock. A row that another process
 * inserts meanwhile is not locked: then fewer rows are written than expected, and the statement fails on purpose, which
 * undoes all of it.
 */

import { compareNames } from '../base/names.js'
import type { HeadSwap, NewLogEntry } from '../store/interfaces.js'
import type { Names } from './names.js'

/** What an undo went by: its branch must not have moved since, even if it was moved back. */
export interface Unmoved {
  /** The last token of the row; empty without a row. */
  readonly token: string
  /** The id of the branch's newest entry in the log. */
  readonly latest: string | null
}

/** The code of the failure on purpose: invalid_text_representation. */
const undone = '22P02'
/** The beginning of the text in the error message of the failure on purpose. */
const mark = 'histo heads moved meanwhile'

/** Whether an error is the failure on purpose. */
export function isUndone(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return code === undone && String(message).includes(mark)
}

/**
 * The parameters: the database, keys, their expected and new values, the token, the number of rows to change; then
 * entries of the log, if any; then, with entries only, what an undo went by.
 */
export function swapValues(
  swaps: readonly HeadSwap[],
  entries: readonly NewLogEntry[],
  database: string,
  token: string,
  unmoved?: Unmoved
): readonly unknown[] {
  const sorted = [...swaps].sort((one, other) => compareNames(one.key, other.key))
  return [
    database,
    sorted.map(({ key }) => key),
    sorted.map(({ expected }) => expected),
    sorted.map(({ value }) => value),
    token,
    swaps.filter(({ expected, value }) => expected !== value).length,
    ...(entries.length === 0 ? [] : [JSON.stringify(entries)]),
    ...(unmoved === undefined ? [] : [unmoved.token, unmoved.latest])
  ]
}

/**
 * The statement. Its one row has the `key` of a row that holds another value, or `null` if all was done.
 *
 * @param kept characters of tokens that a row keeps
 * @param notice the call that notifies others; none: nobody is notified
 * @param logs whether there are entries of the log
 * @param length the length of a token, for an undo. A row that was moved and moved back has its value, but not its token.
 *   A row that was made and deleted leaves nothing but the log. Of a row that exists the log is no proof: the statement
 *   sees the log of before it waited for the row
 */
export function swapStatement(
  { heads, log }: Names,
  kept: number,
  notice: string | undefined,
  logs: boolean,
  length?: number
): string {
  const right = '(SELECT key FROM wrong) IS NULL'
  // The rows are already locked, so that the ids of a branch are in the order of its moves.
  const logging = `logged AS (INSERT INTO ${log} (database, branch, time, entry)
      SELECT $1, each ->> 'branch', (each ->> 'time')::timestamptz, each::text
      FROM jsonb_array_elements($7::jsonb) WITH ORDINALITY AS entries (each, place)
      WHERE ${right} ORDER BY place RETURNING 1),`
  const hasMoved = `OR left(held.swaps, ${length}) <> $8 OR given.expected IS NULL AND $9::bigint IS DISTINCT FROM
          (SELECT max(id) FROM ${log} WHERE database = $1 AND branch = $7::jsonb -> 0 ->> 'branch')`
  return `WITH given AS (
      SELECT * FROM unnest($2::text[], $3::text[], $4::text[]) AS given (key, expected, value)),
    held AS (SELECT key, value, swaps FROM ${heads} WHERE database = $1 AND key = ANY ($2) ORDER BY key FOR UPDATE),
    wrong AS (SELECT min(given.key) AS key FROM given LEFT JOIN held ON held.key = given.key COLLATE "C"
      WHERE held.value IS DISTINCT FROM given.expected
        ${length === undefined ? '' : hasMoved}),
    moved AS (UPDATE ${heads} AS head SET value = given.value, swaps = left($5 || head.swaps, ${kept})
      FROM given WHERE head.database = $1 AND head.key = given.key COLLATE "C" AND given.expected IS NOT NULL
        AND given.value <> given.expected AND ${right} RETURNING 1),
    made AS (INSERT INTO ${heads} (database, key, value, swaps) SELECT $1, key, value, $5 FROM given
      WHERE expected IS NULL AND value IS NOT NULL AND ${right} ON CONFLICT (database, key) DO NOTHING RETURNING 1),
    gone AS (DELETE FROM ${heads} AS head USING given WHERE head.database = $1
      AND head.key = given.key COLLATE "C" AND given.expected IS NOT NULL AND given.value IS NULL
      AND ${right} RETURNING 1),
    ${logs ? logging : ''}
    counted AS (SELECT (SELECT count(*) FROM moved) + (SELECT count(*) FROM made) + (SELECT count(*) FROM gone) AS done)
    SELECT (SELECT key FROM wrong) AS key,
      CASE WHEN ${right} AND done <> $6::int THEN ('${mark}: ' || done)::int END
      ${notice === undefined ? '' : `, CASE WHEN ${right} THEN ${notice} END`}
    FROM counted`
}
