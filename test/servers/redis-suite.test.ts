/** The conformance suite over the stores on Redis that the guide shows, and twenty that share one database. */

import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type BranchStore, createDB, type RevisionStore, refOf } from '../../ts/index.js'
import { testStores } from '../../ts/store-suite-entry.js'
import { blocksOf } from '../support/project.js'
import { isThere, url } from './redis.js'

const open = () => createClient({ url }).connect()
type Client = Awaited<ReturnType<typeof open>>
type RedisStores = (
  redis: Client,
  name: string
) => { revisionStore: RevisionStore; branchStore: BranchStore }

/** The function of the guide's block, as it stands there: TypeScript, so that it is imported. */
async function shown(): Promise<RedisStores> {
  const shown = 'function redisStores('
  const block = blocksOf('docs/guide/stores.md').find(({ text }) => text.includes(shown))
  const text = /function redisStores[\s\S]*?\n}\n/.exec(block?.text ?? '')?.[0]
  if (text === undefined) throw new Error('the guide shows no redisStores')
  const folder = mkdtempSync(join(tmpdir(), 'histo-redis-'))
  try {
    const file = join(folder, 'redis-stores.ts')
    writeFileSync(file, `export const over = (refOf: unknown) => {\n${text}\nreturn redisStores }`)
    return (await import(file)).over(refOf)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const redisStores = await shown()
const clients: Client[] = []
const names: string[] = []

function nameOf(): string {
  const name = `histo test ${randomUUID()}`
  names.push(name)
  return name
}

beforeAll(async () => {
  if (!isThere) return
  for (let n = 0; n < 2; n += 1) clients.push(await open())
})

afterAll(async () => {
  for (const name of names) await clients[0]?.del([`${name}:texts`, `${name}:heads`])
  for (const client of clients) await client.close()
})

describe.runIf(isThere)('the stores of the guide', () => {
  testStores({
    test,
    open: () => {
      const name = nameOf()
      const [one, other] = clients as [Client, Client]
      return { ...redisStores(one, name), again: () => redisStores(other, name) }
    },
    supports: { idOf: true, putMany: true, getMany: true, compareAndSwap: true, branchKeys: true }
  })

  test('twenty databases over one Redis count together', async () => {
    const name = nameOf()
    const databases = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        createDB<number>(redisStores(clients[n % 2] as Client, name)).ready()
      )
    )
    await Promise.all(
      databases.flatMap((db) => [1, 2, 3].map(() => db.update((number = 0) => number + 1)))
    )
    expect(await databases[0]?.get()).toBe(60)
    for (const db of databases) await db.close()
  })
})
