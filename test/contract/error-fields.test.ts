/** The fields of an error say what it is about, whatever its message contains. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { createGraph } from '../../ts/graph-entry.js'
import { createDB, HistoError } from '../../ts/index.js'
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

test('a second failure does not have the fields of the first', async () => {
  const db = createDB({ name: 'main' })
  expect(await failureOf(db.get(unknownRef))).toMatchObject({ ref: unknownRef })
  const second = await failureOf(db.get())
  expect(second).toMatchObject({ code: 'HISTO_NO_HEAD' })
  expect(second.ref).toBeUndefined()
})
