/** Options where a call takes none, or a second object of them, are refused: they would be ignored. */

import { MemoryLevel } from 'memory-level'
import { expect, test } from 'vitest'
import { createGraph } from '../../ts/graph-entry.js'
import { connect, createHandler, createListener } from '../../ts/http-entry.js'
import {
  createDB,
  createLocalSource,
  createLocalTarget,
  createSynchronizer,
  type DB,
  refOf,
  rescue
} from '../../ts/index.js'
import { applyPatch, diff, get, jsonMerge, merge3 } from '../../ts/json-entry.js'
import { HistoSaver } from '../../ts/langgraph-entry.js'
import { levelStores } from '../../ts/level-entry.js'
import { createPage, createPageListener } from '../../ts/page-entry.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { testStores } from '../../ts/store-suite-entry.js'
import { failureOf } from '../support/data.js'
import { openPlain } from '../support/open.js'

// biome-ignore lint/suspicious/noExplicitAny: surplus arguments do not compile
type Loose = any

const pool = { query: () => undefined, connect: () => undefined }
const thread = { configurable: { thread_id: 'a thread' } }
const text = '{"ancestors":[],"data":1}'
const suite = { test: () => undefined, open: () => undefined }

/** Each with a call to which options are given as one argument too many. */
const withoutOptions: [string, (db: DB, surplus: object) => unknown][] = [
  ['createLocalSource', (db, surplus) => (createLocalSource as Loose)(db, surplus)],
  ['createLocalTarget', (db, surplus) => (createLocalTarget as Loose)(db, surplus)],
  ['refOf', (_db, surplus) => (refOf as Loose)(text, surplus)],
  ['get', (_db, surplus) => (get as Loose)({}, '/a', surplus)],
  ['applyPatch', (_db, surplus) => (applyPatch as Loose)({}, [], surplus)],
  ['createGraph', (_db, surplus) => (createGraph as Loose)(surplus)],
  ['add', (_db, surplus) => graph().add('b', ['a'], surplus)],
  ['addMany', (_db, surplus) => graph().addMany([], surplus)],
  ['has', (_db, surplus) => graph().has('a', surplus)],
  ['mergeBases', (_db, surplus) => graph().mergeBases('a', 'a', surplus)],
  ['commonAncestor', (_db, surplus) => graph().commonAncestor('a', 'a', surplus)],
  ['difference', (_db, surplus) => graph().difference(null, 'a', surplus)],
  ['isAncestor', (_db, surplus) => graph().isAncestor('a', 'a', surplus)],
  ['tips', (_db, surplus) => graph().tips(surplus)],
  ['branch', (db, surplus) => (db as Loose).branch('a', surplus)],
  ['createStream', (db, surplus) => (db as Loose).createStream([], surplus)],
  ['on', (db, surplus) => (db as Loose).on('head', () => undefined, surplus)],
  ['off', (db, surplus) => (db as Loose).off('head', () => undefined, surplus)],
  ['branch', (_db, surplus) => remote().branch('a', surplus)],
  ['createStream', (_db, surplus) => remote().createStream([], surplus)],
  ['HistoSaver', (db, surplus) => new (HistoSaver as Loose)(db, undefined, surplus)],
  ['refOf', (db, surplus) => saver(db).refOf(thread, surplus)],
  ['branchOf', (db, surplus) => saver(db).branchOf(thread, surplus)],
  ['branchesOf', (db, surplus) => saver(db).branchesOf('a thread', surplus)],
  ['the call', (db, surplus) => (db as Loose).stats(surplus)],
  ['the call', (db, surplus) => (db as Loose).remoteHead('a', surplus)]
]

/** Each with a call to which a second object of options is given. */
const withOptions: [string, (db: DB, second: object) => unknown][] = [
  ['createDB', (_db, second) => (createDB as Loose)({}, second)],
  ['rescue', (_db, second) => (rescue as Loose)('nowhere', {}, second).next()],
  ['createSynchronizer', (db, second) => (createSynchronizer as Loose)(db, db, {}, second).run()],
  ['createHandler', (db, second) => (createHandler as Loose)(db, {}, second)],
  ['createListener', (db, second) => (createListener as Loose)(db, {}, second)],
  ['connect', (_db, second) => (connect as Loose)('http://localhost', {}, second)],
  ['createPage', (db, second) => (createPage as Loose)(db, {}, second)],
  ['createPageListener', (db, second) => (createPageListener as Loose)(db, {}, second)],
  ['postgresStores', (_db, second) => (postgresStores as Loose)(pool, {}, second)],
  ['levelStores', (_db, second) => (levelStores as Loose)(new MemoryLevel(), {}, second)],
  ['testStores', (_db, second) => (testStores as Loose)(suite, second)],
  ['diff', (_db, second) => (diff as Loose)(1, 2, {}, second)],
  ['merge3', (_db, second) => (merge3 as Loose)(1, 2, 3, {}, second)],
  ['jsonMerge', (_db, second) => (jsonMerge as Loose)({}, second)],
  ['history', (_db, second) => graph().history('a', {}, second)],
  ['history', (db, second) => (db as Loose).history('no ref', {}, second).next()],
  ['log', (db, second) => (db as Loose).log({}, second).next()],
  ['eachBranch', (db, second) => (db as Loose).eachBranch({}, second).next()],
  ['changes', (db, second) => (db as Loose).changes('/a', 'no ref', {}, second).next()],
  ['watch', (db, second) => (db as Loose).watch({}, second)]
]

const graph = (): Loose => createGraph().add('a')
const saver = (db: DB): Loose => new HistoSaver(db)
const remote = (): Loose => connect('http://localhost')

async function failureOn(call: (db: DB) => unknown): Promise<unknown> {
  await using db = openPlain<unknown>()
  return await failureOf((async () => await call(db))())
}

test.each(withoutOptions)('%s has no options, and refuses them', async (name, call) => {
  const error = await failureOn((db) => call(db, { signal: undefined }))
  expect(error).toBeInstanceOf(TypeError)
  expect((error as Error).message).toContain(`${name} has no option 'signal'; it `)
})

test.each(withOptions)('%s refuses a second object of options', async (name, call) => {
  const error = await failureOn((db) => call(db, { readOnly: true }))
  expect(error).toBeInstanceOf(TypeError)
  expect((error as Error).message).toBe(
    `${name} takes one object of options; 'readOnly' is in another`
  )
})

test('functions work as callbacks of arrays and sets', () => {
  expect([text].map(refOf)).toEqual([refOf(text)])
  expect(new Set([text]).forEach(refOf)).toBeUndefined()
  expect(new Map([['a', text]]).forEach(refOf)).toBeUndefined()
})

test('a revision of a graph that names its ancestors otherwise is no root', () => {
  const items = [{ ref: 'a' }, { ref: 'b', parents: ['a'] }] as Loose
  expect(() => createGraph().addMany(items)).toThrow(
    "a revision has 'parents' and no ancestors; if it is a root, give it ancestors: []"
  )
  const roots = [{ ref: 'a' }, { ref: 'b', data: 1, meta: {} }, { ref: 'c', ancestors: [], by: 1 }]
  expect(createGraph().addMany(roots).tips()).toEqual(['a', 'b', 'c'])
})

test('a virtual base refuses wrong options, also where there is nothing to merge', async () => {
  await using db = createDB<unknown>()
  const base = await db.put('base')
  const theirs = await db.put('theirs', [base], { moveHead: false })
  await db.put('ours')
  const call = db.merge(theirs, ({ virtualBase }) => virtualBase({ equalChanges: 'two' as never }))
  const message = "equalChanges must be 'one' or 'conflict'"
  expect(await failureOf(call)).toMatchObject({ name: 'TypeError', message })
})
