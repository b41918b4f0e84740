/** The tests are split between `npm test` and `npm run test:all` so that none is lost, and none runs twice. */

import { expect, test } from 'vitest'
// biome-ignore lint/correctness/useImportExtensions: a script, not compiled
import { longFiles, otherManners, usualManners } from '../../scripts/lib/test-parts.mjs'
import { filesBelow, read } from '../support/project.js'
import { manners, ownManners } from '../support/user-stores.js'

const all = [...manners, ...ownManners].map(({ name }) => name)

test('each kind of store is in one part, four of them in the usual part', () => {
  expect([...usualManners, ...otherManners].toSorted()).toEqual(all.toSorted())
  expect(usualManners).toHaveLength(4)
})

test('no name in the usual part contains a name of the other part', () => {
  const taken = usualManners.filter((usual) => otherManners.some((other) => usual.includes(other)))
  expect(taken).toEqual([])
})

test('each listed long file exists', () => {
  const files = new Set(filesBelow('test'))
  expect(longFiles.filter((file) => !files.has(file))).toEqual([])
  expect(new Set(longFiles).size).toBe(longFiles.length)
})

test('npm test, which does not build the addon with failpoints, does not need it', () => {
  const tests = filesBelow('test').filter((path) => /^test\/(?!house\/).*\.test\.ts$/.test(path))
  const needs = tests.filter((path) =>
    /: failpoints\b|\brunDying\(|'.*failpoints\/histo/.test(read(path))
  )
  expect(needs).not.toEqual([])
  expect(needs.filter((path) => !longFiles.includes(path))).toEqual([])
})

test('lists of kinds come from the modules by which their test files are found', () => {
  const lists = filesBelow('test').filter((path) => /\bmanners\b/.test(read(path)))
  const helpers = lists.filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  expect(helpers.toSorted()).toEqual([
    'test/http/servers.ts', // the first manner alone, under a name of its own
    'test/support/data.ts', // as that
    'test/support/failing-stores.ts',
    'test/support/user-stores.ts',
    'test/wire/engines.ts'
  ])
})
