/**
 * Databases over users' stores, both Maps, against the method of 2013 in plain JavaScript over the
 * same stores: canonical JSON, its SHA-1 as the id, and the head under its own key.
 *
 * The floor is the work that both need: that of the stores and `JSON.stringify` or `JSON.parse`. A second floor adds
 * what any code with canonical texts needs: making or checking the text, and a promise.
 */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { createDB } from 'histo-revisions'
import * as native from '#native'
import { type Item, items } from './lib/data.js'
import { machine } from './lib/machine.js'
import { race, size } from './lib/race.js'

const count = size(5_000, 100)
const inFlight = size(1_000, 50)
const rounds = size(9, 1)

type Answer<R> = (error: unknown, result?: R) => void

/** A revision store and a branch store that call back before they return. */
function stores() {
  const texts = new Map<string, string>()
  const values = new Map<string, string>()
  return {
    revisionStore: {
      put(text: string, callback: Answer<string>) {
        const id = createHash('sha1').update(text).digest('hex')
        texts.set(id, text)
        callback(null, id)
      },
      get: (id: string, callback: Answer<string>) => callback(null, texts.get(id)),
      del: (id: string, callback: Answer<boolean>) => callback(null, texts.delete(id))
    },
    branchStore: {
      put(key: string, value: string, callback: Answer<void>) {
        values.set(key, value)
        callback(null)
      },
      get: (key: string, callback: Answer<string>) => callback(null, values.get(key)),
      del: (key: string, callback: Answer<boolean>) => callback(null, values.delete(key))
    }
  }
}

/** What there was in 2013, as promises. */
function plainly({ revisionStore, branchStore }: ReturnType<typeof stores>) {
  let head: string | undefined
  return {
    put: (data: Item) =>
      new Promise<string>((resolve, reject) => {
        const text = canonicalize({ ancestors: head === undefined ? [] : [head], data }) ?? ''
        revisionStore.put(text, (error, ref = '') => {
          if (error) return reject(error)
          head = ref
          branchStore.put('head', ref, (failed) => (failed ? reject(failed) : resolve(ref)))
        })
      }),
    get: (ref: string) =>
      new Promise<Item>((resolve, reject) => {
        revisionStore.get(ref, (error, text = '') => {
          if (error) return reject(error)
          resolve((JSON.parse(text) as { data: Item }).data)
        })
      })
  }
}

const data = items(0, count)
const ours = await createDB<Item>(stores()).ready()
const plain = plainly(stores())
const floor = stores()
const refs: string[] = []
for (const one of data) refs.push(await ours.put(one))
const plainRefs: string[] = []
for (const one of data) plainRefs.push(await plain.put(one))
assert.deepEqual(refs, plainRefs, 'the two ways have different refs')
assert.deepEqual(await ours.getMany(refs.slice(0, 50)), data.slice(0, 50))
assert.deepEqual(await plain.get(plainRefs[7] ?? ''), data[7])

type Put = (one: Item) => Promise<string>

const putEach = (name: string, put: Put) => ({
  name,
  run: async () => {
    for (const one of data) await put(one)
  }
})
const putTogether = (name: string, put: Put) => ({
  name,
  run: async () => {
    for (let at = 0; at < count; at += inFlight) {
      await Promise.all(data.slice(at, at + inFlight).map(put))
    }
  }
})
const getEach = (name: string, get: (ref: string) => Promise<Item>) => ({
  name,
  run: async () => {
    for (const ref of refs) await get(ref)
  }
})
const storedAlone = {
  name: 'JSON.stringify and the stores alone',
  run: () => {
    for (const one of data) {
      floor.revisionStore.put(JSON.stringify(one), (_error, id = '') =>
        floor.branchStore.put('head', id, () => undefined)
      )
    }
  }
}
const readAlone = {
  name: 'the store and JSON.parse alone',
  run: () => {
    for (const one of refs) {
      let text = ''
      floor.revisionStore.get(one, (_error, found = '') => {
        text = found
      })
      JSON.parse(text)
    }
  }
}
let parent: string[] = []
for (const one of data) {
  const text = canonicalize({ ancestors: parent, data: one }) ?? ''
  floor.revisionStore.put(text, (_error, id = '') => {
    parent = [id]
  })
}

/** The floor with the addon's canonical text, made and checked, and a promise for each. */
const bare = stores()
let bareHead: string | undefined
const putBarely = (one: Item) =>
  new Promise<string>((resolve) => {
    const text = native.textOf(JSON.stringify(one), bareHead ?? [], 2 ** 28)
    bare.revisionStore.put(text, (_error, id = '') => {
      bareHead = id
      resolve(id)
    })
  })
const getBarely = (ref: string) =>
  new Promise<Item>((resolve) => {
    bare.revisionStore.get(ref, (_error, text = '') =>
      resolve(JSON.parse(String(native.dataOfText(text, false))) as Item)
    )
  })
for (const [place, one] of data.entries()) assert.equal(await putBarely(one), refs[place])

const original = 'canonicalize, SHA-1, Map'
const barely = 'these, the canonical text, a promise'
console.log(machine())
await race({
  question: 'put over Maps, awaited one by one',
  unit: 'put',
  units: count,
  rounds,
  ours: putEach('put', (one) => ours.put(one)),
  others: [putEach(original, plain.put), storedAlone],
  targets: { [original]: 1 }
})
await race({
  question: `put over Maps, ${inFlight} in flight`,
  unit: 'put',
  units: count,
  rounds,
  ours: putTogether('put', (one) => ours.put(one)),
  others: [putTogether(original, plain.put), storedAlone, putTogether(barely, putBarely)],
  targets: { [original]: 2 }
})
await race({
  question: 'get over a Map, awaited one by one',
  unit: 'get',
  units: count,
  rounds,
  ours: getEach('get', (ref) => ours.get(ref)),
  others: [getEach('JSON.parse, Map', plain.get), readAlone, getEach(barely, getBarely)],
  targets: { 'JSON.parse, Map': 1 }
})
await ours.close()
