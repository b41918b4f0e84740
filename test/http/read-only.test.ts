/**
 * A handler over a database that is open for reading only: it serves reads, refuses writes, and reveals no path.
 *
 * Checked to fail: before `refusals.ts` knew of it a push was refused as too large, with the path of the server.
 */

import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { createSynchronizer } from '../../ts/index.js'
import { failureOf, folder } from '../contract/places.js'
import { createDB, inProcess, line } from './servers.js'

const denied = { code: 'HISTO_DENIED', message: expect.not.stringContaining(tmpdir()) }

test('a read-only server can be pulled from, and accepts nothing', async () => {
  const path = folder()
  const made = createDB<unknown>({ path, name: 'server' })
  const [first = ''] = await line(made, 3)
  await made.close()
  await using server = createDB<unknown>({ path, readOnly: true })
  const remote = inProcess(server, { heads: 'fast-forward', authorize: () => true })
  await using client = createDB<unknown>({ name: 'client' })
  expect(await client.pull(remote, { resolve: () => 'none' })).toMatchObject({ revisions: 3 })
  await line(client, 2, 'ours')
  expect(await failureOf(createSynchronizer(client, remote).run())).toMatchObject(denied)
  expect(await failureOf(client.push(remote))).toMatchObject(denied)
  const back = remote.setHead(first, server.head() ?? '')
  expect(await failureOf(back)).toMatchObject(denied)
  expect(await server.remotes()).toEqual({})
})

test('live with such a target ends at once, since a retry is useless', async () => {
  const path = folder()
  const made = createDB<unknown>({ path })
  await line(made, 1)
  await made.close()
  await using db = createDB<unknown>({ path, readOnly: true })
  await using source = createDB<unknown>({ name: 'source' })
  await line(source, 1, 'theirs')
  const kept = createSynchronizer(source, db).live()
  expect(await failureOf(kept)).toMatchObject({ code: 'HISTO_DENIED' })
})
