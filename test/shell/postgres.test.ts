/** The command over `postgres://…?prefix=&schema=&database=`. */

import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { config, isThere } from '../servers/postgres.js'
import { folder, histo, lines } from './histo.js'

/** An address with a schema of its own, which goes with the test. */
function address(): string {
  const { connectionString, host, user, database } = config
  const url = new URL(connectionString ?? `postgres://${user}@${host}/${database}`)
  const schema = `shell_${randomUUID().replaceAll('-', '')}`
  url.searchParams.set('schema', schema)
  onTestFinished(async () => {
    const client = new pg.Client(config)
    await client.connect()
    await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await client.end()
  })
  return url.href
}

test.runIf(isThere)(
  'a database on PostgreSQL is written, read, pulled from and pushed to',
  async () => {
    const db = `${address()}&prefix=notes_&database=one`
    const [ref = ''] = await lines(['put', '--db', db, '-m', 'begin', '--author', 'Ann'], {
      input: '{"title":"first"}'
    })
    const [log = ''] = await lines(['log', '--db', db])
    expect(log).toMatch(
      new RegExp(`^●  ${ref.slice(0, 10)} main Ann \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d$`)
    )
    expect(await lines(['log', '--oneline', '--db', db])).toEqual([
      `●  ${ref.slice(0, 10)} main begin`
    ])
    const [shown = ''] = await lines(['show', '--json', '--db', db])
    expect(JSON.parse(shown)).toMatchObject({ ref, meta: { author: 'Ann', message: 'begin' } })
    expect(await lines(['verify', '--db', db])).toEqual([expect.stringContaining('all is well')])
    const other = db.replace('database=one', 'database=two')
    expect((await histo(['cat', 'main', '--db', other])).code).toBe(1)
    await lines(['push', other, '--db', db])
    expect(await lines(['cat', 'main:/title', '--db', other])).toEqual(['"first"'])
  },
  90_000
)

test.runIf(isThere)('verbs that only read, and completion, make no tables', async () => {
  const url = new URL(`${address()}&prefix=notes_`)
  const schema = url.searchParams.get('schema') ?? ''
  expect(await lines(['completion', 'names', '--db', url.href])).toEqual([])
  const { code, err } = await histo(['log', '--db', url.href])
  expect(err).toMatch(/^histo: there is no database in postgres:[^\n]*prefix=notes_[^\n]*\n$/)
  expect(code).toBe(1)
  const client = new pg.Client(config)
  await client.connect()
  const { rows } = await client.query(
    'SELECT FROM information_schema.tables WHERE table_schema = $1',
    [schema]
  )
  await client.end()
  expect(rows).toEqual([])
})

test.runIf(isThere)(
  'stats names the figures that nobody counts on a server in one line',
  async () => {
    const db = address()
    await lines(['put', '--db', db], { input: '1' })
    expect(await lines(['stats', '--db', db])).toEqual([
      'not counted on a server: revisions, branches, remotes, bytes of data, bytes stored, bytes of the file, bytes of memory'
    ])
    expect(await lines(['completion', 'names', '--db', db])).toEqual(['main'])
  }
)

test.runIf(isThere)('verbs that work only over a folder say so', async () => {
  const { code, err } = await histo(['compact', '--db', address()], { cwd: folder() })
  expect([code, err]).toEqual([
    2,
    'histo: histo compact works over a folder, not over PostgreSQL\n'
  ])
})

test('a server that refuses is told by its address, without its password', async () => {
  const place = '127.0.0.1:1/none'
  const url = `postgres://nobody:secret@${place}?password=secret&prefix=a_`
  for (const args of [['branches'], ['put', 'no-such-file'], ['pull', url]]) {
    const db = args[0] === 'pull' ? folder() : url
    const { code, err } = await histo([...args, '--db', db])
    expect(err).toBe(`histo: postgres://nobody@${place}: connect ECONNREFUSED 127.0.0.1:1\n`)
    expect(code).toBe(1)
  }
  const both = await histo(['branches', '--db', 'postgres://nobody@localhost:1/none'])
  expect(both.err).toMatch(/^histo: postgres:\/\/nobody@localhost:1\/none: connect ECONNREFUSED /)
})

test.runIf(isThere)('a database that is not there is told by its address', async () => {
  const url = new URL(address())
  url.pathname = '/no_such_database'
  const { code, err } = await histo(['branches', '--db', url.href])
  url.search = ''
  url.password = ''
  expect(err).toBe(`histo: ${url.href}: database "no_such_database" does not exist\n`)
  expect(code).toBe(1)
})
