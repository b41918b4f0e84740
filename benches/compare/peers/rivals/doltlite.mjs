/** DoltLite: a row that is written anew, and `doltCommit`. */

import { join } from 'node:path'
import doltlite from '@dolthub/doltlite'
import { batched } from '../pipeline.mjs'

export const how = 'one row, `doltCommit` for each version'
export const isSlow = true

export function open(path) {
  const db = new doltlite.DatabaseSync(join(path, 'versions.db'))
  db.exec('CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, data TEXT)')
  const upsert = db.prepare(
    'INSERT INTO item VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET data = excluded.data'
  )
  const write = (data, id = 1) => {
    upsert.run(id, JSON.stringify(data))
    return db.doltCommit('a version')
  }
  return {
    put: (all) => batched(all, 1, async ([data]) => [write(data)]),
    // Refs are hexadecimal: what comes from `doltCommit` may stand in the text.
    get: (ref) =>
      JSON.parse(db.prepare(`SELECT data FROM dolt_at_item('${ref}') WHERE id = 1`).get().data),
    head: () => db.doltHashOf('HEAD'),
    close: () => db.close(),
    fork: (each) => fork(db, write, each)
  }
}

function fork(db, write, each) {
  const base = write('base', 2)
  db.doltBranch('side')
  db.doltCheckout('side')
  let side
  for (let number = 0; number < each; number += 1) side = write(number, 3)
  db.doltCheckout('main')
  let main
  for (let number = 0; number < each; number += 1) main = write(number, 4)
  const question = db.prepare('SELECT dolt_merge_base(?, ?) AS base')
  return { base, ask: () => question.get(main, side).base }
}
