/**
 * Tests of a revision store that takes many texts at a time, tells ids in advance or lists them.
 */

import assert from 'node:assert/strict'
import type { Case } from './cases.js'
import { same } from './same.js'
import { delicateData, textOf, textsOf } from './texts.js'

/** More than a database asks for at a time. */
const many = 1500

const unknown = '0'.repeat(64)

/** The tests of `idOf`, `putMany`, `putNamed`, `getMany`, `has` and `keys`. */
export const batchCases: readonly Case[] = [
  {
    name: 'idOf returns the id that put returns',
    needs: 'idOf',
    run: async (stores) => {
      const { revisionStore } = stores.stores
      for (const text of [...textsOf(5), ...delicateData.map(([, data]) => textOf(data))]) {
        const told: unknown = revisionStore.idOf?.(text)
        assert.equal(await stores.put(text), told)
      }
    }
  },
  {
    name: 'putMany keeps all texts and returns their ids in order',
    needs: 'putMany',
    run: async (stores) => {
      const texts = [...textsOf(many), ...delicateData.map(([, data]) => textOf(data))]
      const ids = await stores.many('putMany', texts)
      const sample = ids.flatMap((id, place) =>
        place % 100 && place < many ? [] : [{ id, place }]
      )
      for (const { id, place } of sample) {
        assert.equal(await stores.get(String(id)), texts[place])
      }
    }
  },
  {
    name: 'putMany accepts a text twice, and one that exists already',
    needs: 'putMany',
    run: async (stores) => {
      const [first = '', second = ''] = textsOf(2)
      await stores.put(second)
      const texts = [first, second, first]
      const ids = (await stores.many('putMany', texts)).map(String)
      same(await Promise.all(ids.map((id) => stores.get(id))), texts)
    }
  },
  {
    name: 'putNamed keeps texts under the ids that idOf tells, and accepts texts that exist already',
    needs: 'putNamed',
    run: async (stores) => {
      const { revisionStore } = stores.stores
      const texts = [...textsOf(many), ...delicateData.map(([, data]) => textOf(data))]
      const ids = texts.map((text) => String(revisionStore.idOf?.(text)))
      await stores.put(texts[0] ?? '')
      await stores.putNamed(ids, texts)
      for (const [place, id] of ids.entries()) {
        if (place % 100 === 0 || place >= many) assert.equal(await stores.get(id), texts[place])
      }
    }
  },
  {
    name: 'several putMany at once keep all texts, also shared ones',
    needs: 'putMany',
    run: async (stores) => {
      const other = await stores.again()
      const shared = textsOf(200, 'shared')
      const batches = Array.from({ length: 8 }, (_, n) => {
        const own = textsOf(50, `of ${n}`)
        return n % 2 ? [...shared, ...own] : [...own, ...shared.toReversed()]
      })
      const put = batches.map((batch, n) => (n % 2 ? stores : other).many('putMany', batch))
      for (const [n, ids] of (await Promise.all(put)).entries()) {
        for (const place of [0, 49, 50, 199, 200, 249]) {
          assert.equal(await stores.get(String(ids[place])), batches[n]?.[place])
        }
      }
    }
  },
  {
    name: 'getMany returns texts in order, with missing ones in their place',
    needs: 'getMany',
    run: async (stores) => {
      const texts = textsOf(many)
      const ids = await Promise.all(texts.map((text) => stores.put(text)))
      same(await stores.getMany(ids.toReversed()), texts.toReversed())
      const [id = ''] = ids
      const asked = [unknown, id, 'no such id', id, '../x', 'nul\u0000']
      const expected = [undefined, texts[0], undefined, texts[0], undefined, undefined]
      same(await stores.getMany(asked), expected)
    }
  },
  {
    name: 'getMany returns texts as they were, character by character',
    needs: 'getMany',
    run: async (stores) => {
      const texts = delicateData.map(([, data]) => textOf(data))
      const ids: string[] = []
      for (const text of texts) ids.push(await stores.put(text))
      same(await stores.getMany(ids), texts)
    }
  },
  {
    name: 'has returns booleans in order',
    needs: 'has',
    run: async (stores) => {
      const texts = textsOf(many)
      const ids = await Promise.all(texts.map((text) => stores.put(text)))
      const asked = ids.flatMap((id) => [id, `${id}x`])
      const answer = (await stores.many('has', asked)).map(Boolean)
      same(
        answer,
        asked.map((_id, place) => place % 2 === 0)
      )
      const odd = await stores.many('has', ['nul\u0000', unknown, ids[0] ?? ''])
      same(odd.map(Boolean), [false, false, true])
    }
  },
  {
    name: 'ancestry returns the ancestors of the given ids, and of ids that these reach',
    needs: 'ancestry',
    run: async (stores) => {
      const ids: string[] = []
      const expected = new Map<string, string[]>()
      for (let number = 0; number < 60; number += 1) {
        const near = [ids[number - 1], ids[number - 1 - (number % 7)]]
        const ancestors = [...new Set(near.filter((id) => id !== undefined))]
        const id = await stores.put(textOf({ number, text: 'ä]"'.repeat(number) }, ancestors))
        expected.set(id, ancestors)
        ids.push(id)
      }
      const many = await stores.put(textOf('many', ids))
      expected.set(many, ids)
      const some = await stores.ancestry([many, unknown, ids[3] ?? ''], 10)
      assert.ok(some.has(many) && some.has(ids[3] ?? '') && !some.has(unknown))
      for (const [id, ancestors] of some) same(ancestors, expected.get(id))
      assert.equal((await stores.ancestry([unknown, 'no such id'], 10)).size, 0)
      const last = ids.at(-1) ?? ''
      const reached = await stores.ancestry([last], 1000)
      for (const [id, ancestors] of reached) same(ancestors, expected.get(id))
      assert.ok(
        reached.has(last) && reached.size > 1,
        'ancestry returned nothing beyond the given ids'
      )
    }
  },
  {
    name: 'keys returns all ids',
    needs: 'revisionKeys',
    run: async (stores) => {
      same(await stores.ids(), [])
      const ids = await Promise.all(textsOf(300).map((text) => stores.put(text)))
      same(await stores.ids(), ids.toSorted())
    }
  }
]
