/**
 * Tests of failing stores: the call fails, the head stays, and the next call works.
 */

import assert from 'node:assert/strict'
import { isThenable } from '../base/manner.js'
import type { Ref } from '../base/types.js'
import { createDB } from '../create.js'
import type { DB } from '../db.js'
import type { Case } from './cases.js'
import type { SuiteStores } from './options.js'
import { same } from './same.js'

type Method = (...args: unknown[]) => unknown

const failure = new Error('injected by the suite')

/** A store whose next call of a method fails, before or after it has done its work. */
class Faults {
  readonly #store: object
  #method: string | undefined
  #isDone = false

  constructor(store: object) {
    this.#store = store
  }

  /** Makes the next call of `method` fail. With `isDone` it does its work first. */
  inject(method: string, isDone: boolean): void {
    this.#method = method
    this.#isDone = isDone
  }

  /** Takes back a failure that was not used. */
  clear(): void {
    this.#method = undefined
  }

  /** Whether an injected failure was not used. */
  get isPending(): boolean {
    return this.#method !== undefined
  }

  /** The store with injected failures. */
  get store(): object {
    return new Proxy(this.#store, {
      get: (store, name) => {
        const method: unknown = Reflect.get(store, name)
        if (typeof method !== 'function' || typeof name !== 'string') return method
        if (name === 'idOf' || name === 'keys') return method.bind(store)
        return this.#wrapped(store, name, method as Method)
      }
    })
  }

  /** Wraps a method. The result has as many parameters, so that it is called in the same style. */
  #wrapped(store: object, name: string, method: Method): Method {
    const wrapped: Method = (...args) => {
      if (this.#method !== name) return Reflect.apply(method, store, args)
      this.#method = undefined
      if (!this.#isDone) throw failure
      const callback = args.at(-1) as (error: unknown) => void
      const answer = () => callback(failure)
      const returned = Reflect.apply(method, store, [...args.slice(0, -1), answer])
      const declaresCallback = method.length >= args.length
      if (isThenable(returned)) {
        returned.then((result) => {
          if (result !== undefined || !declaresCallback) answer()
        }, answer)
      }
      return undefined
    }
    return Object.defineProperty(wrapped, 'length', { value: method.length })
  }
}

interface Faulty {
  readonly db: DB<string>
  readonly revisions: Faults
  readonly heads: Faults
}

async function faulty({ revisionStore, branchStore, isMissing }: SuiteStores): Promise<Faulty> {
  const [revisions, heads] = [new Faults(revisionStore), new Faults(branchStore)]
  const options = {
    revisionStore: revisions.store as SuiteStores['revisionStore'],
    branchStore: heads.store as SuiteStores['branchStore'],
    isMissing
  }
  return { db: await createDB<string>(options).ready(), revisions, heads }
}

function headOf(db: DB<string>): Promise<Ref | null> {
  return new Promise((resolve, reject) => {
    db.head((error, head) => (error ? reject(error) : resolve(head)))
  })
}

/** Makes one put that fails and one that succeeds. The head must reach acknowledged puts. */
async function putThrough({ db }: Faulty, faults: Faults, method: string, isDone: boolean) {
  const first = await db.put(`before ${method}`)
  faults.inject(method, isDone)
  const broken = db.put(`broken ${method}`)
  const met = await broken.then(
    () => assert.ok(faults.isPending, 'the put succeeded although its store failed'),
    (error: unknown) => error
  )
  faults.clear()
  if (met !== undefined) {
    assert.equal((met as { code?: unknown }).code, 'HISTO_STORE')
    assert.equal((met as Error).cause, failure)
    if (!isDone) assert.equal(await headOf(db), first, 'the head moved')
  }
  const next = await db.put(`after ${method}`)
  assert.equal(await headOf(db), next)
  assert.equal(await db.isAncestor(first, next), true)
}

/** The tests of failures. */
export const failureCases: readonly Case[] = [
  ...[false, true].map((isDone): Case => {
    const when = isDone ? 'after it has done its work' : 'before it does anything'
    return {
      name: `a put whose store fails ${when} fails, and the next one works`,
      run: async ({ stores }) => {
        const opened = await faulty(stores)
        for (const method of ['put', 'putMany']) {
          await putThrough(opened, opened.revisions, method, isDone)
        }
        for (const method of ['get', 'read', 'put', 'compareAndSwap']) {
          await putThrough(opened, opened.heads, method, isDone)
        }
        await opened.db.close()
      }
    }
  }),
  {
    name: 'a failed read is an error, never a missing revision or an empty database',
    run: async ({ stores }) => {
      const { db, revisions, heads } = await faulty(stores)
      const ref = await db.put('there')
      for (const method of ['get', 'read']) {
        revisions.inject(method, false)
        const read = await db.get(ref).catch((error: unknown) => error)
        if (!revisions.isPending) assert.equal((read as { code?: unknown }).code, 'HISTO_STORE')
        heads.inject(method, false)
        const head = await headOf(db).catch((error: unknown) => error)
        if (!heads.isPending) assert.equal((head as { code?: unknown }).code, 'HISTO_STORE')
        revisions.clear()
        heads.clear()
      }
      await db.close()
    }
  },
  {
    name: 'while the stores are interrupted calls fail, and afterwards everything is as before',
    run: async ({ stores }) => {
      if (stores.interrupt === undefined) return
      const { revisionStore, branchStore, isMissing } = stores
      const db = await createDB<string>({ revisionStore, branchStore, isMissing }).ready()
      const ref = await db.put('before')
      const restore = await stores.interrupt()
      const calls = [db.get(ref), db.put('lost'), db.update(() => 'lost'), headOf(db)]
      for (const call of await Promise.allSettled(calls)) {
        assert.equal(call.status, 'rejected', 'a call succeeded while the stores were interrupted')
        assert.equal((call.reason as { code?: unknown }).code, 'HISTO_STORE')
      }
      await restore()
      same([await headOf(db), await db.get(ref)], [ref, 'before'])
      const next = await db.put('after')
      same(await db.ancestors(next), [ref])
      await db.close()
    }
  }
]
