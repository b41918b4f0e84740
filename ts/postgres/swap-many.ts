/**
 * The statement that swaps many heads: all of them or none.
 *
 * It locks the rows in the order of their keys, so that two of them cannot wait for each other in a circle. A row that
 * another process makes meanwhile is seen by no lock: then fewer rows are written than should be, and the statement
 * fails on purpose, which undoes all of it.
 */

import { compareNames } from '../base/names.js'
import type { HeadSwap, NewLogEntry } from '../store/interfaces.js'
import type { Names } from './names.js'

/** The code of the failure on purpose: invalid_text_representation. */
const undone = '22P02'
/** Begins what the statement then complains of. */
const mark = 'histo heads moved meanwhile'

/** Whether an error is the failure on purpose. */
export function isUndone(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return code === undone && String(message).includes(mark)
}

/**
 * The parameters: the database, keys, what they hold, what they are set to, the token, how many rows change; then, where
 * there are any, entries of the log.
 */
export function swapValues(
  swaps: readonly HeadSwap[],
  entries: readonly NewLogEntry[],
  database: string,
  token: string
): readonly unknown[] {
  const sorted = [...swaps].sort((one, other) => compareNames(one.key, other.key))
  return [
    database,
    sorted.map(({ key }) => key),
    sorted.map(({ expected }) => expected),
    sorted.map(({ value }) => value),
    token,
    swaps.filter(({ expected, value }) => expected !== value).length,
    ...(entries.length === 0 ? [] : [JSON.stringify(entries)])
  ]
}

/**
 * The statement. Its one row has the `key` of a row that holds something else, or `null` where all was done.
 *
 * @param kept characters of tokens that a row keeps
 * @param notice the call that tells others of it; none: nobody is told
 * @param logs whether there are entries of the log
 */
export function swapStatement(
  { heads, log }: Names,
  kept: number,
  notice: string | undefined,
  logs: boolean
): string {
  const right = '(SELECT key FROM wrong) IS NULL'
  // The rows are locked by then, so that the ids of a branch are in the order of its moves.
  const logging = `logged AS (INSERT INTO ${log} (database, branch, time, entry)
      SELECT $1, each ->> 'branch', (each ->> 'time')::timestamptz, each::text
      FROM jsonb_array_elements($7::jsonb) WITH ORDINALITY AS entries (each, place)
      WHERE ${right} ORDER BY place RETURNING 1),`
  return `WITH given AS (
      SELECT * FROM unnest($2::text[], $3::text[], $4::text[]) AS given (key, expected, value)),
    held AS (SELECT key, value FROM ${heads} WHERE database = $1 AND key = ANY ($2) ORDER BY key FOR UPDATE),
    wrong AS (SELECT min(given.key) AS key FROM given LEFT JOIN held ON held.key = given.key COLLATE "C"
      WHERE held.value IS DISTINCT FROM given.expected),
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
