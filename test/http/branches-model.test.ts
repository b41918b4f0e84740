/** Random edits on two laptops and a server, pulls and pushes of many branches between, beside a plain model of documents. */

import { expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { randoms } from '../support/randoms.js'
import { inProcess, kinds, openToAll } from './servers.js'

type Doc = Record<string, number>

/** Every edit adds a member of its own, so that a document in the end has those of all edits. */
const edit = (db: DB<Doc>, branch: string, step: number) =>
  db.branch(branch).update((doc) => ({ ...doc, [`step ${step}`]: 1 }))

const documentsOf = async (db: DB<Doc>) => {
  const documents: Record<string, Doc> = {}
  for (const [name, ref] of Object.entries(await db.branches())) documents[name] = await db.get(ref)
  return documents
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'all edits are everywhere in the end, whatever pulled and pushed between (%d)',
  async (seed) => {
    const random = randoms(seed)
    const kind = kinds[seed % kinds.length] ?? expect.fail()
    const server = (await kind[1]('server')) as DB<Doc>
    const laptops = ['anna', 'ben'].map((name) => createDB<Doc>({ name }))
    const remotes = laptops.map(() => inProcess(server, { ...openToAll, branches: true }))
    const model: Record<string, Doc> = {}
    const all = { branches: true, resolve: 'json' } as const
    for (let step = 0; step < 60; step += 1) {
      const who = random(3)
      const laptop = laptops[who]
      const remote = remotes[who]
      const what = random(10)
      if (laptop === undefined || remote === undefined || what < 6) {
        const name = `${['doc', 'note'][random(2)]}/${random(90)}`
        await edit(laptop ?? server, name, step)
        model[name] = { ...model[name], [`step ${step}`]: 1 }
      } else if (what === 6) {
        await laptop.pull(remote, { ...all, branches: 'doc/' })
      } else if (what === 7) {
        await laptop.pull(remote, all)
      } else {
        const { failed } = await laptop.push(
          remote,
          what === 8 ? all : { ...all, branches: 'note/' }
        )
        expect({ ...failed }).toEqual({})
      }
    }
    for (const round of [0, 1]) {
      for (const [who, laptop] of laptops.entries()) {
        const remote = remotes[who] ?? expect.fail()
        const { failed } = await laptop.push(remote, all)
        expect([round, { ...failed }]).toEqual([round, {}])
        await laptop.pull(remote, all)
      }
    }
    expect(await documentsOf(server)).toEqual(model)
    for (const laptop of laptops) expect(await documentsOf(laptop)).toEqual(model)
    for (const [who, laptop] of laptops.entries()) {
      const again = await laptop.pull(remotes[who] ?? expect.fail(), all)
      expect([again.revisions, Object.keys(again.branches)]).toEqual([0, []])
    }
  }
)

test('a run can continue after a connection broke at any byte', async () => {
  const server = createDB<Doc>({ name: 'server' })
  for (let n = 0; n < 200; n += 1) await edit(server, `doc/${n}`, n)
  const laptop = createDB<Doc>({ name: 'laptop' })
  const { createHandler, connect } = await import('./servers.js')
  const handler = createHandler(server, { ...openToAll, branches: true })
  const random = randoms(3)
  let [cuts, most] = [0, 0]
  const fetch = async (url: string, init: RequestInit) => {
    const answer = await handler(new Request(url, init))
    const bytes = new Uint8Array(await answer.arrayBuffer())
    if (cuts === 0) return new Response(bytes, answer)
    cuts -= 1
    most = Math.max(most, bytes.length)
    const end = random(bytes.length)
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.subarray(0, end))
        controller.error(new TypeError('the connection is gone'))
      }
    })
    return new Response(body, answer)
  }
  const remote = connect<Doc>('http://in.process/db', { fetch, timeout: 5000 })
  for (let round = 0; round < 6; round += 1) {
    cuts = 2
    await edit(server, `doc/${round * 7}`, 1000 + round)
    await laptop.pull(remote, { branches: true, resolve: 'json' })
    expect(await documentsOf(laptop)).toEqual(await documentsOf(server))
    cuts = 2
    await edit(laptop, `doc/${round * 5}`, 2000 + round)
    await laptop.push(remote, { branches: true, resolve: 'json' })
    expect(await documentsOf(server)).toEqual(await documentsOf(laptop))
  }
  expect(most).toBeGreaterThan(1000)
}, 60_000)
