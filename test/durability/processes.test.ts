/**
 * Several processes on one path: nobody's writes are lost, everybody sees them.
 *
 * Checked to fail: without `catch_up` in `crates/core/src/engine/commit.rs` writes are lost; where a ref that is not
 * known is not looked for again (`find` in `growth.rs` there) nobody sees what another wrote.
 */

import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { folder, run, start } from './children.js'

test('two processes that each put 300 revisions at the same time lose nothing', async () => {
  const path = folder()
  const ends = await Promise.all(['a', 'b'].map((who) => run('put-many-times', path, who, 'put')))
  expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, '']
  ])
  const refs = ends.flatMap(({ stdout }) => JSON.parse(stdout) as string[])
  await using db = await createDB<string>({ path }).ready()
  const reachable = new Set(await db.refDifference(null, db.head() ?? ''))
  expect(new Set(refs).size).toBe(600)
  expect(refs.filter((ref) => !reachable.has(ref))).toEqual([])
  expect(reachable.size).toBe(600)
})

test('two processes that each increment a number 100 times reach 200', async () => {
  const path = folder()
  const ends = await Promise.all(
    ['a', 'b'].map((who) => run('put-many-times', path, who, 'update'))
  )
  expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, '']
  ])
  await using db = createDB<number>({ path })
  expect(await db.get()).toBe(200)
})

test('a process that has the path open sees what another wrote', async () => {
  const path = folder()
  await using db = await createDB<string>({ path }).ready()
  const first = await db.put('first')
  const { code, stdout } = await run('put-many-times', path, 'other', 'put')
  expect(code).toBe(0)
  const refs = JSON.parse(stdout) as string[]
  expect(await db.get(refs[0] ?? '')).toBe('other 0')
  expect(await db.has(refs)).toEqual(refs.map(() => true))
  const asked = await new Promise((resolve) => db.head((_error, ref) => resolve(ref)))
  expect(asked).toBe(refs.at(-1))
  expect(await db.get()).toBe('other 299')
  expect(await db.isAncestor(first, refs.at(-1) ?? '')).toBe(true)
  expect(await db.ancestors(await db.put('mine'))).toEqual([refs.at(-1)])
})

test('each other call also sees a revision that another process has just written', async () => {
  const path = folder()
  const open = async () => await createDB<string>({ path }).ready()
  for (const call of [
    'ancestors',
    'revision',
    'refDifference',
    'mergeBases',
    'isAncestor',
    'getMany',
    'setHead',
    'put',
    'createStream',
    'history',
    'setRemoteHead',
    'merge'
  ] as const) {
    await using db = await open()
    await db.put(call)
    const { stdout } = await run('put-many-times', path, call, 'put')
    const ref = (JSON.parse(stdout) as string[])[7] ?? ''
    const calls = {
      ancestors: () => db.ancestors(ref),
      revision: () => db.revision(ref),
      refDifference: () => db.refDifference(null, ref),
      mergeBases: () => db.mergeBases(ref, ref),
      isAncestor: () => db.isAncestor(ref, ref),
      getMany: () => db.getMany([ref]),
      setHead: () => db.setHead(ref),
      put: () => db.put('child', [ref]),
      createStream: () => db.createStream([ref]).read(),
      history: () => db.history(ref).next(),
      setRemoteHead: () => db.setRemoteHead('r', ref),
      merge: () => db.merge(ref, () => 'joined')
    }
    await expect(calls[call](), call).resolves.toBeDefined()
  }
})

test('a reader keeps up with a writer that does not stop', async () => {
  const path = folder()
  await using db = await createDB<string>({ path }).ready()
  const { child } = start('append', path, '4')
  let seen = 0
  let text = ''
  child.stdout?.on('data', (chunk: string) => {
    text += chunk
  })
  while (seen < 50) {
    await once(child.stdout as NodeJS.EventEmitter, 'data')
    const ref = text.split('\n').at(-2) ?? ''
    expect(await db.get(ref)).toMatch(/^\d \d+$/)
    const head = await new Promise<string>((resolve) =>
      db.head((_error, ref) => resolve(ref ?? ''))
    )
    expect(await db.isAncestor(ref, head)).toBe(true)
    seen += 1
  }
  expect(await db.put('mine too')).toHaveLength(64)
})
