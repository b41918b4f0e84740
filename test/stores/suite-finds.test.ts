/** The conformance suite fails where a store is wrong, each time in the test that is about it. */

import { expect, test } from 'vitest'
import { refOf } from '../../ts/index.js'
import type { LogRange, NewLogEntry } from '../../ts/store/interfaces.js'
import { type SuiteOptions, testStores } from '../../ts/store-suite-entry.js'
import { type Kept, loggingStores } from '../support/logging-stores.js'
import { type Manner, manners, type UserStores } from '../support/user-stores.js'

type Method = (...args: never[]) => unknown

/** Replaces a method by one that is given the sound one. */
function spoil(store: object, name: string, make: (sound: (...args: never[]) => never) => Method) {
  const sound = Reflect.get(store, name) as Method
  Reflect.set(store, name, make(sound.bind(store) as never))
}

/** The names of the tests that fail, of those whose names match. */
async function failures(
  wrong: (stores: UserStores) => void,
  options: Partial<SuiteOptions> = {},
  named = /./
): Promise<string[]> {
  const declared: { name: string; run: () => Promise<void> }[] = []
  testStores({
    test: (name, run) => declared.push({ name, run }),
    open: () => {
      const stores = (manners.at(-1) as Manner).make()
      wrong(stores)
      return { revisionStore: stores.revisionStore, branchStore: stores.branchStore }
    },
    largestText: 100_000,
    ...options
  })
  const failed: string[] = []
  expect(declared.length).toBeGreaterThan(40)
  for (const { name, run } of declared.filter(({ name }) => named.test(name))) {
    await run().catch(() => failed.push(name))
  }
  return failed
}

const stale = (text: string) => text.replace(/\s+"/g, '"')

const wrongs: readonly (readonly [string, (stores: UserStores) => void, RegExp])[] = [
  [
    'forgets large texts',
    ({ revisionStore, texts }) =>
      spoil(revisionStore, 'put', (put) => async (text: string) => {
        const id: string = await put(text as never)
        if (text.length > 50_000) texts.delete(id)
        return id
      }),
    /a large text/
  ],
  [
    'normalizes Unicode',
    ({ revisionStore, texts }) =>
      spoil(revisionStore, 'put', () => (text: string) => {
        texts.set(refOf(text), text.normalize())
        return Promise.resolve(refOf(text))
      }),
    /composed and decomposed/
  ],
  [
    'trims what it keeps',
    ({ revisionStore, texts }) =>
      spoil(revisionStore, 'put', () => (text: string) => {
        texts.set(refOf(text), stale(text))
        return Promise.resolve(refOf(text))
      }),
    /spaces at the ends/
  ],
  [
    'answers an empty text for a missing one',
    ({ revisionStore }) =>
      spoil(revisionStore, 'get', (get) => async (id: string) => (await get(id as never)) ?? ''),
    /never put is missing/
  ],
  [
    'answers the ids of putMany in another order',
    ({ revisionStore }) =>
      spoil(
        revisionStore,
        'putMany',
        (putMany) => async (texts: string[]) =>
          ((await putMany(texts as never)) as string[]).toSorted()
      ),
    /putMany keeps all texts/
  ],
  [
    'leaves out what is missing in getMany',
    ({ revisionStore, texts }) =>
      spoil(
        revisionStore,
        'getMany',
        () => async (ids: string[]) => ids.flatMap((id) => texts.get(id) ?? [])
      ),
    /getMany returns texts in order/
  ],
  [
    'has everything',
    ({ revisionStore }) =>
      spoil(revisionStore, 'has', () => async (ids: string[]) => ids.map(() => true)),
    /has returns booleans in order/
  ],
  [
    'tells another id than it answers',
    ({ revisionStore }) => Reflect.set(revisionStore, 'idOf', () => 'f'.repeat(64)),
    /idOf tells/
  ],
  [
    'deletes nothing',
    ({ revisionStore }) => spoil(revisionStore, 'del', () => async () => undefined),
    /what is deleted is missing/
  ],
  [
    'takes no heed of case',
    ({ branchStore }) => {
      for (const name of ['put', 'get']) {
        spoil(
          branchStore,
          name,
          (sound) =>
            (...args: string[]) =>
              sound(...([args[0]?.toLowerCase(), ...args.slice(1)] as never[]))
        )
      }
    },
    /each key keeps its own value/
  ],
  [
    'swaps whatever is there',
    ({ branchStore, values }) =>
      spoil(branchStore, 'compareAndSwap', () => (key: string, _: unknown, value: string) => {
        values.set(key, value)
        return Promise.resolve(true)
      }),
    /and no other/
  ],
  [
    'compares before it waits, and swaps afterwards',
    ({ branchStore, values }) =>
      spoil(branchStore, 'compareAndSwap', () => {
        return async (key: string, expected: string | null, value: string) => {
          if ((values.get(key) ?? null) !== expected) return false
          await new Promise(setImmediate)
          values.set(key, value)
          return true
        }
      }),
    /exactly one succeeds/
  ],
  [
    'lists all keys whatever the prefix',
    ({ branchStore, values }) =>
      spoil(
        branchStore,
        'keys',
        () =>
          async function* () {
            yield* values.keys()
          }
      ),
    /keys returns those that start/
  ],
  [
    'takes its failures for missing keys',
    ({ branchStore }) =>
      spoil(branchStore, 'get', (get) => async (key: string) => {
        try {
          return await get(key as never)
        } catch {
          return undefined
        }
      }),
    /interrupted/
  ]
]

test.each(wrongs)('a store that %s is found out', async (what, wrong, named) => {
  const options = what.includes('failures') ? { open: interrupted(wrong) } : {}
  expect(await failures(wrong, options, named)).not.toEqual([])
})

/** Stores that fail while they are interrupted, spoilt on top. */
function interrupted(wrong: (stores: UserStores) => void) {
  return () => {
    const stores = (manners.at(-1) as Manner).make()
    let isDown = false
    for (const store of [stores.revisionStore, stores.branchStore]) {
      for (const name of Object.keys(store).filter((method) => method !== 'idOf')) {
        spoil(store, name, (sound) => async (...args) => {
          if (isDown) throw new Error('the server is down')
          return await sound(...(args as never[]))
        })
      }
    }
    wrong(stores)
    const interrupt = () => {
      isDown = true
      return () => {
        isDown = false
      }
    }
    return { ...stores, interrupt }
  }
}

type Log = { branchStore: object; kept: Kept }

const wrongLogs: readonly (readonly [string, (stores: Log) => void, RegExp])[] = [
  [
    'logs the entries of a swap the other way round',
    ({ branchStore }) =>
      spoil(branchStore, 'compareAndSwapMany', (swapMany) => (swaps, entries: [], callback) => {
        return swapMany(swaps, entries.toReversed() as never, callback)
      }),
    /in their order/
  ],
  [
    'logs what it refuses',
    ({ branchStore, kept }) =>
      spoil(branchStore, 'compareAndSwapMany', (swapMany) => (swaps, entries: [], callback) => {
        for (const entry of entries) kept.log.unshift({ id: '0', ...(entry as NewLogEntry) })
        return swapMany(swaps, [] as never, callback)
      }),
    /refused logs nothing/
  ],
  [
    'leaves out what it does not know',
    ({ branchStore }) =>
      spoil(branchStore, 'compareAndSwapMany', (swapMany) => (swaps, entries: [], callback) => {
        const known = ({ time, branch, from, to, action }: NewLogEntry) => {
          return { time, branch, from, to, action }
        }
        return swapMany(swaps, entries.map(known) as never, callback)
      }),
    /whole entries/
  ],
  [
    'takes a branch for the beginning of its name',
    ({ branchStore, kept }) =>
      spoil(branchStore, 'readLog', () => (range: LogRange, callback) => {
        const { branch = '', before = '~', limit } = range
        const found = kept.log.filter(
          (entry) => entry.branch.startsWith(branch) && entry.id < before
        )
        setImmediate(callback, null, found.slice(0, limit))
      }),
    /pages of all branches and of one/
  ],
  [
    'begins its ids again when it has forgotten all',
    ({ branchStore, kept }) =>
      spoil(branchStore, 'forgetLog', (forget) => (time, limit, callback) => {
        kept.logged = 0
        return forget(time, limit, callback)
      }),
    /sort after these/
  ],
  [
    'forgets more than the limit',
    ({ branchStore }) =>
      spoil(branchStore, 'forgetLog', (forget) => (time, _limit, callback) => {
        return forget(time, 1000 as never, callback)
      }),
    /at most so many/
  ]
]

test.each(wrongLogs)('a store that %s is found out', async (_what, wrong, named) => {
  const open = () => {
    const { stores, kept } = loggingStores()
    wrong({ branchStore: stores.branchStore, kept })
    return stores
  }
  expect(await failures(() => undefined, { open }, named)).not.toEqual([])
})

test('a sound store fails nowhere, interrupted or not', async () => {
  expect(await failures(() => undefined)).toEqual([])
  expect(await failures(() => undefined, { open: interrupted(() => undefined) })).toEqual([])
})

test('methods that supports names must exist, and those it denies must not', async () => {
  const lacking = ({ revisionStore }: UserStores) => Reflect.deleteProperty(revisionStore, 'has')
  const about = /required methods|has returns/
  expect(await failures(lacking, { supports: { has: true } }, about)).toEqual([
    'the stores have the required methods, and those that supports names',
    'has returns booleans in order'
  ])
  expect(await failures(() => undefined, { supports: { idOf: false } }, about)).toEqual([
    'the stores have the required methods, and those that supports names'
  ])
})

test.each([
  [undefined],
  [{ open: () => undefined }],
  [{ test: () => undefined }],
  [{ test: () => undefined, open: () => undefined, supports: { everything: true } }],
  [{ test: () => undefined, open: () => undefined, timeout: 0 }]
] as unknown[][])('testStores(%o) is a TypeError', (options) => {
  expect(() => testStores(options as never)).toThrow(TypeError)
})
