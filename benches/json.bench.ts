/**
 * Differences and merges over stored texts, beside `fast-json-patch`, `jsondiffpatch` and `JSON.parse` alone; and
 * who changed a value last.
 */

import assert from 'node:assert/strict'
import fastJsonPatch from 'fast-json-patch'
import { createDB } from 'histo-revisions'
import { applyPatch, diff } from 'histo-revisions/json'
import * as jsondiffpatch from 'jsondiffpatch'
import { folder } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { race, size } from './lib/race.js'

const rounds = size(21, 1)
const turns = size(50, 2)

interface Row {
  id: number
  name: string
  text: string
  tags: string[]
  done: boolean
}
interface Document {
  title: string
  rows: Row[]
}

/** A document of so many rows of some 111 bytes. */
function document(rows: number): Document {
  const row = (id: number): Row => ({
    done: id % 3 === 0,
    id,
    name: `row number ${id}`,
    tags: ['a', `t${id % 7}`],
    text: `some words about it, ${'x'.repeat(14)}`
  })
  return { rows: Array.from({ length: rows }, (_, id) => row(id)), title: 'a document' }
}

function withEdit(given: Document, at = Math.floor(given.rows.length / 2)): Document {
  const rows = given.rows.map((row, index) => (index === at ? { ...row, name: 'edited' } : row))
  return { ...given, rows }
}

function withInsertion(given: Document): Document {
  const at = Math.floor(given.rows.length / 2)
  const row = { ...(given.rows[at] as Row), id: 1_000_000 }
  return { ...given, rows: [...given.rows.slice(0, at), row, ...given.rows.slice(at)] }
}

function withMoves(given: Document): Document {
  const rows = [...given.rows]
  for (let at = 0; at < 10; at += 1) {
    const from = (at * 97 + 11) % rows.length
    rows.splice((at * 389 + 50) % rows.length, 0, ...rows.splice(from, 1))
  }
  return { ...given, rows }
}

const before = document(size(1_000, 100))
const cases: [string, Document][] = [
  ['one edited field', withEdit(before)],
  ['one inserted row', withInsertion(before)],
  ['ten moved rows', withMoves(before)]
]
const differ = jsondiffpatch.create({ objectHash: (row) => String((row as Row).id) })

console.log(machine())
console.log(`document of ${(JSON.stringify(before).length / 1000).toFixed(0)} KB`)
for (const path of [undefined, folder('json')]) {
  const db = await createDB<Document>(path === undefined ? {} : { path }).ready()
  const from = await db.put(before)
  for (const [name, after] of cases) {
    const to = await db.put(after, [from])
    const texts = [before, after].map((data) => JSON.stringify(data)) as [string, string]
    const patch = await db.diff(from, to)
    assert.deepEqual(applyPatch(before, patch), after)
    const rival = fastJsonPatch.compare(before, after)
    const bytes = (value: unknown) => JSON.stringify(value).length
    console.log(
      `\n${name}: ${patch.length} operations, ${bytes(patch)} bytes; fast-json-patch ${rival.length}, ${bytes(rival)}; jsondiffpatch ${bytes(differ.diff(before, after))}`
    )
    const times = async (call: () => unknown) => {
      for (let turn = 0; turn < turns; turn += 1) await call()
    }
    const parsed = () => texts.map((text): Document => JSON.parse(text)) as [Document, Document]
    await race({
      question: `${name}, ${path === undefined ? 'in memory' : 'on a path'}`,
      unit: 'diff',
      units: turns,
      rounds,
      ours: { name: 'db.diff', run: () => times(() => db.diff(from, to)) },
      others: [
        { name: 'diff of values', run: () => times(() => diff(before, after)) },
        { name: 'JSON.parse of both texts alone', run: () => times(parsed) },
        {
          name: 'JSON.parse and fast-json-patch',
          run: () => times(() => fastJsonPatch.compare(...parsed()))
        },
        { name: 'JSON.parse and jsondiffpatch', run: () => times(() => differ.diff(...parsed())) }
      ]
    })
  }
  await db.close()
}

/** Two edits of a large document, merged by `merge`: a new head each time. */
async function mergeLarge(): Promise<void> {
  const db = await createDB<Document>().ready()
  const large = document(size(90_000, 1_000))
  const megabytes = JSON.stringify(large).length / 1e6
  const base = await db.put(large)
  const theirs = await db.put(withEdit(large, 10), [base])
  const ours = await db.put(withEdit(large, Math.floor(large.rows.length * 0.9)), [base])
  await race({
    question: `a merge of two edits of ${megabytes.toFixed(1)} MB, written as a revision`,
    unit: 'merge',
    units: 1,
    rounds: size(11, 1),
    ours: {
      name: "db.merge(theirs, 'json')",
      before: () => db.setHead(ours),
      run: () => db.merge(theirs, 'json')
    },
    others: [
      {
        name: 'the same text put',
        before: () => db.setHead(ours),
        run: () => db.put(large, [ours, theirs])
      }
    ]
  })
  await db.close()
}

async function lastChange(revisions: number, bytes: number): Promise<void> {
  const db = await createDB<unknown>({ path: folder('changes') }).ready()
  const text = 'x'.repeat(bytes)
  for (let first = 0; first < revisions; first += 1_000) {
    const item = (n: number) => ({ data: { field: n < 10 ? n : 10, n, text: `${text}${n}` } })
    await db.putMany(Array.from({ length: 1_000 }, (_, at) => item(first + at)))
  }
  const ask = async () => {
    for await (const change of db.changes('/field', { limit: 1 })) return change
    return undefined
  }
  assert.equal((await ask())?.after, 10)
  await race({
    question: `the last change of a field over ${revisions} revisions of ${bytes} bytes`,
    unit: 'question',
    units: 1,
    rounds: size(7, 1),
    ours: { name: 'db.changes, limit 1', run: ask },
    others: [
      {
        name: 'db.history, every body parsed',
        run: async () => {
          let count = 0
          for await (const _revision of db.history()) count += 1
          return count
        }
      }
    ]
  })
  await db.close()
}

await mergeLarge()
await lastChange(size(20_000, 1_000), 5_000)
await lastChange(size(100_000, 1_000), 2_000)
