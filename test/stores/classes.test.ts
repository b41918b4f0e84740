/** Stores as classes that say `implements`: by promises, by callbacks, with the least and with all. */

import { expect, test } from 'vitest'
import {
  type BranchStore,
  createDB,
  type RevisionStore,
  refOf,
  type StoreCallback,
  type StoredText
} from '../../ts/index.js'

class PromiseRevisions implements RevisionStore {
  readonly texts = new Map<string, string>()

  put(text: string): Promise<string> {
    const id = this.idOf(text)
    this.texts.set(id, text)
    return Promise.resolve(id)
  }

  get(id: string): Promise<string | undefined> {
    return Promise.resolve(this.texts.get(id))
  }

  del(id: string): Promise<boolean> {
    return Promise.resolve(this.texts.delete(id))
  }

  idOf(text: string): string {
    return refOf(text)
  }

  putMany(texts: readonly string[]): Promise<string[]> {
    return Promise.all(texts.map((text) => this.put(text)))
  }

  getMany(ids: readonly string[]): Promise<(string | undefined)[]> {
    return Promise.all(ids.map((id) => this.get(id)))
  }

  has(ids: readonly string[]): Promise<boolean[]> {
    return Promise.resolve(ids.map((id) => this.texts.has(id)))
  }

  async *keys(): AsyncGenerator<string> {
    yield* await Promise.resolve(this.texts.keys())
  }
}

class PromiseHeads implements BranchStore {
  readonly values = new Map<string, string>()

  put(key: string, value: string): Promise<void> {
    this.values.set(key, value)
    return Promise.resolve()
  }

  get(key: string): Promise<string | null> {
    return Promise.resolve(this.values.get(key) ?? null)
  }

  del(key: string): Promise<boolean> {
    return Promise.resolve(this.values.delete(key))
  }

  compareAndSwap(key: string, expected: string | null, value: string): Promise<boolean> {
    if ((this.values.get(key) ?? null) !== expected) return Promise.resolve(false)
    this.values.set(key, value)
    return Promise.resolve(true)
  }

  keys(prefix: string): Iterable<string> {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix))
  }
}

class CallbackRevisions implements RevisionStore {
  readonly #texts = new Map<string, Buffer>()

  put(text: string, callback: StoreCallback<string>): void {
    const id = `id-${this.#texts.size}`
    this.#texts.set(id, Buffer.from(text))
    callback(null, id)
  }

  read(id: string, callback: StoreCallback<StoredText | undefined>): void {
    callback(null, this.#texts.get(id))
  }

  del(id: string, callback: StoreCallback<boolean>): void {
    callback(null, this.#texts.delete(id))
  }
}

class CallbackHeads implements BranchStore {
  readonly #values = new Map<string, string>()

  put(key: string, value: string, callback: StoreCallback<void>): void {
    this.#values.set(key, value)
    setImmediate(callback, null)
  }

  get(key: string, callback: StoreCallback<string | undefined>): void {
    setImmediate(callback, null, this.#values.get(key))
  }

  del(key: string, callback: StoreCallback<boolean>): void {
    setImmediate(callback, null, this.#values.delete(key))
  }

  keys(prefix: string, callback: StoreCallback<Iterable<string>>): void {
    const found = [...this.#values.keys()].filter((key) => key.startsWith(prefix))
    setImmediate(callback, null, found)
  }
}

test.each([
  ['promises', () => ({ revisionStore: new PromiseRevisions(), branchStore: new PromiseHeads() })],
  [
    'callbacks',
    () => ({ revisionStore: new CallbackRevisions(), branchStore: new CallbackHeads() })
  ]
])('a database over classes by %s', async (_how, stores) => {
  await using db = createDB<{ n: number }>(stores())
  const first = await db.put({ n: 1 })
  const [second] = await db.putMany([{ data: { n: 2 } }])
  expect(await db.refDifference(first, second ?? '')).toEqual([second])
  expect(await db.getMany([first])).toEqual([{ n: 1 }])
  expect({ ...(await db.branches()) }).toEqual({ main: second })
})

test('10,000 puts that nobody awaits cost as much each as a few', async () => {
  await using db = createDB<number>({
    revisionStore: new CallbackRevisions(),
    branchStore: new CallbackHeads()
  })
  const count = 10_000
  const refs = await Promise.all(
    Array.from({ length: count }, (_, n) => db.put(n, [], { moveHead: n === count - 1 }))
  )
  expect(new Set(refs).size).toBe(count)
  expect(db.head()).toBe(refs.at(-1))
})
