/**
 * Tests of `compareAndSwap`, which must let exactly one of many succeed, and report to each whether it did.
 */

import assert from 'node:assert/strict'
import type { Case } from './cases.js'
import { same } from './same.js'
import type { Subject } from './subject.js'

const key = 'heads/main'
const contenders = 16

/** Reads a number and swaps in the next one until that succeeds. */
async function increment(stores: Subject): Promise<void> {
  for (;;) {
    const before = await stores.value(key)
    if (await stores.swap(key, before ?? null, String(Number(before ?? 0) + 1))) return
  }
}

async function hands(stores: Subject): Promise<Subject[]> {
  const others = [stores, await stores.again(), await stores.again()]
  return Array.from({ length: contenders }, (_, n) => others[n % others.length] ?? stores)
}

/** The tests of `compareAndSwap`. */
export const swapCases: readonly Case[] = [
  {
    name: 'compareAndSwap sets a missing key only if null is expected',
    needs: 'compareAndSwap',
    run: async (stores) => {
      assert.equal(await stores.swap(key, 'a', 'b'), false)
      assert.equal(await stores.value(key), undefined)
      assert.equal(await stores.swap(key, null, 'a'), true)
      assert.equal(await stores.swap(key, null, 'b'), false)
      assert.equal(await stores.value(key), 'a')
    }
  },
  {
    name: 'compareAndSwap sets a key that has the expected value, and no other',
    needs: 'compareAndSwap',
    run: async (stores) => {
      await stores.putValue(key, 'a')
      await stores.putValue('heads/other', 'a')
      assert.equal(await stores.swap(key, 'b', 'c'), false)
      assert.equal(await stores.swap(key, 'A', 'c'), false)
      assert.equal(await stores.swap(key, 'a', 'b'), true)
      assert.equal(await stores.swap(key, 'a', 'c'), false)
      same([await stores.value(key), await stores.value('heads/other')], ['b', 'a'])
    }
  },
  {
    name: 'compareAndSwap to the current value succeeds',
    needs: 'compareAndSwap',
    run: async (stores) => {
      await stores.putValue(key, 'a')
      assert.equal(await stores.swap(key, 'a', 'a'), true)
    }
  },
  {
    name: 'compareAndSwap takes a deleted key as missing',
    needs: 'compareAndSwap',
    run: async (stores) => {
      await stores.putValue(key, 'a')
      await stores.delValue(key)
      assert.equal(await stores.swap(key, 'a', 'b'), false)
      assert.equal(await stores.swap(key, null, 'b'), true)
      assert.equal(await stores.value(key), 'b')
    }
  },
  {
    name: 'of many swaps from the same value at once exactly one succeeds',
    needs: 'compareAndSwap',
    run: async (stores) => {
      const all = await hands(stores)
      let before: string | null = null
      for (let round = 0; round < 10; round += 1) {
        const values = all.map((_, n) => `round ${round}, ${n}`)
        const swaps = all.map((one, n) => one.swap(key, before, values[n] ?? ''))
        const won: string[] = values.filter(
          (
            (done) => (_value: string, n: number) =>
              done[n]
          )(await Promise.all(swaps))
        )
        same([await stores.value(key)], won)
        before = won[0] ?? null
      }
    }
  },
  {
    name: 'concurrent increments by compareAndSwap lose nothing',
    needs: 'compareAndSwap',
    run: async (stores) => {
      const all = await hands(stores)
      await Promise.all(
        all.map(async (one) => {
          for (let turn = 0; turn < 3; turn += 1) await increment(one)
        })
      )
      assert.equal(await stores.value(key), String(contenders * 3))
    }
  }
]
