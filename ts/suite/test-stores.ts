/**
 * `testStores`: registers every test of the suite with a test runner.
 */

import assert from 'node:assert/strict'
import { countOption, described, functionOption, type Options } from '../base/arguments.js'
import { type Known, known, optionsOf, refuseSecondOptions } from '../base/known.js'
import { batchCases } from './batch-cases.js'
import type { Case, Limits } from './cases.js'
import { databaseCases } from './database-cases.js'
import { failureCases } from './failure-cases.js'
import { headCases } from './head-cases.js'
import { logCases } from './log-cases.js'
import type { SuiteOptions, Supports } from './options.js'
import { revisionCases } from './revision-cases.js'
import { optionalMethods, Subject } from './subject.js'
import { swapCases } from './swap-cases.js'
import { swapManyCases } from './swap-many-cases.js'

/** The options that `testStores` knows. */
export const suiteCall: Known = known<SuiteOptions>('testStores', {
  test: 'guard',
  open: 'guard',
  supports: 'optional',
  timeout: 'optional',
  largestText: 'optional'
})

/** The table of its option `supports`. */
export const supportsCall: Known = known<Supports>('supports of testStores', {
  del: 'optional',
  idOf: 'optional',
  putMany: 'optional',
  putNamed: 'optional',
  getMany: 'optional',
  has: 'optional',
  ancestry: 'optional',
  revisionKeys: 'optional',
  compareAndSwap: 'optional',
  compareAndSwapMany: 'optional',
  readLog: 'optional',
  forgetLog: 'optional',
  branchKeys: 'optional',
  branchEntries: 'optional'
})

const largest = 4 * 1024 * 1024

const cases: readonly Case[] = [
  ...revisionCases,
  ...batchCases,
  ...headCases,
  ...swapCases,
  ...swapManyCases,
  ...logCases,
  ...failureCases,
  ...databaseCases
]

/**
 * Declares the tests that a pair of stores must pass to hold a database: the contract of each method, keys and ids
 * that must not be mixed up, contention, failures, and a whole database checked against a model. Call it at the
 * top of a test file, or inside a `describe`.
 *
 * @throws {TypeError} if an option is invalid
 */
export function testStores(given: SuiteOptions): void
export function testStores(given: SuiteOptions, ...surplus: unknown[]): void {
  const options = optionsOf(given, suiteCall)
  refuseSecondOptions('testStores', surplus)
  const test = functionOption<SuiteOptions['test']>(options, 'test')
  const open = functionOption<SuiteOptions['open']>(options, 'open')
  if (test === undefined) throw new TypeError('test must be given: the function of a test runner')
  if (open === undefined) throw new TypeError('open must be given: it opens a new pair of stores')
  const supports = supportsOption(options)
  const limits = { largestText: countOption(options, 'largestText', 1024, largest) }
  const time = options['timeout'] === undefined ? [] : [countOption(options, 'timeout', 1, 1)]
  const declare = (name: string, run: (stores: Subject, limits: Limits) => unknown) => {
    test(name, () => withStores(open, (stores) => run(stores, limits)), ...time)
  }
  declare('the stores have the required methods, and those that supports names', (stores) => {
    checkMethods(stores, supports)
  })
  for (const { name, needs, run } of cases) {
    if (needs !== undefined && supports[needs] === false) continue
    declare(name, async (stores, given) => {
      if (needs === undefined || stores.offers(needs, supports)) await run(stores, given)
    })
  }
}

async function withStores(
  open: SuiteOptions['open'],
  run: (stores: Subject) => unknown
): Promise<void> {
  const stores = new Subject(await open())
  try {
    await run(stores)
  } finally {
    await stores.close()
  }
}

function checkMethods(stores: Subject, supports: Supports): void {
  const { revisionStore, branchStore } = stores.stores
  for (const [name, store, methods] of [
    ['revisionStore', revisionStore, ['put']],
    ['branchStore', branchStore, ['put', 'del']]
  ] as const) {
    const has = (method: string) => typeof Reflect.get(store, method) === 'function'
    for (const method of methods) assert.ok(has(method), `${name}.${method} is missing`)
    assert.ok(has('get') || has('read'), `${name} has neither get nor read`)
  }
  for (const method of optionalMethods) stores.offers(method, supports)
}

function supportsOption(options: Options): Supports {
  const supports = optionsOf(options['supports'], supportsCall)
  for (const [method, value] of Object.entries(supports)) {
    if (value !== undefined && typeof value !== 'boolean') {
      throw new TypeError(`supports.${method} must be a boolean, not ${described(value)}`)
    }
  }
  return supports
}
