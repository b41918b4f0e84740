/** The `histo log` that the README and the guide show is a real one. */

import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { blocksOf } from '../support/project.js'
import { folder, lines } from './histo.js'

/** A shopping list that two people changed. */
async function made(): Promise<string> {
  const path = folder()
  const db = createDB<unknown>({ path })
  const idea = db.branch('idea')
  const by = (author: string, time: string, message: string) => ({
    meta: { author, time: `2026-08-${time}:00Z`, message }
  })
  await db.put({ items: ['bread'] }, [], by('Ann', '01T09:12', 'begin the list'))
  const milk = await db.put({ items: ['bread', 'milk'] }, by('Ann', '01T18:40', 'milk too'))
  const corner = { items: ['bread', 'milk'], shop: 'corner' }
  const shop = await idea.put(corner, [milk], by('Bob', '02T07:55', 'where to buy it'))
  const tea = ['bread', 'milk', 'tea']
  await db.put({ items: tea }, by('Ann', '02T08:03', 'and tea'))
  await db.merge(shop, 'json', by('Ann', '02T12:30', 'take the idea'))
  await idea.put({ ...corner, when: 'Monday' }, by('Bob', '02T19:20', 'on Monday'))
  await db.put({ items: [...tea, 'salt'], shop: 'corner' }, by('Ann', '03T10:01', 'salt'))
  await db.setRemoteHead('laptop', milk)
  await db.close()
  return path
}

test.each(['README.md', 'docs/guide/shell.md'])(
  '%s shows what histo log prints',
  async (document) => {
    const printed = await lines(['log'], { cwd: await made(), env: { TZ: 'UTC' } })
    const shown = blocksOf(document).map(({ text }) => text)
    expect(shown).toContain(printed.join('\n'))
  }
)
