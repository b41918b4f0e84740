/** Many clients that edit offline and meet at one server. */

import { expect, test } from 'vitest'
import { createDB as createDatabase, type MergeInput } from '../../ts/index.js'
import { folder, opened } from '../contract/places.js'
import { connect, serve } from './servers.js'

type Words = string[]

const union = ({ ours, theirs }: MergeInput<Words>) => [...new Set([...ours, ...theirs])].toSorted()

test('fifty clients that edit offline and synchronize at random end with one head that has every edit', async () => {
  const server = await opened<Words>({ name: 'server', path: folder() })
  await server.put([])
  const url = await serve(server)
  const clients = Array.from({ length: 50 }, (_, number) => ({
    db: createDatabase<Words>({ name: `client ${number}` }),
    remote: connect<Words>(url)
  }))
  const edits: string[] = []
  await Promise.all(
    clients.map(async ({ db, remote }) => {
      await db.pull(remote, { resolve: union })
      for (let round = 0; round < 3; round += 1) {
        for (let edit = 0; edit < 1 + Math.floor(Math.random() * 3); edit += 1) {
          const word = `${db.name}, ${round}, ${edit}`
          edits.push(word)
          await db.update((words) => [...(words ?? []), word])
        }
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 50))
        if (Math.random() < 0.5) await db.pull(remote, { resolve: union })
        await db.push(remote, { resolve: union })
      }
    })
  )
  expect(new Set(await server.get())).toEqual(new Set(edits))
  const heads = clients.map(async ({ db, remote }) => {
    await db.pull(remote, { resolve: union })
    return db.head()
  })
  expect(new Set(await Promise.all(heads))).toEqual(new Set([server.head()]))
}, 300_000)
