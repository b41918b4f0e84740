/**
 * Tests of a branch store, which must keep the last short string put under each key, of any characters.
 */

import assert from 'node:assert/strict'
import { compareNames } from '../base/names.js'
import type { Case } from './cases.js'
import { same } from './same.js'

/** Pairs of keys that a careless store confuses, or takes for a pattern or a path. */
const keys: readonly string[] = [
  'name',
  'heads/main',
  'heads/Main',
  'heads/main ',
  'heads/main/deep',
  'heads/..',
  'heads/../name',
  'heads/ä',
  'heads/a\u0308',
  'heads/😀',
  'heads/%',
  'heads/_',
  'heads/*',
  'heads/[a]',
  "heads/it's",
  'heads/"quoted"',
  'heads/back\\slash',
  'heads/__proto__',
  'heads/CON',
  'remotes/main',
  'remotes/name',
  `heads/${'n'.repeat(255)}`,
  `heads/${'n'.repeat(254)}m`,
  `remotes/${'😀'.repeat(63)}`
]

const ref = 'f'.repeat(64)

/** The tests of `put`, `get`, `del` and `keys` of a branch store. */
export const headCases: readonly Case[] = [
  {
    name: 'a key that was never put is missing, which is not an error',
    run: async (stores) => {
      for (const key of keys) assert.equal(await stores.value(key), undefined, key)
    }
  },
  {
    name: 'each key keeps its own value, whatever its characters',
    run: async (stores) => {
      for (const [number, key] of keys.entries()) await stores.putValue(key, `value ${number}`)
      for (const [number, key] of keys.entries()) {
        assert.equal(await stores.value(key), `value ${number}`, key)
      }
    }
  },
  {
    name: 'a value is kept as it is',
    run: async (stores) => {
      for (const value of [ref, 'a', ' ', 'ä 😀', "it's \\ %", 'x'.repeat(1000)]) {
        await stores.putValue('name', value)
        assert.equal(await stores.value('name'), value)
      }
    }
  },
  {
    name: 'the last of several values put one after another stays',
    run: async (stores) => {
      const other = await stores.again()
      for (let number = 0; number < 30; number += 1) {
        await (number % 2 ? stores : other).putValue('heads/main', `value ${number}`)
        assert.equal(await stores.value('heads/main'), `value ${number}`)
      }
    }
  },
  {
    name: 'values put at the same time under different keys are all kept',
    run: async (stores) => {
      const names = Array.from({ length: 100 }, (_, number) => `heads/${number}`)
      await Promise.all(names.map((key) => stores.putValue(key, key)))
      same(await Promise.all(names.map((key) => stores.value(key))), names)
    }
  },
  {
    name: 'a deleted key is missing, others stay, and it can be put again',
    run: async (stores) => {
      await stores.putValue('heads/a', 'a')
      await stores.putValue('heads/b', 'b')
      await stores.delValue('heads/a')
      same([await stores.value('heads/a'), await stores.value('heads/b')], [undefined, 'b'])
      await stores.putValue('heads/a', 'again')
      assert.equal(await stores.value('heads/a'), 'again')
    }
  },
  {
    name: 'deleting a missing key is not an error',
    run: (stores) => stores.delValue('heads/none')
  },
  {
    name: 'keys and ids are not confused',
    run: async (stores) => {
      await stores.putValue(ref, 'a head')
      assert.equal(await stores.get(ref), undefined)
    }
  },
  {
    name: 'keys returns those that start with the prefix, and takes no character as a pattern',
    needs: 'branchKeys',
    run: async (stores) => {
      for (const key of keys) await stores.putValue(key, ref)
      const beneath = (prefix: string) => keys.filter((key) => key.startsWith(prefix)).sort()
      for (const prefix of ['heads/', 'remotes/', 'heads/%', 'heads/_', 'heads/*', 'heads/[a]']) {
        same(await stores.keys(prefix), beneath(prefix), prefix)
      }
      same(await stores.keys('none/'), [])
    }
  },
  {
    name: 'entries returns pages of keys with their values, in the order of their bytes',
    needs: 'branchEntries',
    run: async (stores) => {
      for (const [number, key] of keys.entries()) await stores.putValue(key, `value ${number}`)
      const sorted = [...keys].sort(compareNames)
      const page = (prefix: string, after: string | null, limit: number) =>
        sorted
          .filter(
            (key) => key.startsWith(prefix) && (after === null || compareNames(after, key) < 0)
          )
          .slice(0, limit)
          .map((key) => [key, `value ${keys.indexOf(key)}`])
      const ends = [
        null,
        'heads/',
        'heads/main',
        'heads/main/d',
        'heads/ä',
        'heads/😀',
        'remotes/',
        ''
      ]
      for (const prefix of [
        'heads/',
        'remotes/',
        'heads/%',
        'heads/_',
        'heads/main',
        'none/',
        ''
      ]) {
        for (const after of ends) {
          for (const limit of [1, 3, Number.POSITIVE_INFINITY]) {
            same(await stores.entries(prefix, after, limit), page(prefix, after, limit))
          }
        }
      }
    }
  },
  {
    name: 'a page of entries is a snapshot while keys change',
    needs: 'branchEntries',
    run: async (stores) => {
      const other = await stores.again()
      const pair = ['heads/1 first', 'heads/2 second'] as const
      for (const key of pair) await stores.putValue(key, '0')
      let isOver = false
      const move = async () => {
        for (let turn = 1; turn <= 30; turn += 1) {
          await other.putValue(pair[0], String(turn))
          await other.putValue(pair[1], String(turn))
        }
        isOver = true
      }
      const moved = move()
      try {
        while (!isOver) {
          const [first, second] = await stores.entries('heads/', null, 2)
          const ahead = Number(first?.[1]) - Number(second?.[1])
          assert.ok(ahead === 0 || ahead === 1, `the first is ${ahead} moves before the second`)
        }
      } finally {
        await moved
      }
    }
  },
  {
    name: 'keys returns many keys, and no deleted ones',
    needs: 'branchKeys',
    run: async (stores) => {
      const names = Array.from({ length: 500 }, (_, number) => `heads/branch ${number}`)
      await Promise.all(names.map((key) => stores.putValue(key, ref)))
      const gone = new Set(names.filter((_key, place) => place % 5 === 0))
      await Promise.all([...gone].map((key) => stores.delValue(key)))
      const left = names.filter((key) => !gone.has(key)).sort()
      same(await stores.keys('heads/'), left)
    }
  }
]
