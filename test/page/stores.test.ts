/** The page over stores that users bring: what these cannot list is left out, and all else is shown. */

import { expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { manners, ownManners } from '../support/user-stores.js'
import { pageOver } from './pages.js'

test.each([...manners, ...ownManners])('over $name', async ({ make, lists }) => {
  const { revisionStore, branchStore } = make()
  const db = createDB({ revisionStore, branchStore, name: 'own' })
  onTestFinished(() => db.close())
  const first = await db.put({ n: 1 }, { meta: { message: 'begin' } })
  const second = await db.put({ n: 2 })
  const { ask } = pageOver(db)
  const { heads, view } = await ask('state')
  expect(heads).toEqual([{ name: 'main', ref: second }])
  const { rows } = await ask(`rows?view=${view}`)
  expect(rows.map(({ ref }: { ref: string }) => ref)).toEqual([second, first])
  expect(rows[1].message).toBe('begin')
  expect(await ask(`row?view=${view}&ref=${encodeURIComponent(first)}`)).toMatchObject({ row: 1 })
  const question = new URLSearchParams({ from: first, to: second })
  expect((await ask(`difference?${question}`)).differences).toMatchObject([{ path: '/n' }])
  expect((await ask('heads')).length).toBe(1)
  if (lists) await db.setRemoteHead('phone', first)
  expect((await ask('state')).remotes).toHaveLength(lists ? 1 : 0)
  expect(await ask('total')).toEqual({ revisions: null })
})
