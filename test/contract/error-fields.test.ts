/** The fields of an error say what it is about, whatever its message contains. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryLevel } from 'memory-level'
import { afterAll, describe, expect, test } from 'vitest'
import { createGraph } from '../../ts/graph-entry.js'
import { createDB, HistoError } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { loggingStores } from '../support/logging-stores.js'
import { failureOf, unknownRef } from './places.js'

const root = mkdtempSync(join(tmpdir(), 'histo-fields-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('a folder whose name looks like a ref is the path, not the ref', async () => {
  const path = join(root, unknownRef)
  await createDB({ name: 'a', path }).close()
  writeFileSync(join(path, 'data.mdb'), 'not a database')
  const error = await failureOf(createDB({ name: 'a', path }).ready())
  expect(error).toMatchObject({ path })
  expect(error.ref).toBeUndefined()
  expect(existsSync(path)).toBe(true)
})

test('the cause of a failed medium is an error of its own', async () => {
  const path = join(root, 'file')
  writeFileSync(path, '')
  const error = await failureOf(createDB({ name: 'a', path }).ready())
  expect(error.code).toBe('HISTO_STORE')
  expect(error.cause).toBeInstanceOf(Error)
  expect(error.message).not.toContain('\n')
})

test('a name with a colon is the ref as it was given', () => {
  const graph = createGraph()
  graph.add('x', [])
  graph.add('b: c', [])
  expect(() => graph.add('b: c', ['x'])).toThrow(
    expect.objectContaining({ code: 'HISTO_CORRUPT', ref: 'b: c' })
  )
  expect(() => graph.add('a: a', ['a: a'])).toThrow(
    expect.objectContaining({ code: 'HISTO_CORRUPT', ref: 'a: a' })
  )
})

test('a missing head names the branch', async () => {
  const db = createDB({ name: 'main' })
  const error = await failureOf(db.branch('empty: one').get())
  expect(error).toMatchObject({ code: 'HISTO_NO_HEAD', key: 'empty: one' })
  expect(error).toBeInstanceOf(HistoError)
})

describe.each([
  ['memory', () => ({})],
  ['a path', () => ({ path: mkdtempSync(join(root, 'db')) })],
  ['levels', () => levelStores(new MemoryLevel())],
  ['stores of callbacks', () => loggingStores().stores]
] as const)('over %s', (_place, stores) => {
  test('a head conflict names the branch, whatever call it is of', async () => {
    const db = await createDB<number>(stores()).ready()
    const draft = db.branch('draft: one')
    const head = await draft.put(1)
    const other = await db.put(2)
    const previousHead = other
    const calls = {
      put: () => draft.put(3, { previousHead }),
      putMany: () => draft.putMany([{ data: 3 }], { previousHead }),
      setHead: () => draft.setHead(other, null),
      deleteBranch: () => db.deleteBranch('draft: one', other),
      undo: () => draft.undo({ previousHead }),
      redo: () => draft.redo({ previousHead }),
      batch: () => db.batch([{ type: 'deleteBranch', branch: 'draft: one', previousHead }])
    }
    for (const [name, call] of Object.entries(calls)) {
      const { code, key, message, head: actual } = await failureOf(call())
      expect({ name, code, key, message, actual }).toEqual({
        name,
        code: 'HISTO_HEAD_CONFLICT',
        key: 'draft: one',
        message: 'head conflict',
        actual: head
      })
    }
    await db.close()
  })

  test('an undo without a move names the branch', async () => {
    const db = await createDB<number>(stores()).ready()
    const error = await failureOf(db.branch('never').undo())
    expect(error).toMatchObject({ code: 'HISTO_NOT_FOUND', key: 'never' })
    await db.close()
  })
})

test('a second failure does not have the fields of the first', async () => {
  const db = createDB({ name: 'main' })
  expect(await failureOf(db.get(unknownRef))).toMatchObject({ ref: unknownRef })
  const second = await failureOf(db.get())
  expect(second).toMatchObject({ code: 'HISTO_NO_HEAD' })
  expect(second.ref).toBeUndefined()
})
