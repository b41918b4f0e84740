/** Many branches in one exchange, from and to PostgreSQL. */

import { expect, onTestFinished, test } from 'vitest'
import { createDB, createSynchronizer, type DB } from '../../ts/index.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { inProcess, openToAll } from '../http/servers.js'
import { poolOf, schemaOf } from './postgres.js'

const many = 300

async function open(name: string): Promise<DB<number>> {
  const db = createDB<number>({ name, ...postgresStores(poolOf(), { schema: schemaOf() }) })
  onTestFinished(() => db.close())
  return await db.ready()
}

const overHttp = (db: DB<number>) => inProcess(db, { ...openToAll, branches: true })

const documents = Array.from({ length: many }, (_, n) => `doc/${n}`)

test('branches are copied to PostgreSQL and from there to another database, in one run each', async () => {
  const source = createDB<number>({ name: 'source' })
  for (const version of [1, 2]) {
    await source.batch(
      documents.map((branch, n) => ({ type: 'put', branch, data: n * 10 + version }) as const)
    )
  }
  const server = await open('server')
  const { revisions, heads } = await createSynchronizer(source, server, { branches: true }).run()
  expect([revisions, Object.keys(heads ?? {}).length]).toEqual([2 * many, many])
  expect(await server.remotes()).toEqual(
    Object.assign(
      Object.create(null),
      Object.fromEntries(Object.entries(heads ?? {}).map(([name, ref]) => [`source/${name}`, ref]))
    )
  )
  await server.pull(source, { branches: true })
  expect(await server.branches()).toEqual(await source.branches())
  const laptop = createDB<number>({ name: 'laptop' })
  const pulled = await laptop.pull(server, { branches: 'doc/' })
  expect([pulled.revisions, Object.keys(pulled.failed)]).toEqual([2 * many, []])
  await laptop.branch('doc/7').put(700)
  await server.branch('doc/8').put(800)
  expect((await laptop.pull(server, { branches: true })).revisions).toBe(1)
  const pushed = await laptop.push(server, { branches: true })
  expect([pushed.branches['doc/7']?.kind, Object.keys(pushed.failed)]).toEqual(['fast-forward', []])
  expect(await server.branches()).toEqual(await laptop.branches())
})

test('a branch that was deleted on PostgreSQL is pruned, since its log says so', async () => {
  const [server, target] = [await open('server'), createDB<number>()]
  for (const name of ['a', 'b']) await server.branch(name).put(1)
  const options = { branches: true, prune: true } as const
  await target.pull(server, options)
  await server.deleteBranch('a')
  const { deleted, branches } = await target.pull(server, options)
  expect([deleted, branches['a']?.kind]).toEqual([['a'], 'deleted'])
  expect(Object.keys(await target.branches())).toEqual(['b'])
})

test('what another database of that name deleted in PostgreSQL is not pruned; what moved on before is', async () => {
  const [server, other, target] = [await open('server'), await open('server'), createDB<number>()]
  for (const name of ['a', 'b']) await server.branch(name).put(1)
  const options = { branches: true, prune: true } as const
  await target.pull(server, options)
  for (const value of [2, 3]) await other.branch('a').put(value)
  await other.branch('b').put(4)
  await other.deleteBranch('a')
  expect((await target.pull(other, options)).deleted).toEqual([])
  expect((await target.pull(overHttp(other), options)).deleted).toEqual([])
  await server.branch('a').put(5)
  await server.deleteBranch('a')
  expect((await target.pull(overHttp(server), options)).deleted).toEqual(['a'])
  await server.branch('a').undo()
  await target.pull(server, options)
  await server.branch('a').put(6)
  await server.deleteBranch('a')
  expect((await target.pull(server, options)).deleted).toEqual(['a'])
  expect(Object.keys(await target.branches())).toEqual(['b'])
})
