/** Synchronizing from engine to engine: what it does is what the exchange of streams does. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  createDB,
  createSynchronizer,
  type DB,
  type Source,
  type SyncProgress
} from '../../ts/index.js'
import { collect, failureOf } from '../support/open.js'

const many = 3000

/** `db` with the same answers and none of its engine. */
function byStreams(db: DB<unknown>): Source<unknown> {
  return {
    name: db.name,
    head: (callback) => db.head(callback),
    refDifference: (from, to, callback) => db.refDifference(from, to, callback),
    createStream: (refs) => db.createStream(refs),
    has: (refs, callback) => db.has(refs, callback)
  }
}

/** Two chains that are joined now and then, with some binary data. */
async function fill(db: DB<unknown>): Promise<string> {
  const side = db.branch('side')
  await side.setHead(await db.put('start'))
  for (let round = 0; round < 3; round += 1) {
    await db.putMany(Array.from({ length: many / 6 }, (_item, n) => ({ data: { round, n } })))
    await side.putMany(
      Array.from({ length: many / 6 }, (_item, n) => ({ data: new Uint8Array(10 * n) }))
    )
    await db.merge(side.head() ?? '', () => `joined ${round}`)
  }
  return db.head() ?? ''
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

/** Everything that `head` reaches, in an order and a form that are quick to compare. */
async function textsOf(db: DB<unknown>, head: string): Promise<string[]> {
  const revisions = await collect(db.history(head))
  const texts = revisions.map(({ data, ...revision }) =>
    JSON.stringify({ ...revision, data: data instanceof Uint8Array ? base64(data) : data })
  )
  return texts.toSorted()
}

const places: [string, (folder: string) => DB<unknown>][] = [
  ['memory', () => createDB({ name: 'target' })],
  ['a path', (folder) => createDB({ name: 'target', path: join(folder, 'target') })]
]

async function withFolder<R>(use: (folder: string) => Promise<R>): Promise<R> {
  const folder = await mkdtemp(join(tmpdir(), 'histo-transfer-'))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test.each(places)('into %s: the same result, revisions and remote head', async (_place, open) => {
  await withFolder(async (folder) => {
    await using source = createDB<unknown>({ name: 'source', path: join(folder, 'source') })
    const head = await fill(source)
    await using quick = await open(folder).ready()
    await using plain = await createDB<unknown>().ready()
    const result = await createSynchronizer(source, quick).run()
    expect(result).toEqual(await createSynchronizer(byStreams(source), plain).run())
    expect(result).toMatchObject({ head, revisions: many + 4 })
    expect(await textsOf(quick, head)).toEqual(await textsOf(plain, head))
    expect(await quick.remotes()).toEqual({ source: head })
    expect(quick.head()).toBeNull()
  })
})

test('only what is new is sent the next time', async () => {
  await using source = createDB<number>({ name: 'source' })
  await using target = createDB<number>()
  const { run } = createSynchronizer(source, target)
  await source.put(1)
  await run()
  const head = await source.put(22)
  expect(await run()).toEqual({ head, revisions: 1, bytes: 2 })
})

test('progress comes batch by batch and ends with the result', async () => {
  await using source = createDB<unknown>({ name: 'source' })
  await using target = createDB<unknown>()
  await fill(source)
  const reports: SyncProgress[] = []
  const { bytes, revisions } = await createSynchronizer(source, target).run({
    onProgress: (report) => reports.push(report)
  })
  expect(reports.filter(({ phase }) => phase === 'revisions').length).toBeGreaterThan(2)
  expect(reports.at(-1)).toEqual({ phase: 'revisions', done: revisions, total: revisions, bytes })
})

test('an exception of onProgress ends the run, and the remote head stays', async () => {
  await using source = createDB<unknown>({ name: 'source' })
  await using target = createDB<unknown>()
  await fill(source)
  const failure = new Error('of the user')
  const onProgress = ({ phase }: SyncProgress) => {
    if (phase === 'revisions') throw failure
  }
  expect(await failureOf(createSynchronizer(source, target).run({ onProgress }))).toBe(failure)
  expect(await target.remotes()).toEqual({})
})

test('an abort ends the run, and the remote head stays', async () => {
  await using source = createDB<unknown>({ name: 'source' })
  await using target = createDB<unknown>()
  await fill(source)
  const controller = new AbortController()
  const reason = new Error('enough')
  const onProgress = () => controller.abort(reason)
  const { run } = createSynchronizer(source, target, { signal: controller.signal, onProgress })
  expect(await failureOf(run())).toBe(reason)
  expect(await target.remotes()).toEqual({})
})

test('a side whose functions were replaced is asked by them', async () => {
  await using source = createDB<number>({ name: 'source' })
  await using target = createDB<number>()
  await source.put(1)
  const failure = new Error('cable pulled')
  source.createStream = () => {
    throw failure
  }
  expect(await failureOf(createSynchronizer(source, target).run())).toBe(failure)
  expect(await target.remotes()).toEqual({})
})

test.each(['source', 'target'])('a closed %s is HISTO_CLOSED', async (side) => {
  const source = createDB<number>({ name: 'source' })
  const target = createDB<number>()
  await source.put(1)
  await (side === 'source' ? source : target).close()
  const failure = await failureOf(createSynchronizer(source, target).run())
  expect(failure).toMatchObject({ code: 'HISTO_CLOSED' })
})
