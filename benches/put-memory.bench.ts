/**
 * Puts in memory, awaited one by one, against the same in plain JavaScript: the text, SHA-256 of
 * it by `node:crypto`, a `Map`, and a resolved promise.
 */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createDB, type DB } from 'histo-revisions'
import { type Item, items } from './lib/data.js'
import { machine } from './lib/machine.js'
import { race, size } from './lib/race.js'

const puts = size(20_000, 1000)
const rounds = size(15, 1)

/** The least that keeps a history. */
class PlainDatabase {
  readonly #texts = new Map<string, string>()
  #head: string | undefined

  put(data: unknown): Promise<string> {
    const text = JSON.stringify({ ancestors: this.#head === undefined ? [] : [this.#head], data })
    const ref = createHash('sha256').update(text).digest('hex')
    this.#texts.set(ref, text)
    this.#head = ref
    return Promise.resolve(ref)
  }

  get(ref: string): unknown {
    return JSON.parse(this.#texts.get(ref) ?? 'null').data
  }
}

const all = items(0, puts)

async function check() {
  const db = createDB<Item>()
  const plain = new PlainDatabase()
  for (const one of all.slice(0, 100)) {
    assert.deepEqual(await db.get(await db.put(one)), one)
    assert.deepEqual(plain.get(await plain.put(one)), one)
  }
  await db.close()
}

/** A contender whose every round begins with an empty database. */
function filling(name: string, open: () => PlainDatabase | DB<Item>) {
  let db = open()
  return {
    name,
    before: () => {
      db = open()
    },
    run: async () => {
      for (const one of all) await db.put(one)
    }
  }
}

console.log(machine())
await check()
await race({
  question: 'in memory, awaited one by one',
  unit: 'put',
  units: puts,
  rounds,
  warmup: 2,
  ours: filling('put', () => createDB<Item>()),
  others: [
    filling('plain JavaScript', () => new PlainDatabase()),
    {
      name: 'JSON.stringify alone',
      run: async () => {
        for (const one of all) await Promise.resolve(JSON.stringify(one))
      }
    }
  ],
  targets: { 'plain JavaScript': 1 }
})
