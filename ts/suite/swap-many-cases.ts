/**
 * Tests of `compareAndSwapMany`, which must do all swaps in one step or none, and report which.
 */

import assert from 'node:assert/strict'
import type { HeadSwap } from '../store/interfaces.js'
import type { Case } from './cases.js'
import { same } from './same.js'
import type { Subject } from './subject.js'

const needs = 'compareAndSwapMany'
const accounts = Array.from({ length: 6 }, (_, number) => `heads/account ${number}`)
const movers = 8

const swap = (key: string, expected: string | null, value: string | null): HeadSwap => ({
  key: `heads/${key}`,
  expected,
  value
})

async function valuesOf(stores: Subject, names: readonly string[]): Promise<(string | null)[]> {
  return await Promise.all(names.map(async (name) => (await stores.value(`heads/${name}`)) ?? null))
}

/** Moves 1 from one account to another, and tries again while others move too. */
async function move(stores: Subject, from: string, to: string): Promise<void> {
  for (;;) {
    const [less, more] = await Promise.all([stores.value(from), stores.value(to)])
    const swaps = [
      { key: from, expected: less ?? null, value: String(Number(less ?? 0) - 1) },
      { key: to, expected: more ?? null, value: String(Number(more ?? 0) + 1) }
    ]
    if ((await stores.swapMany(swaps)) === -1) return
  }
}

/** The tests of `compareAndSwapMany`. */
export const swapManyCases: readonly Case[] = [
  {
    name: 'compareAndSwapMany sets, makes and deletes keys together',
    needs,
    run: async (stores) => {
      await stores.putValue('heads/set', 'a')
      await stores.putValue('heads/gone', 'b')
      await stores.putValue('heads/same', 'c')
      const swaps = [
        swap('set', 'a', 'A'),
        swap('made', null, 'M'),
        swap('gone', 'b', null),
        swap('same', 'c', 'c'),
        swap('none', null, null)
      ]
      assert.equal(await stores.swapMany(swaps), -1)
      const values = await valuesOf(stores, ['set', 'made', 'gone', 'same', 'none'])
      same(values, ['A', 'M', null, 'c', null])
    }
  },
  {
    name: 'compareAndSwapMany does nothing if one key has another value, and returns which',
    needs,
    run: async (stores) => {
      await stores.putValue('heads/b', 'b')
      await stores.putValue('heads/d', 'd')
      const right = [swap('a', null, '1'), swap('b', 'b', '2'), swap('d', 'd', null)]
      const wrong = [swap('c', 'c', '3'), swap('c', 'c', null), swap('e', 'e', 'e')]
      for (const [place, one] of wrong.entries()) {
        const swaps = right.toSpliced(place, 0, one)
        assert.equal(await stores.swapMany(swaps), place)
      }
      for (const one of [swap('b', null, '2'), swap('b', null, null), swap('b', 'B', '2')]) {
        assert.equal(await stores.swapMany([right[0] as HeadSwap, one]), 1)
      }
      same(await valuesOf(stores, ['a', 'b', 'c', 'd']), [null, 'b', null, 'd'])
      assert.equal(await stores.swapMany(right), -1)
      same(await valuesOf(stores, ['a', 'b', 'c', 'd']), ['1', '2', null, null])
    }
  },
  {
    name: 'compareAndSwapMany accepts names of any characters, and many at once',
    needs,
    run: async (stores) => {
      const names = ["it's", '"', '\\', '{a,b}', 'NULL', '', ' ', 'ä', '😀', '__proto__', '10', ',']
      const many = Array.from({ length: 300 }, (_, number) => `many ${number}`)
      const all = [...names.map((name) => `x${name}`), ...many]
      assert.equal(await stores.swapMany(all.map((name) => swap(name, null, `<${name}>`))), -1)
      same(
        await valuesOf(stores, all),
        all.map((name) => `<${name}>`)
      )
      const swaps = all.map((name, place) => swap(name, `<${name}>`, place % 2 ? null : name))
      assert.equal(await stores.swapMany(swaps), -1)
      same(
        await valuesOf(stores, all),
        all.map((name, place) => (place % 2 ? null : name))
      )
    }
  },
  {
    name: 'of many swaps of the same keys at once exactly one succeeds',
    needs,
    run: async (stores) => {
      const other = await stores.again()
      let before: string | null = null
      for (let round = 0; round < 10; round += 1) {
        const values = Array.from({ length: movers }, (_, n) => `round ${round}, ${n}`)
        const results: number[] = await Promise.all(
          values.map((value, n) => {
            const swaps = [swap('one', before, value), swap('other', before, value)]
            return (n % 2 ? stores : other).swapMany(n % 3 ? swaps : swaps.toReversed())
          })
        )
        const won: string[] = values.filter((_value, n) => results[n] === -1)
        assert.equal(won.length, 1)
        same(await valuesOf(stores, ['one', 'other']), [won[0], won[0]])
        before = won[0] ?? null
      }
    }
  },
  {
    name: 'amounts moved by concurrent compareAndSwapMany keep their sum',
    needs,
    run: async (stores) => {
      const hands = [stores, await stores.again(), await stores.again()]
      await Promise.all(
        Array.from({ length: movers }, async (_, mover) => {
          for (let turn = 0; turn < 4; turn += 1) {
            const from = accounts[(mover + turn) % accounts.length] ?? ''
            const to = accounts[(mover * 2 + turn + 1) % accounts.length] ?? ''
            if (from !== to) await move(hands[mover % hands.length] ?? stores, from, to)
          }
        })
      )
      const left = await Promise.all(accounts.map((key) => stores.value(key)))
      assert.equal(
        left.map((value) => Number(value ?? 0)).reduce((sum, value) => sum + value, 0),
        0
      )
    }
  }
]
