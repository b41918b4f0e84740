/**
 * `npm run bench:compare [-- --quick]`: questions to the graph over a user's store that was
 * opened anew, against the npm modules of 2013, `graph-difference` and `ancestor`, which walk over the
 * same callbacks of the same store.
 *
 * Ours is held to git's answers, and the modules to ours. Times, of the processor, are of the pairs about
 * which a module is right; how often it is wrong, or not there in time, is counted. Of three times that
 * ours and a right module are asked the fastest counts.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import findAncestor from 'ancestor'
import graphDifference from 'graph-difference'
import { item } from '../../target/benches/lib/data.js'
import { createDB } from '../../target/benches/lib/database.js'
import { machine } from '../../target/benches/lib/machine.js'
import { figure, quick } from '../../target/benches/lib/race.js'

const target = 20
/** A question of a module that takes longer has no answer: on a line, elsewhere. In ms. */
const [linePatience, patience] = quick ? [1_000, 1_000] : [120_000, 10_000]
const linear = quick ? 2_000 : 100_000
const distances = quick ? [10, 1_000] : [100, 1_000, 10_000, 99_999]
const pairsOfAKind = quick ? 1 : 3

/** A store that calls back before it returns, full of a history: the parents of each as numbers. */
async function filled(parents) {
  const [texts, values] = [new Map(), new Map()]
  let next = 0
  const revisionStore = {
    put(text, callback) {
      const id = `r${next++}`
      texts.set(id, text)
      callback(null, id)
    },
    get: (id, callback) => callback(null, texts.get(id)),
    del: (id, callback) => callback(null, texts.delete(id))
  }
  const branchStore = {
    put: (key, value, callback) => callback(null, void values.set(key, value)),
    get: (key, callback) => callback(null, values.get(key)),
    del: (key, callback) => callback(null, void values.delete(key))
  }
  const stores = { revisionStore, branchStore }
  const db = createDB(stores)
  for (const [number, above] of parents.entries()) {
    const ancestors = above.map((parent) => `r${parent}`)
    await db.put(item(number), ancestors, { moveHead: false })
  }
  await db.close()
  return stores
}

/** Milliseconds of the processor, which other work on the machine does not add to, and the answer. */
async function timed(ask) {
  const start = process.cpuUsage()
  const answer = await ask()
  const { user, system } = process.cpuUsage(start)
  return { time: (user + system) / 1000, answer }
}

/** The least of `first` and of two more times, where these are short. */
async function fastest(first, measure) {
  if (first > 1_000) return first
  return Math.min(first, await measure(), await measure())
}

/** Asks a module, with the ancestors of a ref read from the store; `undefined` if it takes too long. */
function askModule({ revisionStore }, allowed, ask) {
  return new Promise((resolve, reject) => {
    const deadline = performance.now() + allowed
    const readParents = (id, callback) => {
      if (performance.now() > deadline) return resolve(undefined)
      revisionStore.get(id, (error, text) => {
        // Never at once: the modules recurse for each revision.
        if (text === undefined) process.nextTick(callback, error ?? new Error('not there'))
        else process.nextTick(callback, null, JSON.parse(text).ancestors)
      })
    }
    ask(readParents, (error, answer) => (error ? reject(error) : resolve({ answer })))
  })
}

/** Ours and a module about some pairs; prints a row. */
async function compare(title, { stores, pairs, allowed }, { ours, module, agrees, check }) {
  const sums = { ours: 0, module: 0, right: 0, wrong: 0, late: 0, longest: 0 }
  for (const pair of pairs) {
    const db = await createDB(stores).ready()
    const ask = () => askModule(stores, allowed, (read, callback) => module(pair, read, callback))
    const mine = await timed(() => ours(db, pair))
    await check?.(db, pair, mine.answer)
    const theirs = await timed(() => ask().catch((error) => ({ error })))
    if (theirs.answer === undefined) {
      sums.late += 1
      sums.longest = Math.max(sums.longest, mine.time)
    } else if (await agrees(db, pair, mine.answer, theirs.answer.answer)) {
      sums.right += 1
      sums.ours += await fastest(mine.time, async () => {
        const again = await createDB(stores).ready()
        const { time } = await timed(() => ours(again, pair))
        await again.close()
        return time
      })
      sums.module += await fastest(theirs.time, async () => (await timed(ask)).time)
    } else sums.wrong += 1
    await db.close()
  }
  const { right, wrong, late } = sums
  const ratio = sums.module / sums.ours
  const verdict = quick || right === 0 ? '' : ratio >= target ? 'met' : 'MISSED'
  const each = (sum) => (right === 0 ? '-' : figure(sum / right)).padStart(8)
  const times = `${each(sums.ours)} ${each(sums.module)}`
  const longest = late === 0 ? '' : ` (ours at most ${figure(sums.longest)})`
  const counts = `${right} right, ${wrong} wrong, ${late} late${longest}`
  console.log(
    `  ${title.padEnd(34)} ${times}  ${right === 0 ? '     -' : figure(ratio).padStart(6)}  ${verdict.padEnd(7)}${counts}`
  )
}

const difference = {
  ours: (db, { from, to }) => db.refDifference(from, to),
  module: ({ from, to }, read, callback) => graphDifference(from, to, read, callback),
  agrees: (_db, _pair, mine, theirs) =>
    theirs?.length === mine.length && new Set([...mine, ...theirs]).size === mine.length
}
const ancestor = {
  ours: (db, { from, to }) => db.commonAncestor(from, to),
  module: ({ from, to }, read, callback) => findAncestor([from, to], read, callback),
  agrees: async (db, { from, to }, mine, theirs) =>
    theirs ? (await db.mergeBases(from, to)).includes(theirs) : mine === null
}

async function both(title, asked) {
  const count = (_db, pair, answer) => assert.equal(answer.length, pair.count)
  const bases = async (db, { from, to, bases }) =>
    assert.deepEqual(await db.mergeBases(from, to), bases.toSorted())
  await compare(`difference, ${title}`, asked, { ...difference, check: count })
  await compare(`common ancestor, ${title}`, asked, { ...ancestor, check: bases })
}

function recorded(name) {
  const read = (file) =>
    readFileSync(new URL(`../../test/histories/${file}`, import.meta.url), 'utf8')
  const lines = read(`${name}.dag`).split('\n').slice(0, -1)
  const parents = lines.map((line) => (line === '' ? [] : line.split(' ').map(Number)))
  return { parents, queries: JSON.parse(read(`${name}.queries.json`)) }
}

console.log(machine())
console.log('ms of the processor a question: ours, the module, how many times as fast')
const line = await filled(Array.from({ length: linear }, (_, n) => (n === 0 ? [] : [n - 1])))
for (const distance of distances) {
  const [from, to] = [`r${linear - 1 - distance}`, `r${linear - 1}`]
  const pairs = [{ from, to, count: distance, bases: [from] }]
  await both(`a line, ${distance} apart`, { stores: line, pairs, allowed: linePatience })
}
for (const name of ['irmin', 'jj']) {
  const { parents, queries } = recorded(name)
  const stores = await filled(parents)
  for (const kind of new Set(queries.map((query) => query.kind))) {
    const pairs = queries
      .filter((query) => query.kind === kind)
      .slice(0, pairsOfAKind)
      .map(({ from, to, mergeBases, differenceCount }) => ({
        from: `r${from}`,
        to: `r${to}`,
        count: differenceCount,
        bases: mergeBases.map((base) => `r${base}`)
      }))
    await both(`${name}, ${kind}`, { stores, pairs, allowed: patience })
  }
}
