/**
 * Tests of a revision store, which must keep a text unchanged under an id of its own.
 */

import assert from 'node:assert/strict'
import type { Case } from './cases.js'
import { same } from './same.js'
import type { Subject } from './subject.js'
import { delicateData, textOf, textsOf } from './texts.js'

/** Ids that no text has, in forms that users may pass. */
const unknownIds = [
  '0'.repeat(64),
  'A'.repeat(64),
  'no such id',
  "it's",
  '%',
  '*',
  '../heads/main',
  '__proto__',
  'constructor',
  'ä/😀',
  'nul\u0000'
]

async function comesBack(stores: Subject, text: string): Promise<void> {
  const id = await stores.put(text)
  assert.equal(await stores.get(id), text)
}

const delicate: readonly Case[] = delicateData.map(([what, data]) => ({
  name: `a text comes back as it was, character by character: ${what}`,
  run: (stores) => comesBack(stores, textOf(data))
}))

/** The tests of `put`, `get` and `del`. */
export const revisionCases: readonly Case[] = [
  {
    name: 'a text comes back under the id that put returned',
    run: (stores) => comesBack(stores, textOf({ first: true }))
  },
  ...delicate,
  {
    name: 'a text that names ancestors comes back',
    run: async (stores) => {
      const ancestors = [await stores.put(textOf('a')), await stores.put(textOf('b'))]
      await comesBack(stores, textOf('merged', ancestors))
    }
  },
  {
    name: 'a large text comes back',
    run: async (stores, { largestText }) => {
      await comesBack(stores, textOf('ä'.repeat(largestText - 100)))
      await comesBack(stores, textOf(new Uint8Array(Math.floor(largestText / 2)).fill(0xff)))
    }
  },
  {
    name: 'different texts have different ids',
    run: async (stores) => {
      const texts = [...textsOf(50), textOf('a'), textOf('A'), textOf('a '), textOf(['a'])]
      const ids = new Set<string>()
      for (const text of texts) ids.add(await stores.put(text))
      assert.equal(ids.size, texts.length)
    }
  },
  {
    name: 'a text that is put again stays as it was',
    run: async (stores) => {
      const [text = '', other = ''] = textsOf(2)
      const first = await stores.put(text)
      await stores.put(other)
      const second = await stores.put(text)
      same([await stores.get(first), await stores.get(second)], [text, text])
    }
  },
  {
    name: 'an id that was never put is missing, which is not an error',
    run: async (stores) => {
      await stores.put(textOf('there'))
      for (const id of unknownIds) assert.equal(await stores.get(id), undefined, id)
    }
  },
  {
    name: 'texts put at the same time are all kept',
    run: async (stores) => {
      const texts = textsOf(100)
      const ids = await Promise.all(texts.map((text) => stores.put(text)))
      same(await Promise.all(ids.map((id) => stores.get(id))), texts)
    }
  },
  {
    name: 'a text put many times at the same time is kept',
    run: async (stores) => {
      const text = textOf('popular')
      const other = await stores.again()
      const puts = Array.from({ length: 40 }, (_, n) => (n % 2 ? stores : other).put(text))
      for (const id of await Promise.all(puts)) assert.equal(await stores.get(id), text)
    }
  },
  {
    name: 'a second pair over the same data reads what the first has put',
    run: async (stores) => {
      const other = await stores.again()
      const text = textOf('shared')
      assert.equal(await other.get(await stores.put(text)), text)
    }
  },
  {
    name: 'what is deleted is missing, and nothing else is',
    needs: 'del',
    run: async (stores) => {
      const texts = textsOf(3)
      const ids: string[] = []
      for (const text of texts) ids.push(await stores.put(text))
      await stores.del(ids[1] ?? '')
      const left = await Promise.all(ids.map((id) => stores.get(id)))
      same(left, [texts[0], undefined, texts[2]])
    }
  },
  {
    name: 'deleting a missing id is not an error',
    needs: 'del',
    run: (stores) => stores.del('0'.repeat(64))
  }
]
