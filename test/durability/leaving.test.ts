/**
 * A process that ends with puts in flight: all of them are on disk.
 *
 * Checked to fail: where the listener of `exit` does not wait (`drainAll` in `ts/embedded/exit.ts`) puts are lost at
 * `process.exit` and at an error that nobody catches.
 */

import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { folder, run } from './children.js'

async function dataAt(path: string): Promise<number[]> {
  const db = createDB<number>({ path })
  const data: number[] = []
  for await (const revision of db.history()) data.push(revision.data)
  await db.close()
  return data.toReversed()
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

test.each([
  ['exit', 7],
  ['exit later', 7],
  ['throw', 1],
  ['throw later', 1],
  ['reject', 1]
])('a process that ends by %s with 500 puts in flight writes them all', async (way, code) => {
  const path = folder()
  const ended = await run('leave', path, way)
  expect([ended.code, ended.signal]).toEqual([code, null])
  if (code === 1) expect(ended.stderr).toContain('nobody catches this')
  expect(await dataAt(path)).toEqual(upTo(500))
})

test.each([
  ['end', 500],
  ['end with callbacks', 1000],
  ['close', 500]
])('a script that reaches its %s with puts pending sees them all resolve', async (way, count) => {
  const path = folder()
  const ended = await run('leave', path, way)
  expect(ended).toEqual({ code: 0, signal: null, stdout: `${count}\n`, stderr: '' })
  expect(await dataAt(path)).toEqual(upTo(count))
})
