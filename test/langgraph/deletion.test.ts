/** Deleting threads: what goes, what stays, and what an interruption leaves. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryLevel } from 'memory-level'
import { afterAll, expect, test, vi } from 'vitest'
import { Bound } from '../../ts/branch/handle.js'
import { createDB, type DB } from '../../ts/index.js'
import { HistoSaver } from '../../ts/langgraph-entry.js'
import { levelStores } from '../../ts/level-entry.js'
import { configOf, idsIn, putChain, putTo } from './checkpoints.js'

const folder = mkdtempSync(join(tmpdir(), 'histo-deletion-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

async function refsOf(saver: HistoSaver, thread: string, ids: readonly string[]) {
  return await Promise.all(ids.map(async (id) => (await saver.refOf(configOf(thread, id))) ?? ''))
}

async function isErased(db: DB, ref: string): Promise<boolean> {
  return await db.get(ref).then(
    () => false,
    (error: unknown) => (error as { code: string }).code === 'HISTO_SHALLOW'
  )
}

test('a thread goes with its forks, namespaces and writes, and others stay', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2', '3'])
  await putChain(saver, configOf('a', '1'), ['4', '5'])
  await putChain(saver, configOf('a', undefined, 'inner'), ['6'])
  await saver.putWrites(configOf('a', '2'), [['x', 1]], 'one')
  await saver.putWrites(configOf('a', '2'), [['x', 2]], 'two')
  await putChain(saver, configOf('b'), ['1', '2'])
  const refs = await refsOf(saver, 'a', ['1', '2', '3', '4', '5'])
  const heads = Object.entries(await db.branches()).filter(([name]) => saver.branchesOf('a')(name))
  await saver.deleteThread('a')
  expect(await saver.getTuple(configOf('a'))).toBeUndefined()
  expect(await saver.getTuple(configOf('a', '2'))).toBeUndefined()
  expect(await idsIn(saver, {})).toEqual(['2', '1'])
  for (const ref of [...refs, ...heads.map(([, head]) => head)])
    expect(await isErased(db, ref)).toBe(true)
  const left = Object.keys(await db.branches())
  expect(left.filter((name) => !saver.branchesOf('b')(name))).toEqual([])
  await putTo(saver, configOf('a'), '1')
  expect(await idsIn(saver, configOf('a'))).toEqual(['1'])
})

test('what another branch reaches keeps its data', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2', '3'])
  const [one, two, three] = await refsOf(saver, 'a', ['1', '2', '3'])
  await db.branch('kept').setHead(two ?? '')
  await saver.deleteThread('a')
  expect(await isErased(db, one ?? '')).toBe(false)
  expect(await isErased(db, two ?? '')).toBe(false)
  expect(await isErased(db, three ?? '')).toBe(true)
  expect(await saver.getTuple(configOf('a'))).toBeUndefined()
})

test('an interrupted deletion hides the thread at once, and is continued', async () => {
  await using db = createDB()
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2', '3'])
  const refs = await refsOf(saver, 'a', ['1', '2', '3'])
  const { engine } = Bound.handleOf(db) as NonNullable<ReturnType<typeof Bound.handleOf>>
  const erase = vi.spyOn(engine, 'erase').mockRejectedValue(new Error('the power went'))
  await expect(saver.deleteThread('a')).rejects.toThrow('the power went')
  expect(await saver.getTuple(configOf('a'))).toBeUndefined()
  expect(await idsIn(saver, {})).toEqual([])
  erase.mockRestore()
  await new HistoSaver(db).deleteThread('a')
  for (const ref of refs) expect(await isErased(db, ref)).toBe(true)
  expect(await db.branches()).toEqual({})
})

test('on a path, compact leaves nothing readable in the file', async () => {
  const path = join(folder, 'raw')
  const db = createDB({ path })
  const saver = new HistoSaver(db)
  const text = 'swordfish '.repeat(300)
  await putTo(saver, configOf('secret-thread'), '1', { messages: [text] })
  await putTo(saver, configOf('secret-thread', '1'), '2', { messages: [text, 'more'] })
  await saver.putWrites(configOf('secret-thread', '2'), [['x', 'swordfish']], 'task')
  await putChain(saver, configOf('other'), ['1'])
  await saver.deleteThread('secret-thread')
  await db.compact()
  await db.close()
  expect(readFileSync(join(path, 'data.mdb')).includes('swordfish')).toBe(false)
  await using again = createDB({ path })
  expect(await idsIn(new HistoSaver(again), {})).toEqual(['1'])
})

test('a deletion during writes to the same thread ends, and later writes stay', async () => {
  await using db = createDB({ path: join(folder, 'beside') })
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2'])
  await Promise.all([
    saver.deleteThread('a'),
    putTo(saver, configOf('a', '2'), '3'),
    saver.putWrites(configOf('a', '2'), [['x', 1]], 'task')
  ])
  await saver.deleteThread('a')
  expect(await idsIn(saver, {})).toEqual([])
})

test('over stores of your own the heads go', async () => {
  await using db = createDB(levelStores(new MemoryLevel()))
  const saver = new HistoSaver(db)
  await putChain(saver, configOf('a'), ['1', '2'])
  await putChain(saver, configOf('b'), ['1'])
  await saver.deleteThread('a')
  expect(await saver.getTuple(configOf('a'))).toBeUndefined()
  expect(await idsIn(saver, {})).toEqual(['1'])
})
