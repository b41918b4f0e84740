/**
 * Stores of users whose methods fail: the ways in which one can, and how to break and repair it.
 */

import { createDB, type DB } from '../../ts/index.js'
import { type Manner, manners, type UserStores } from './user-stores.js'

export type Method = (...args: unknown[]) => unknown

/** The error of a failing store. */
export const failure: Error = new Error('the disk is gone')

/** In ms: how long the stores of these tests may take; sound ones take less beside other work too. */
export const patience = 400

/** One way to fail, and the cause that the error of the package then has. */
export interface Way {
  readonly what: string
  readonly method: Method
  readonly cause: Error | undefined
}

function callback(args: readonly unknown[]): Method {
  return args.at(-1) as Method
}

/** All the ways in which any method can fail. */
export const ways: readonly Way[] = [
  { what: 'calls back', method: (...args) => callback(args)(failure), cause: failure },
  {
    what: 'calls back late',
    method: (...args) => {
      setTimeout(callback(args), 1, failure)
    },
    cause: failure
  },
  {
    what: 'throws',
    method: () => {
      throw failure
    },
    cause: failure
  },
  { what: 'rejects', method: () => Promise.reject(failure), cause: failure },
  {
    what: 'calls back and then with success',
    method: (...args) => {
      callback(args)(failure)
      callback(args)(null, undefined)
    },
    cause: failure
  },
  {
    what: 'calls back and then throws',
    method: (...args) => {
      callback(args)(failure)
      throw new Error('another')
    },
    cause: failure
  },
  { what: 'never answers', method: () => undefined, cause: undefined },
  {
    what: 'answers when it is too late',
    method: (...args) => {
      setTimeout(callback(args), patience * 2, failure)
    },
    cause: undefined
  }
]

/** The ways to answer what makes no sense, as callbacks. */
export function rubbish(...answers: readonly unknown[]): readonly Way[] {
  return answers.map((answer) => ({
    what: `answers ${JSON.stringify(answer) ?? String(answer)}`,
    method: (...args) => callback(args)(null, answer),
    cause: undefined
  }))
}

/** Replaces a method until what it returns is called. */
export function broken(store: object, method: string, way: Method): () => void {
  const sound = Reflect.get(store, method) as Method
  Reflect.set(store, method, way)
  return () => Reflect.set(store, method, sound)
}

/** A database with two revisions, `first` and `head`, over stores that a test can break. */
export interface Filled extends UserStores {
  readonly db: DB<unknown>
  readonly first: string
  readonly head: string
  readonly close: () => Promise<void>
}

/** Callbacks that come late, and the methods that each store must have. */
export const plain: Manner = manners[1] as Manner
/** Promises, and all methods but `putNamed`. */
export const full: Manner = manners.at(-2) as Manner
/** Promises, and all methods. */
export const named: Manner = manners.at(-1) as Manner
/** Promises, and all methods but `ancestry`, so that walks read texts. */
export const fullOfTexts: Manner = {
  ...full,
  make: () => {
    const stores = full.make()
    Reflect.deleteProperty(stores.revisionStore, 'ancestry')
    return stores
  }
}

/** Opens a database over new stores and writes two revisions, a remote and a branch. */
export async function filled(manner: Manner): Promise<Filled> {
  const stores = manner.make()
  const { revisionStore, branchStore } = stores
  const options = { revisionStore, branchStore, timeout: patience, cacheRevisions: 0 }
  const db = await createDB<unknown>(options).ready()
  const first = await db.put('first')
  const head = await db.put('second')
  await db.setRemoteHead('far', first)
  await db.branch('side').setHead(first)
  return { ...stores, db, first, head, close: () => db.close() }
}
