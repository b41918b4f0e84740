/**
 * A page of some branches: no query tells anything of a revision that none of them reaches.
 *
 * Checked to fail: with the refs of a query not checked.
 */

import { expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { createPage } from '../../ts/page-entry.js'

test.each([
  'revision?ref=HIDDEN',
  'data?ref=HIDDEN&pointer=/secret',
  'piece?ref=HIDDEN',
  'file?ref=HIDDEN',
  'difference?to=HIDDEN',
  'difference?from=HIDDEN&to=SHOWN',
  'merge?ours=SHOWN&theirs=HIDDEN',
  'merge?ours=SHOWN&theirs=SHOWN&result=HIDDEN',
  'changes?ref=HIDDEN&pointer=/secret',
  'versions?of=HIDDEN',
  'apart?one=HIDDEN&other=SHOWN'
])('%s is like that of a revision that does not exist', async (question) => {
  const db = createDB()
  onTestFinished(() => db.close())
  const shown = await db.branch('note/7').put({ open: 1 })
  const hidden = await db.branch('note/8').put({ secret: 1 }, [shown])
  const page = createPage(db, { branches: 'note/7' })
  const tried = async (ref: string) => {
    const path = question.replaceAll('SHOWN', shown).replace('HIDDEN', ref)
    const answer = await page(new Request(`http://localhost/api/${path}`))
    return [answer.status, (await answer.text()).replaceAll(ref, '')]
  }
  expect((await tried(shown))[0]).toBe(200)
  const refused = await tried(hidden)
  expect(refused[0]).toBe(404)
  expect(refused).toEqual(await tried('0'.repeat(64)))
})
