/**
 * better-sqlite3 with a table of versions. Their ids are numbers and nobody hashes: less work than ours, and
 * nothing by which two databases could know what they share.
 */

import { join } from 'node:path'
import Database from 'better-sqlite3'
import { versionsOver } from '../mixed.mjs'
import { batched } from '../pipeline.mjs'

export const how =
  'a table of versions, WAL, `synchronous=FULL`, a transaction for what is in flight; ids are numbers'

function openFile(path) {
  const db = new Database(path)
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = FULL')
  return db
}

export function open(path) {
  const db = openFile(join(path, 'versions.db'))
  db.exec(`
    CREATE TABLE IF NOT EXISTS versions (id INTEGER PRIMARY KEY, parent INTEGER, data TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS heads (name TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID`)
  const insert = db.prepare('INSERT INTO versions (parent, data) VALUES (?, ?)')
  const setHead = db.prepare('INSERT OR REPLACE INTO heads VALUES (?, ?)')
  const getHead = db.prepare("SELECT id FROM heads WHERE name = 'main'").pluck()
  const select = db.prepare('SELECT data FROM versions WHERE id = ?').pluck()
  let head = getHead.get() ?? null
  const put = db.transaction((all) => {
    const refs = all.map((data) => {
      head = Number(insert.run(head, JSON.stringify(data)).lastInsertRowid)
      return head
    })
    setHead.run('main', head)
    return refs
  })
  const get = (ref) => JSON.parse(select.get(ref))
  return {
    put: (all, flight) => batched(all, flight, put),
    get,
    getMany: (refs) => refs.map(get),
    head: () => getHead.get(),
    close: () => db.close()
  }
}

const ancestry = (name) => `${name}(id) AS (VALUES (?) UNION
  SELECT edges.parent FROM edges JOIN ${name} ON edges.child = ${name}.id)`

/** Questions by recursive queries, which is how SQL asks a graph. */
export function loadGraph(path, parents) {
  const db = openFile(join(path, 'graph.db'))
  db.exec(
    'CREATE TABLE edges (child INTEGER, parent INTEGER, PRIMARY KEY (child, parent)) WITHOUT ROWID'
  )
  const insert = db.prepare('INSERT INTO edges VALUES (?, ?)')
  db.transaction(() => {
    for (const [child, above] of parents.entries()) {
      for (const parent of above) insert.run(child, parent)
    }
  })()
  // A best one is no proper ancestor of another common one.
  const bases = db.prepare(`WITH RECURSIVE ${ancestry('a')}, ${ancestry('b')},
    common(id) AS (SELECT id FROM a INTERSECT SELECT id FROM b),
    beaten(id) AS (SELECT parent FROM edges WHERE child IN (SELECT id FROM common))
    SELECT id FROM common EXCEPT SELECT id FROM beaten ORDER BY id`)
  const difference = db.prepare(`WITH RECURSIVE ${ancestry('a')}, ${ancestry('b')}
    SELECT count(*) FROM (SELECT id FROM b EXCEPT SELECT id FROM a)`)
  return {
    mergeBases: (a, b) => bases.pluck().all(a, b),
    difference: (from, to) => difference.pluck().get(from, to),
    close: () => db.close()
  }
}

/** Reads, writes and merges of a service; each write a transaction. */
export function openMixed(path) {
  const db = openFile(join(path, 'mixed.db'))
  db.exec(`CREATE TABLE versions (id INTEGER PRIMARY KEY, first INTEGER, second INTEGER, data TEXT NOT NULL);
    CREATE TABLE heads (name TEXT PRIMARY KEY, id INTEGER NOT NULL) WITHOUT ROWID`)
  const insert = db.prepare('INSERT INTO versions (first, second, data) VALUES (?, ?, ?)')
  const setHead = db.prepare("INSERT OR REPLACE INTO heads VALUES ('main', ?)")
  const select = db.prepare('SELECT first, second, data FROM versions WHERE id = ?')
  const write = db.transaction(({ parents: [one = null, two = null], data }, movesHead) => {
    const id = Number(insert.run(one, two, JSON.stringify(data)).lastInsertRowid)
    if (movesHead) setHead.run(id)
    return id
  })
  const read = (id) => {
    const { first, second, data } = select.get(id)
    return { parents: [first, second].filter((parent) => parent !== null), data: JSON.parse(data) }
  }
  return { ...versionsOver({ read, write, order: (id) => id }), close: () => db.close() }
}
