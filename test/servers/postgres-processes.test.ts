/** Twenty processes over one PostgreSQL, whose connections are ended meanwhile, lose nothing. */

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { config, isThere, poolOf, schemaOf } from './postgres.js'

const [processes, times] = [20, 6]
const program = fileURLToPath(new URL('fixtures/share.mjs', import.meta.url))

interface Told {
  readonly puts: string[]
  readonly updates: number
  readonly merges: number
  readonly failed: { readonly puts: number; readonly updates: number; readonly merges: number }
}

/** Runs one process to its end. */
function run(schema: string, who: string): Promise<Told> {
  const args = [program, JSON.stringify(config), schema, who, String(times)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  const out = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      out[name] += text
    })
  }
  return new Promise((resolve, reject) => {
    child.on('close', (code) => {
      if (code === 0) resolve(JSON.parse(out.stdout))
      else reject(new Error(`${who} ended with ${code}: ${out.stderr}`))
    })
  })
}

/** Ends connections of the processes now and then; answers how many it has ended when it is stopped. */
function endConnections(schema: string): () => Promise<number> {
  const admin = poolOf()
  const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = left($1, 63) AND random() < 0.2`
  let ended = 0
  let isStopped = false
  const work = (async () => {
    while (!isStopped) {
      ended += (await admin.query(sql, [schema])).rowCount ?? 0
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  })()
  const stop = async () => {
    isStopped = true
    await work
    return ended
  }
  onTestFinished(async () => void (await stop()))
  return stop
}

describe.runIf(isThere)('on PostgreSQL', () => {
  test('twenty processes that put, update and merge lose nothing while connections are ended', async () => {
    const schema = schemaOf()
    const stop = endConnections(schema)
    const told = await Promise.all(
      Array.from({ length: processes }, (_, who) => run(schema, `process ${who}`))
    )
    expect(await stop()).toBeGreaterThan(processes)
    const db = await createDB<unknown>(postgresStores(poolOf(), { schema })).ready()
    const reached = new Set(await db.refDifference(null, db.head() ?? ''))
    const lost = told.flatMap(({ puts }) => puts).filter((ref) => !reached.has(ref))
    expect(lost).toEqual([])
    const sumOf = (count: (one: Told) => number) => told.reduce((all, one) => all + count(one), 0)
    const failed = (kind: keyof Told['failed']) => sumOf((one) => one.failed[kind])
    const expectBetween = (actual: number, done: number, unknown: number) => {
      expect(actual).toBeGreaterThanOrEqual(done)
      expect(actual).toBeLessThanOrEqual(done + unknown)
    }
    const puts = sumOf((one) => one.puts.length)
    expect(puts + failed('puts')).toBe(processes * times)
    expectBetween(reached.size, puts, failed('puts'))
    const count = (await db.branch('count').get()) as number
    expectBetween(
      count,
      sumOf((one) => one.updates),
      failed('updates')
    )
    const sum = (await db.branch('sum').get()) as { of: object }
    expectBetween(
      Object.keys(sum.of).length,
      sumOf((one) => one.merges),
      failed('merges')
    )
    await db.close()
  }, 240_000)
})
