/** Small databases of all kinds, each closed, with the refs that were put. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDB } from '../../../dist/index.js'

const text = (n) => `revision ${n}`
const large = (n) => `${n} `.repeat(1500 + n * 40)

/** Puts each by itself, so that pages are freed and used again. */
async function putEach(db, count, data) {
  const refs = []
  for (let n = 0; n < count; n += 1) refs.push(await db.put(data(n)))
  return refs
}

const kinds = {
  empty: async () => [],
  one: async (db) => [await db.put('one')],
  free: (db) => putEach(db, 120, text),
  overflow: (db) => putEach(db, 20, (n) => (n % 2 === 0 ? large(n) : text(n))),
  async heads(db) {
    const refs = await putEach(db, 20, text)
    for (let n = 0; n < 60; n += 1) await db.setRemoteHead(`remote ${n}`, refs[n % 20])
    for (const n of [3, 7, 11]) await db.branch(`branch ${n}`).setHead(refs[n])
    return refs
  },
  async deletions(db) {
    const refs = await putEach(db, 40, text)
    for (const n of [5, 17, 30]) await db.erase(refs[n])
    await db.putMany(
      Array.from({ length: 30 }, (_, n) => ({ data: `side ${n}`, ancestors: [refs[2]] })),
      { moveHead: false }
    )
    await db.prune({ grace: 0 })
    await db.prune({ grace: 0 })
    return refs.filter((_, n) => ![5, 17, 30].includes(n))
  },
  /** Records of metas, small and on pages of their own, and of an erased revision that keeps its own. */
  async metas(db) {
    const refs = []
    for (let n = 0; n < 30; n += 1) {
      const meta = { by: 'somebody '.repeat(n % 10 === 0 ? 600 : 2), n }
      refs.push(await db.put(text(n), n % 3 === 2 ? {} : { meta }))
    }
    await db.erase(refs[6])
    return refs.filter((_, n) => n !== 6)
  },
  /** Chains of changes with snapshots, and lists of changes that are compressed. */
  async changes(db) {
    const rows = Array.from({ length: 300 }, (_, id) => ({ id, name: `row ${(id * 7919) % 1000}` }))
    const refs = []
    for (let n = 0; n < 80; n += 1) {
      rows[(n * 37) % rows.length].name = n % 9 === 0 ? `long ${n} `.repeat(90) : `changed ${n}`
      refs.push(await db.put(rows))
    }
    return refs
  },
  /** The log of all kinds of moves over some branches. */
  async moves(db) {
    const refs = await putEach(db, 10, text)
    for (let n = 0; n < 40; n += 1) {
      const branch = db.branch(`branch ${n % 7}`)
      refs.push(await branch.put(`of branch ${n}`))
      if (n % 5 === 4) await branch.undo()
      if (n % 10 === 9) await branch.redo()
    }
    await db.batch([0, 1, 2].map((n) => ({ type: 'setHead', branch: `branch ${n}`, ref: refs[n] })))
    await db.deleteBranch('branch 3')
    return refs
  },
  async deep(db) {
    const items = Array.from({ length: 9000 }, (_, n) => ({ data: n }))
    const refs = await db.putMany(items)
    refs.push(...(await putEach(db, 5, text)))
    return refs
  }
}

export const kindsOfDatabases = Object.keys(kinds)

/** Makes a database of a kind in `folder`; its file and some hundred of its refs. */
export async function make(kind, folder) {
  const path = join(folder, kind)
  const db = await createDB({ path, name: 'campaign', durability: 'relaxed' }).ready()
  const all = await kinds[kind](db)
  await db.close()
  const step = Math.ceil(all.length / 150)
  const refs = all.filter((_, n) => n % step === 0 || n === all.length - 1)
  return { kind, bytes: readFileSync(join(path, 'data.mdb')), refs }
}
