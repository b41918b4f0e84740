/** What an iteration is asked for counts as it was at the call, not as it is at the first `next`. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDB, createSynchronizer, type DB, type Ref, rescue } from '../../ts/index.js'
import { collect, failureOf } from '../support/open.js'

interface Asked {
  readonly db: DB<unknown>
  readonly path: string
  readonly head: Ref
  readonly options: object
}

/** Each with an iteration, its options, how many items that makes, and the same options changed. */
const iterations: [string, object, number, object, (asked: Asked) => AsyncIterable<unknown>][] = [
  ['history', { limit: 1 }, 1, { limit: 0 }, ({ db, options }) => db.history(options)],
  ['log', { branch: 'main' }, 2, { branch: 'none' }, ({ db, options }) => db.log(options)],
  ['eachBranch', { prefix: 'm' }, 1, { prefix: 'x' }, ({ db, options }) => db.eachBranch(options)],
  ['changes', { limit: 2 }, 2, { limit: 1 }, ({ db, options }) => db.changes('', options)],
  [
    'changes of a ref',
    { limit: 2 },
    2,
    { limit: 1 },
    ({ db, head, options }) => db.changes('', head, options)
  ],
  [
    'rescue',
    { onProgress: () => undefined },
    2,
    { onProgress: 'wrong' },
    ({ path, options }) => rescue(path, options)
  ]
]

async function filled() {
  const path = mkdtempSync(join(tmpdir(), 'histo-asked-'))
  const db = createDB<unknown>({ path })
  onTestFinished(async () => {
    await db.close()
    rmSync(path, { recursive: true, force: true })
  })
  await db.put('one')
  return { db, path, head: await db.put('two') }
}

/** Checked to fail: read the options in the first `next`. */
test.each(iterations)('%s', async (_name, given, count, changed, iterate) => {
  const options = { ...given }
  const items = iterate({ ...(await filled()), options })
  Object.assign(options, changed)
  expect(await collect(items)).toHaveLength(count)
})

test.each(iterations)(
  '%s reports wrong options at next',
  async (_name, _given, _count, _changed, iterate) => {
    const items = iterate({ ...(await filled()), options: { unheardOf: 1 } })
    expect(await failureOf(collect(items))).toBeInstanceOf(TypeError)
  }
)

test('createSynchronizer', async () => {
  const { db } = await filled()
  await using target = createDB<unknown>()
  const options = { remote: 'here' }
  const synchronizer = createSynchronizer(db, target, options)
  options.remote = 'there'
  await synchronizer.run()
  expect(Object.keys(await target.remotes())).toEqual(['here'])
})
