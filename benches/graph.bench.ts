/**
 * Walks over the recorded histories in `test/histories`, through the whole API, against the floor:
 * a plain walk in Rust over arrays (`crates/core/benches/walks.rs`), 5 us for the boundary, and
 * 250 ns for each ref that is answered.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDB, type DB } from 'histo-revisions'
import { top } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { type Contender, figure, quick, race, size } from './lib/race.js'

const histories = ['irmin', 'jj']
const kinds = ['merge', 'random', 'tips', 'old-new']
const rounds = size(15, 1)
const boundaryMicroseconds = 5
const refMicroseconds = 0.25
/** At most so many times the plain walk. */
const timesAllowed = 2

interface Query {
  readonly kind: string
  readonly from: number
  readonly to: number
  readonly mergeBases: readonly number[]
  readonly differenceCount: number
}

interface Pair {
  readonly query: Query
  readonly from: string
  readonly to: string
}

/** Nanoseconds a query of the plain walk, by `<history> <kind> <what>`; none where it runs quickly. */
function floors(): Map<string, number> {
  if (quick) return new Map()
  const args = ['bench', '--quiet', '-p', 'histo-core', '--bench', 'walks', '--', 'recorded']
  const output = execFileSync('cargo', args, { cwd: top, encoding: 'utf8' })
  const line = /^((?:irmin|jj) \S+ \S+)\s+\d+\s+\d+\s+(\d+)/gm
  return new Map([...output.matchAll(line)].map(([, name = '', floor]) => [name, Number(floor)]))
}

const file = (name: string) => readFileSync(join(top, 'test', 'histories', name), 'utf8')

/** Writes a history; the refs by the numbers of its lines. */
async function write(db: DB<number>, name: string): Promise<string[]> {
  const lines = file(`${name}.dag`).split('\n').slice(0, -1)
  const refs: string[] = []
  for (const [number, line] of lines.entries()) {
    const parents = line.split(' ').filter((parent) => parent !== '')
    const ancestors = parents.map((parent) => refs[Number(parent)] as string)
    refs.push(await db.put(number, ancestors))
  }
  return refs
}

async function check(db: DB<number>, refs: readonly string[], pairs: readonly Pair[]) {
  assert(pairs.length > 0)
  for (const { query, from, to } of pairs) {
    const bases = query.mergeBases.map((number) => refs[number] as string).sort()
    assert.equal(await db.commonAncestor(from, to), bases[0] ?? null)
    assert.equal((await db.refDifference(from, to)).length, query.differenceCount)
  }
}

/** Median microseconds of a call over all pairs. */
async function timeOf(question: string, pairs: readonly Pair[], ours: Contender): Promise<number> {
  const asked = { question, unit: 'query', units: pairs.length, rounds, ours, others: [] }
  return (await race(asked)).get(ours.name)?.median ?? Number.NaN
}

function judge(
  name: string,
  time: number,
  answered: number,
  floors: ReadonlyMap<string, number>
): void {
  if (quick) return
  const floor = floors.get(name)
  assert(floor !== undefined, `the Rust bench has no line for ${name}`)
  const walk = floor / 1000
  const allowed = timesAllowed * walk + boundaryMicroseconds + refMicroseconds * answered
  const parts = `${figure(walk)} walk, ${figure(answered)} refs`
  const verdict = time <= allowed ? 'met' : 'MISSED'
  console.log(`  ${name.padEnd(44)} at most ${figure(allowed)} us a query (${parts}): ${verdict}`)
}

async function measure(history: string, floor: ReadonlyMap<string, number>): Promise<void> {
  const db = createDB<number>()
  const refs = await write(db, history)
  const queries: Query[] = JSON.parse(file(`${history}.queries.json`))
  for (const kind of kinds) {
    const own = queries.filter((query) => query.kind === kind)
    const pairs = own.map((query) => {
      return { query, from: refs[query.from] as string, to: refs[query.to] as string }
    })
    await check(db, refs, pairs)
    const title = `${history}, ${kind}, ${pairs.length} queries`
    const bases = await timeOf(title, pairs, {
      name: 'commonAncestor',
      run: async () => {
        for (const { from, to } of pairs) await db.commonAncestor(from, to)
      }
    })
    judge(`${history} ${kind} bases`, bases, 1, floor)
    const difference = await timeOf(title, pairs, {
      name: 'refDifference',
      run: async () => {
        for (const { from, to } of pairs) await db.refDifference(from, to)
      }
    })
    const answered = own.reduce((sum, query) => sum + query.differenceCount, 0) / own.length
    judge(`${history} ${kind} difference`, difference, answered, floor)
  }
  await db.close()
}

console.log(machine())
const floor = floors()
for (const history of histories) await measure(history, floor)
