/**
 * A history without its data beside the refs alone: `history({ data: false })` and `refDifference` of the same revisions of
 * 5 KB, on disk, each a small edit of the one before; without metas, and with a meta of three members each.
 *
 * The first of each is told apart: what is read for the first time is not in the processor's caches, and V8 has not
 * compiled what reads it.
 */

import assert from 'node:assert/strict'
import { createDB, type DB } from 'histo-revisions'
import { folder } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { race, report, size } from './lib/race.js'

const revisions = size(100_000, 1000)
const batch = 500
const rounds = size(15, 1)
const times = 3
const textBytes = 5000

interface Page {
  readonly number: number
  readonly body: string
}

/** The state of a number: one word of the text is another one than before. */
function page(number: number): Page {
  const words = Array.from({ length: textBytes / 10 }, (_, place) => {
    const last = number - ((number - place + revisions) % (textBytes / 10))
    return `w${Math.max(last, 0).toString().padStart(8, '0')} `
  })
  return { number, body: words.join('') }
}

function meta(number: number): Record<string, string> {
  const time = new Date(1_700_000_000_000 + number * 1000).toISOString()
  return { author: 'Ada', message: `edit ${number}`, time }
}

async function make(name: string, withMeta: boolean): Promise<DB<Page>> {
  const db = await createDB<Page>({ path: folder(name), durability: 'relaxed' }).ready()
  for (let first = 0; first < revisions; first += batch) {
    const items = Array.from({ length: Math.min(batch, revisions - first) }, (_, at) => {
      const data = page(first + at)
      return withMeta ? { data, meta: meta(first + at) } : { data }
    })
    await db.putMany(items)
  }
  return db
}

async function headers(db: DB<Page>): Promise<void> {
  let count = 0
  for await (const { ref } of db.history({ data: false })) if (ref.length > 0) count += 1
  assert.equal(count, revisions)
}

async function refs(db: DB<Page>): Promise<void> {
  const all = await db.refDifference(null, db.head() ?? '')
  assert.equal(all.length, revisions)
}

async function timeOf(run: () => Promise<void>): Promise<number> {
  const start = performance.now()
  await run()
  return performance.now() - start
}

console.log(machine())
for (const withMeta of [false, true]) {
  const db = await make(`history-${withMeta}`, withMeta)
  const [difference, history] = [await timeOf(() => refs(db)), await timeOf(() => headers(db))]
  const what = withMeta ? 'with a meta each' : 'without metas'
  console.log(`\n${revisions} revisions of 5 KB ${what}, for the first time`)
  report('refDifference', difference, 'ms')
  report('history({ data: false })', history, 'ms', withMeta ? undefined : difference * times)
  const beside = { name: 'refDifference', run: () => refs(db) }
  await race({
    question: `history of ${revisions} revisions of 5 KB ${what}, warm`,
    unit: 'revision',
    units: revisions,
    rounds,
    ours: { name: 'history({ data: false })', run: () => headers(db) },
    others: [beside],
    ...(withMeta ? {} : { targets: { [beside.name]: 1 / times } })
  })
  await db.close()
}
