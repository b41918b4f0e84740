/**
 * Every call refuses an option that it does not know, and a guard that is there and `undefined`: over
 * the tables of all calls.
 */

import { MemoryLevel } from 'memory-level'
import { describe, expect, test } from 'vitest'
import { calls as databaseCalls } from '../../ts/base/calls.js'
import { nearest } from '../../ts/base/nearest.js'
import { graphHistoryCall } from '../../ts/commit-graph/commit-graph.js'
import { createCall, logCall } from '../../ts/create.js'
import { createGraph } from '../../ts/graph-entry.js'
import { connectCall, handlerCall, listenerCall } from '../../ts/http/options.js'
import { connect, createHandler, createListener } from '../../ts/http-entry.js'
import { createDB, createSynchronizer, type DB, rescue } from '../../ts/index.js'
import { diff, jsonMerge, merge3 } from '../../ts/json-entry.js'
import { listCall, questionCall } from '../../ts/langgraph/list-arguments.js'
import { HistoSaver } from '../../ts/langgraph-entry.js'
import { levelCall } from '../../ts/level/stores.js'
import { levelStores } from '../../ts/level-entry.js'
import { pageCall, pageListenerCall } from '../../ts/page/options.js'
import { createPage, createPageListener } from '../../ts/page-entry.js'
import { postgresCall } from '../../ts/postgres/stores.js'
import { postgresStores } from '../../ts/postgres-entry.js'
import { testStores } from '../../ts/store-suite-entry.js'
import { suiteCall, supportsCall } from '../../ts/suite/test-stores.js'
import { fork, openPlain } from '../support/open.js'

/** A database and two of its refs, and the options as whatever a call takes. */
interface Given {
  readonly db: DB
  readonly left: string
  readonly right: string
  // biome-ignore lint/suspicious/noExplicitAny: wrong options are the point
  readonly options: any
}

type Invoke = (given: Given) => unknown

const pool = { query: () => undefined, connect: () => undefined }
const change = () => 'changed'
const unheard = () => undefined

/** The table of each call. */
const calls = {
  ...databaseCalls,
  createDB: createCall,
  createLog: logCall,
  graphHistory: graphHistoryCall,
  createHandler: handlerCall,
  createListener: listenerCall,
  connect: connectCall,
  createPage: pageCall,
  createPageListener: pageListenerCall,
  postgresStores: postgresCall,
  levelStores: levelCall,
  testStores: suiteCall,
  supports: supportsCall,
  list: listCall,
  getDeltaChannelHistory: questionCall
}

type CallName = keyof typeof calls

/** An operation of that type which inherits the options. */
const typed = (type: string, options: object) => Object.assign(Object.create(options), { type })

/** How each call is made; whatever it answers, an error is thrown or rejected. */
const invocations: Record<CallName, Invoke> = {
  createDB: ({ options }) => createDB(options),
  createLog: ({ options }) => createDB({ log: options }),
  rescue: ({ options }) => rescue('nowhere', options).next(),
  graphHistory: ({ options }) => createGraph().history('a', options),
  put: ({ db, options }) => db.put('data', options),
  restore: ({ db, left, options }) => db.restore(left, options),
  erase: ({ db, left, options }) => db.erase(left, options),
  putMany: ({ db, options }) => db.putMany([{ data: 1 }], options),
  item: ({ db, options }) => db.putMany([options]),
  batch: ({ db, options }) => db.batch([], options),
  batchPut: ({ db, options }) => db.batch([typed('put', options)]),
  batchSetHead: ({ db, options }) => db.batch([typed('setHead', options)]),
  batchDeleteBranch: ({ db, options }) => db.batch([typed('deleteBranch', options)]),
  get: ({ db, left, options }) => db.get(left, options),
  getMany: ({ db, left, options }) => db.getMany([left], options),
  revision: ({ db, left, options }) => db.revision(left, options),
  has: ({ db, left, options }) => db.has([left], options),
  branches: ({ db, options }) => db.branches(options),
  remotes: ({ db, options }) => db.remotes(options),
  eachBranch: ({ db, options }) => db.eachBranch(options).next(),
  ancestors: ({ db, left, options }) => db.ancestors(left, options),
  refDifference: ({ db, left, options }) => db.refDifference(null, left, options),
  commonAncestor: ({ db, left, right, options }) => db.commonAncestor(left, right, options),
  mergeBases: ({ db, left, options }) => db.mergeBases(left, options),
  isAncestor: ({ db, left, right, options }) => db.isAncestor(left, right, options),
  history: ({ db, options }) => db.history(options).next(),
  resolve: ({ db, options }) => db.resolve('main', options),
  writeStream: ({ db, options }) => db.writeStream([], options),
  update: ({ db, options }) => db.update(change, options),
  merge: ({ db, left, options }) => db.merge(left, change, options),
  verify: ({ db, options }) => db.verify(options),
  backup: ({ db, options }) => db.backup('/dev/null/nowhere', options),
  prune: ({ db, options }) => db.prune(options),
  horizon: ({ db, options }) => db.prune({ horizon: options }),
  pull: ({ db, options }) => db.pull(openPlain(), options),
  push: ({ db, options }) => db.push(openPlain(), options),
  watch: ({ db, options }) => db.watch(options),
  createSynchronizer: ({ db, options }) => createSynchronizer(openPlain(), db, options).run(),
  run: ({ db, options }) => createSynchronizer(openPlain(), db).run(options),
  live: ({ db, options }) => createSynchronizer(openPlain(), db).live(options),
  diff: ({ options }) => diff(1, 2, options),
  diffOfRevisions: ({ db, left, right, options }) => db.diff(left, right, options),
  changes: ({ db, options }) => db.changes('/a', options).next(),
  log: ({ db, options }) => db.log(options).next(),
  undo: ({ db, options }) => db.undo(options),
  redo: ({ db, options }) => db.redo(options),
  merge3: ({ options }) => merge3(1, 2, 3, options),
  jsonMerge: ({ options }) => jsonMerge(options),
  virtualBase: ({ db, left, options }) => db.merge(left, (input) => input.virtualBase(options)),
  createHandler: ({ db, options }) => createHandler(db, options),
  createListener: ({ db, options }) => createListener(db, options),
  createPage: ({ db, options }) => createPage(db, options),
  createPageListener: ({ db, options }) => createPageListener(db, options),
  connect: ({ options }) => connect('http://localhost', options),
  postgresStores: ({ options }) => postgresStores(pool as never, options),
  levelStores: ({ options }) => levelStores(new MemoryLevel(), options),
  testStores: ({ options }) => testStores(options),
  supports: ({ options }) =>
    testStores({ test: unheard, open: unheard as never, supports: options }),
  list: ({ db, options }) => new HistoSaver(db).list({}, options).next(),
  getDeltaChannelHistory: ({ db, options }) => new HistoSaver(db).getDeltaChannelHistory(options)
}

/** The error of a call with these options; `undefined` if it succeeds. */
async function failureWith(name: CallName, options: object): Promise<unknown> {
  const db = openPlain()
  const { left, right } = await fork<unknown>(db, 'base', 'left', 'right')
  try {
    await invocations[name]({ db, left, right, options })
    return undefined
  } catch (error) {
    return error
  } finally {
    await db.close()
  }
}

/** As people misspell: a letter too many, one too few, another case. */
function misspellings(name: string, known: readonly string[]): string[] {
  const some = [`${name}h`, name.slice(0, -1), name.toLowerCase(), name.toUpperCase()]
  return [...new Set(some)].filter((word) => word !== '' && !known.includes(word))
}

const names = Object.keys(calls) as CallName[]
const misspelled = names.flatMap((name) =>
  calls[name].names.flatMap((option) =>
    misspellings(option, calls[name].names).map((word) => [name, word, option] as const)
  )
)

describe('an option that is misspelled', () => {
  test.each(misspelled)('%s refuses %s and names %s', async (name, word, option) => {
    const error = await failureWith(name, { [word]: undefined })
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toBe(
      `${calls[name].call} has no option '${word}'; the nearest is '${option}'`
    )
  })
})

test.each(names)('%s refuses an unknown option that is inherited', async (name) => {
  const error = await failureWith(name, Object.create({ unheardOf: 1 }))
  expect(error).toBeInstanceOf(TypeError)
  expect((error as Error).message).toContain("has no option 'unheardOf'")
})

test('symbols and non-enumerable properties are not options', async () => {
  const options = Object.defineProperty({ [Symbol('mine')]: 1 }, 'hidden', { value: 1 })
  for (const name of ['put', 'get', 'prune', 'createHandler'] as const) {
    expect(await failureWith(name, options), name).toBeUndefined()
  }
})

const guards = names.flatMap((name) => calls[name].guards.map((guard) => [name, guard] as const))

test('the guards are the options that a call must not lose', () => {
  const all = new Set(guards.map(([, guard]) => guard))
  for (const guard of ['path', 'previousHead', 'dryRun', 'authorize']) expect(all).toContain(guard)
})

test.each(guards)('%s refuses %s if it is undefined', async (name, guard) => {
  for (const options of [{ [guard]: undefined }, Object.create({ [guard]: undefined })]) {
    const error = await failureWith(name, options)
    expect(error).toBeInstanceOf(TypeError)
    expect((error as Error).message).toContain(`${guard} of ${calls[name].call} is undefined`)
  }
})

test('a previous head that is given as undefined is refused', async () => {
  const db = openPlain()
  const { left } = await fork<unknown>(db, 'base', 'left', 'right')
  await expect(db.setHead(left, undefined as never)).rejects.toThrow('leave it out')
  await expect(db.deleteBranch('main', undefined as never)).rejects.toThrow('leave it out')
  expect(await db.get()).toBe('right')
  const remote = connect('http://localhost:1')
  await expect(remote.setHead(left, undefined as never)).rejects.toThrow(TypeError)
})

test('options that are undefined count as left out, except guards', async () => {
  for (const name of names.filter((call) => call !== 'live')) {
    const { guards: ofCall, names: all } = calls[name]
    const rest = all.filter((option) => !ofCall.includes(option))
    const error = await failureWith(name, Object.fromEntries(rest.map((key) => [key, undefined])))
    expect(String(error), name).not.toMatch(/has no option|is undefined/)
  }
})

test.each([
  ['pathh', 'path'],
  ['ptah', 'path'],
  ['PATH', 'path'],
  ['previosHaed', 'previousHead'],
  ['prev', 'previousHead'],
  ['x'.repeat(1e6), undefined],
  ['nope', undefined],
  ['p', undefined],
  ['x', undefined],
  ['', undefined]
])('the word that is near to %s is %s', (given, word) => {
  expect(nearest(given, ['name', 'path', 'n', 'previousHead'])).toBe(word)
  expect(nearest(given, [])).toBeUndefined()
})

test('if no option is near, all of the call are named', async () => {
  const { call, names: own } = calls.put
  const listed = own.map((name) => `'${name}'`).join(', ')
  expect(await failureWith('put', { unheardOf: 1 })).toMatchObject({
    message: `${call} has no option 'unheardOf'; it has ${listed}`
  })
})
