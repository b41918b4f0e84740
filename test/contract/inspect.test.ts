/** The output of `console.log` for a database. */

import { join } from 'node:path'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { folder } from './places.js'

test('a database shows its name, path, branch and head', async () => {
  const path = join(folder(), 'db')
  const db = createDB<number>({ path, name: 'laptop' })
  expect(inspect(db)).toContain("branch: 'main'")
  await db.ready()
  expect(inspect(db, { breakLength: 1000 })).toBe(
    `DB { name: 'laptop', path: '${path}', branch: 'main', head: null }`
  )
  const ref = await db.put(1)
  expect(inspect(db)).toContain(`head: '${ref}'`)
  expect(inspect({ db: db.branch('side') })).toContain("name: 'laptop/side'")
  await db.close()
  expect(inspect(db)).toContain('closed: true')
})

test('in memory it has no path', async () => {
  await using db = createDB({ name: 'here' })
  expect(inspect(db, { breakLength: 1000 })).toBe("DB { name: 'here', branch: 'main', head: null }")
})
