/**
 * Texts of revisions in a table. A batch is sent as one text that the server splits.
 *
 * Canonical texts hold no control characters, so a line feed separates them; that spares both sides the quoting of
 * an array of text.
 */

import type { Ref } from '../base/types.js'
import { refOf } from '../ref-of.js'
import type { RevisionStore } from '../store/interfaces.js'
import type { Session } from './session.js'

/** Most revisions of a statement, and most characters unless one text alone has more. */
const [mostRevisions, mostCharacters] = [4096, 4 * 1024 * 1024]

const refPattern = /^[0-9a-f]{64}$/

interface Row {
  readonly ref: Ref
  readonly text: string
}

/** The revision store of a database on PostgreSQL. */
export class PostgresRevisions implements RevisionStore {
  readonly #session: Session
  readonly #sql: ReturnType<typeof statements>
  readonly idOf: typeof refOf = refOf

  constructor(session: Session) {
    this.#session = session
    this.#sql = statements(session.names.revisions)
  }

  async put(text: string): Promise<Ref> {
    const [ref = ''] = await this.putMany([text])
    return ref
  }

  async putMany(texts: readonly string[]): Promise<Ref[]> {
    const refs = texts.map(refOf)
    await this.putNamed(refs, texts)
    return refs
  }

  async putNamed(refs: readonly Ref[], texts: readonly string[]): Promise<void> {
    const rows = refs.map((ref, place) => ({ ref, text: texts[place] ?? '' }))
    for (const batch of batches(rows)) await this.#insert(batch)
  }

  async get(ref: string): Promise<string | undefined> {
    const [text] = await this.getMany([ref])
    return text
  }

  async getMany(refs: readonly string[]): Promise<(string | undefined)[]> {
    const rows = await this.#select(this.#sql.select, refs)
    const texts = new Map(rows.map(({ ref, text }) => [ref, text]))
    return refs.map((ref) => texts.get(ref))
  }

  async has(refs: readonly string[]): Promise<boolean[]> {
    const rows = await this.#select(this.#sql.has, refs)
    const there = new Set(rows.map(({ ref }) => ref))
    return refs.map((ref) => there.has(ref))
  }

  async ancestry(refs: readonly string[], limit: number): Promise<[Ref, Ref[]][]> {
    const known = refs.filter((ref) => refPattern.test(ref))
    if (known.length === 0) return []
    const most = Math.max(limit, known.length)
    const rows = await this.#run(this.#sql.ancestry, [arrayOf(known), most])
    return rows.map(({ ref, text }) => [ref, text === '' ? [] : text.split(',')])
  }

  async del(ref: string): Promise<void> {
    if (refPattern.test(ref)) await this.#run(this.#sql.remove, [arrayOf([ref])])
  }

  async *keys(): AsyncGenerator<Ref> {
    let after = ''
    for (;;) {
      const rows: readonly Row[] = await this.#run(this.#sql.keys, [after, mostRevisions])
      for (const { ref } of rows) yield ref
      const last = rows.at(-1)
      if (last === undefined) return
      after = last.ref
    }
  }

  async #select(sql: string, refs: readonly string[]): Promise<readonly Row[]> {
    const known = refs.filter((ref) => refPattern.test(ref))
    return known.length === 0 ? [] : await this.#run(sql, [arrayOf(known)])
  }

  /** Sorted by ref, so that two that insert the same revisions cannot deadlock. */
  async #insert(batch: Row[]): Promise<void> {
    batch.sort((one, other) => (one.ref < other.ref ? -1 : 1))
    const refs = batch.map(({ ref }) => ref).join('\n')
    await this.#run(this.#sql.insert, [refs, batch.map(({ text }) => text).join('\n')])
  }

  async #run(sql: string, values: readonly unknown[]): Promise<Row[]> {
    const { names } = this.#session
    return (await this.#session.run(sql, [names.database, ...values])).rows
  }
}

function statements(table: string) {
  const ref = "encode(ref, 'hex') AS ref"
  const direct = ancestorsOf('text')
  const named = 'WHERE database = $1 AND ref = ANY($2::bytea[])'
  return {
    insert: `INSERT INTO ${table} (database, ref, text)
      SELECT $1, decode(r, 'hex'), t
      FROM unnest(string_to_array($2, E'\\n'), string_to_array($3, E'\\n')) AS new (r, t)
      ON CONFLICT (ref, database) DO NOTHING`,
    select: `SELECT ${ref}, text FROM ${table} ${named}`,
    has: `SELECT ${ref} FROM ${table} ${named}`,
    ancestry: `WITH RECURSIVE walk (ref, text) AS (
        SELECT ref, ${direct} FROM ${table} ${named}
      UNION
        SELECT found.ref, found.text FROM walk
          CROSS JOIN LATERAL unnest(string_to_array(walk.text, ',')) AS named (ref)
          CROSS JOIN LATERAL (
            SELECT ref, ${direct} AS text FROM ${table}
            WHERE database = $1 AND ref = decode(named.ref, 'hex') LIMIT 1) AS found
      ) SELECT ${ref}, text FROM walk LIMIT $3`,
    remove: `DELETE FROM ${table} ${named}`,
    keys: `SELECT ${ref} FROM ${table} WHERE database = $1 AND ref > decode($2, 'hex')
      ORDER BY ${table}.ref LIMIT $3`
  }
}

/**
 * The ancestors at the beginning of a text, as refs with commas between. Only the beginning of a long text is
 * decompressed, unless its ancestors do not fit in there.
 */
function ancestorsOf(text: string): string {
  const start = `substr(${text}, 15, 8192)`
  const all = `CASE WHEN position(']' IN ${start}) > 0 THEN ${start} ELSE substr(${text}, 15) END`
  return `translate(split_part(${all}, ']', 1), '"', '')`
}

/** Refs as a literal of an array of bytea. */
function arrayOf(refs: readonly Ref[]): string {
  return `{"\\\\x${refs.join('","\\\\x')}"}`
}

function* batches(rows: readonly Row[]): Generator<Row[]> {
  let batch: Row[] = []
  let characters = 0
  for (const row of rows) {
    const isFull = batch.length >= mostRevisions || characters + row.text.length > mostCharacters
    if (batch.length > 0 && isFull) {
      yield batch
      batch = []
      characters = 0
    }
    batch.push(row)
    characters += row.text.length
  }
  if (batch.length > 0) yield batch
}
