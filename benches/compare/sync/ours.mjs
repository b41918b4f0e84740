/** Our databases, one of them behind HTTP in another process. */

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { items } from '../../../target/benches/lib/data.js'
import { connect, createDB, createSynchronizer } from '../../../target/benches/lib/database.js'
import { child } from './calls.mjs'

const group = 1000

/** A served database of so many revisions: its url, what can be asked of it, and how to end it. */
export async function serve(path, revisions) {
  const served = child('./served.mjs')
  const port = await served.ask('open', path, '127.0.0.1')
  const head = await served.ask('grow', revisions)
  const end = async () => {
    await served.ask('close')
    served.end()
  }
  return { url: `http://127.0.0.1:${port}/`, head, ask: served.ask, end }
}

/** Pulls everything of a served database into an empty one on disk. */
export function pulling(path, { url, head }, revisions) {
  let round = 0
  let target
  let folder
  return {
    name: 'ours: pull',
    async before() {
      round += 1
      folder = join(path, `pulled-${round}`)
      target = await createDB({ path: folder, name: 'puller' }).ready()
    },
    async run() {
      const result = await createSynchronizer(connect(url), target).run()
      assert.equal(result.revisions, revisions)
    },
    async after() {
      assert.equal(await target.remoteHead('served'), head)
      await target.get(head)
      await target.close()
      rmSync(folder, { recursive: true })
    }
  }
}

/** Pushes everything of a database on disk into an empty one that is served. */
export async function pushing(path, revisions) {
  const source = await createDB({ path: join(path, 'pushed'), name: 'pusher' }).ready()
  for (let next = 0; next < revisions; next += group) {
    const size = Math.min(group, revisions - next)
    await source.putMany(items(next, size).map((data) => ({ data })))
  }
  let round = 0
  let served
  let folder
  const contender = {
    name: 'ours: push',
    async before() {
      round += 1
      folder = join(path, `push-target-${round}`)
      served = await serve(folder, 0)
    },
    async run() {
      const result = await createSynchronizer(source, connect(served.url)).run()
      assert.equal(result.revisions, revisions)
    },
    async after() {
      assert.equal(await served.ask('remoteHead', 'pusher'), source.head())
      await served.end()
      rmSync(folder, { recursive: true })
    }
  }
  return { contender, end: () => source.close() }
}
