/** Databases of different kinds give each other their histories: the same refs, the same answers. */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MemoryLevel } from 'memory-level'
import { describe, expect, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { root } from '../support/project.js'
import { config, drop, isThere, poolOf, schemaOf } from './postgres.js'

const kinds: readonly (readonly [string, (name: string) => DB<string>])[] = [
  ['an embedded one', (name) => createDB<string>({ name })],
  ['a level', (name) => createDB<string>({ ...levelStores(new MemoryLevel()), name })],
  ['PostgreSQL', (name) => createDB({ ...postgresStores(poolOf(), { schema: schemaOf() }), name })]
]

describe.runIf(isThere)('synchronizing', () => {
  test.each(
    kinds.flatMap(([from, one]) => kinds.map(([to, other]) => [from, to, one, other] as const))
  )('%s and %s come to the same', async (_from, _to, openOne, openOther) => {
    const [one, other] = [openOne('one'), openOther('other')]
    const base = await one.put('base')
    await createSynchronizer(one, other).run()
    await other.setHead(base)
    await one.putMany([{ data: 'a' }, { data: 'b' }])
    await other.putMany([{ data: 'c' }, { data: 'd' }])
    const resolve = ({ ours, theirs }: { ours: string; theirs: string }) =>
      [ours, theirs].sort().join()
    await other.push(one, { resolve })
    await one.pull(other, { resolve })
    expect(await one.get()).toBe('b,d')
    expect(one.head()).toBe(other.head())
    const all = await one.refDifference(null, one.head() ?? '')
    expect((await other.refDifference(null, other.head() ?? '')).toSorted()).toEqual(all.toSorted())
    expect(await other.getMany(all)).toEqual(await one.getMany(all))
    const [left = '', right = ''] = await one.ancestors(one.head() ?? '')
    expect(await other.mergeBases(left, right)).toEqual([base])
    await one.close()
    await other.close()
  })

  test('the example of a laptop and a server on PostgreSQL runs', async () => {
    const schema = schemaOf().replaceAll(/[^\w]/g, '_')
    const pool = poolOf()
    await pool.query(`CREATE SCHEMA ${schema}`)
    const env = {
      ...process.env,
      PGHOST: config.host,
      PGUSER: String(config.user),
      PGDATABASE: config.database,
      PGOPTIONS: `-c search_path=${schema}`
    }
    const program = join(root, 'examples', 'postgres.mjs')
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program], {
      cwd: root,
      env
    })
    await drop(schema)
    expect(stderr).toBe('')
    expect(stdout).toContain("[ 'apples', 'bread', 'milk' ]")
  })
})
