/**
 * The main job of this package, as a user would write it: `npm start [-- path/to/a/repository]`.
 *
 * Writes the history of a git repository into a durable database, copies it to a second one, edits
 * both offline, synchronizes and merges them, holds the graph's answers to git's own, draws the top
 * of the history and says what took how long. Exits with 1 if any answer is wrong.
 */

import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDB } from 'histo-revisions'
import { checkMerges, checkPairs } from './main-job/check.mjs'
import { drawGraph } from './main-job/draw.mjs'
import { inspect } from './main-job/git.mjs'
import { comeTogether, copyAll, edit } from './main-job/replicas.mjs'
import { gitSource } from './main-job/source-git.mjs'
import { shippedSource } from './main-job/source-shipped.mjs'
import { printTable } from './main-job/table.mjs'
import { writeHistory } from './main-job/write.mjs'

const fewestCommits = 500 // of this clone; below it the shipped history shows more
const edits = 4 // on each side, offline
const drawn = 24 // revisions

const source = await chooseSource(process.argv[2])
console.log(`source: ${source.title}, ${source.total} revisions`)
const folder = await mkdtemp(join(tmpdir(), 'histo-main-job-'))
try {
  const wrong = await mainJob(source, folder)
  for (const sentence of wrong) console.error(`WRONG: ${sentence}`)
  process.exitCode = wrong.length === 0 ? 0 : 1
  await tellHowToLook(join(folder, 'first'))
} catch (error) {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  throw error
}

/** Keeps the database where the next run does not lose it: in one place, made anew each time. */
async function tellHowToLook(made) {
  const kept = join(tmpdir(), `histo-start-${process.getuid?.() ?? 'mine'}`)
  await rm(kept, { recursive: true, force: true, maxRetries: 3 })
  await rename(made, kept)
  await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  const command = fileURLToPath(new URL('../dist/shell/histo.js', import.meta.url))
  const histo = `node ${relative(process.cwd(), command)}`
  console.log(`\nLook at it:\n  ${histo} log -n 20 --db ${kept}\n  ${histo} help`)
}

/** The repository named, or this clone; the shipped history where that one has too little. */
async function chooseSource(argument) {
  const path = argument && resolve(process.env.INIT_CWD ?? '.', argument)
  const repository = path ?? fileURLToPath(new URL('..', import.meta.url))
  const found = await inspect(repository)
  const few = path === undefined && found.commits < fewestCommits
  if (found.problem === undefined && !few) return gitSource(repository, found)
  console.log(found.problem ?? `this clone has only ${found.commits} commits`)
  return shippedSource()
}

async function mainJob(source, folder) {
  const rows = []
  const path = join(folder, 'first')
  const opened = await createDB({ path, name: 'first' }).ready()
  const history = await writeHistory(opened, source)
  rows.push({ step: 'writing, durable', revisions: history.refOf.size, ms: history.ms })
  const head = await opened.setHead(history.refOf.get(source.head))
  await opened.close()

  const first = await timed(rows, 'opening again', () => createDB({ path }).ready())
  const second = await createDB({ path: join(folder, 'second'), name: 'second' }).ready()
  const wrong = first.head() === head ? [] : ['the head after opening again']
  wrong.push(...(await check(rows, first, source, history)))
  rows.push(await copyAll(first, second))
  rows.push(await edit(first, edits), await edit(second, edits))
  rows.push(await comeTogether(first, second))
  await draw(rows, first)
  await first.close()
  await second.close()
  printTable(rows)
  return wrong
}

async function check(rows, db, source, history) {
  const merges = await timed(rows, 'checking merges', () => checkMerges(db, source, history))
  const start = performance.now()
  const pairs = await checkPairs(db, source, history)
  rows.push({
    step: `checking ${pairs.asked} pairs`,
    ms: performance.now() - start
  })
  rows.push({ step: '  of it, our answers', ms: pairs.ms })
  const wrong = [...merges.wrong, ...pairs.wrong]
  if (pairs.asked === 0) wrong.push('no pair was checked')
  return wrong
}

/** Draws the merge and what came before the edits, so that both lines show where they part. */
async function draw(rows, db) {
  const top = []
  await timed(rows, `reading the newest ${drawn}`, async () => {
    for await (const revision of db.history({ limit: drawn })) top.push(revision)
  })
  console.log()
  drawGraph(top, ({ ref, data }) => `${ref.slice(0, 12)}  ${titleOf(data)}`)
}

function titleOf({ message, number, notes }) {
  const title = message?.split('\n')[0] ?? `revision ${number}`
  return notes === undefined ? title : `${notes.at(-1)} on ${title}`
}

async function timed(rows, step, work) {
  const start = performance.now()
  const result = await work()
  rows.push({ step, ms: performance.now() - start })
  return result
}
