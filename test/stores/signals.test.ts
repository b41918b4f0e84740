/** Writes that a signal ends while a store without a timeout never answers: what follows works. */

import { expect, test } from 'vitest'
import { createDB, type DB, type SignalOptions } from '../../ts/index.js'
import { broken, full, type Method, plain } from '../support/failing-stores.js'
import type { Manner } from '../support/user-stores.js'

const reason = new Error('enough')

/** A database without a timeout: `first` is the head's ancestor, `side` is a sibling of the head. */
async function open({ make }: Manner) {
  const stores = make()
  const { revisionStore, branchStore } = stores
  const db = await createDB<unknown>({ revisionStore, branchStore }).ready()
  const first = await db.put('first')
  const side = await db.put('side', [first])
  const head = await db.put('head', [first])
  return { ...stores, db, first, side, head }
}

type Opened = Awaited<ReturnType<typeof open>>
type Call = (opened: Opened, options: SignalOptions) => Promise<unknown>

const put: Call = ({ db }, options) => db.put('new', options)
const putOnSide: Call = ({ db, side }, options) => db.put('new', [side], options)
const putMany: Call = ({ db }, options) => db.putMany([{ data: 'a' }, { data: 'b' }], options)
const update: Call = ({ db }, options) => db.update(() => 'new', options)
const merge: Call = ({ db, side }, options) => db.merge(side, () => 'new', options)
const swap: Call = ({ db, head }, options) => db.put('new', { previousHead: head, ...options })
const writeStream: Call = ({ db }, options) =>
  db.writeStream([{ ancestors: [], data: 'new' }], options)

interface Hanging {
  readonly call: string
  readonly manner: Manner
  readonly store: 'revisionStore' | 'branchStore'
  readonly method: string
  readonly run: Call
}

function where(
  manner: Manner,
  store: Hanging['store'],
  method: string,
  calls: Readonly<Record<string, Call>>
): Hanging[] {
  return Object.entries(calls).map(([call, run]) => ({ call, manner, store, method, run }))
}

const hanging = [
  ...where(plain, 'revisionStore', 'put', { put, putMany, update, merge, writeStream }),
  ...where(plain, 'revisionStore', 'get', { putOnSide }),
  ...where(plain, 'branchStore', 'get', { put, swap }),
  ...where(plain, 'branchStore', 'put', { put, update, merge }),
  ...where(full, 'revisionStore', 'put', { put }),
  ...where(full, 'revisionStore', 'putMany', { putMany }),
  ...where(full, 'revisionStore', 'has', { putOnSide }),
  ...where(full, 'revisionStore', 'getMany', { merge }),
  ...where(full, 'branchStore', 'compareAndSwap', { put, update, merge })
]

test.each(hanging)(
  'a signal ends $call where $method of $store hangs, and later calls work',
  async ({ manner, store, method, run }) => {
    const all = await open(manner)
    const stop = new AbortController()
    const { asked, repair } = hang(all[store], method)
    const ended = run(all, { signal: stop.signal }).catch((error: unknown) => error)
    await asked
    stop.abort(reason)
    expect(await ended).toBe(reason)
    repair()
    expect(all.db.head()).toBe(all.head)
    const next = await all.db.put('later')
    expect(await all.db.ancestors(next)).toEqual([all.head])
    expect(await headOf(all.db)).toBe(next)
    expect(all.deleted).toEqual([])
    await all.db.close()
  }
)

/** Has a method never answer; `asked` resolves when it was called. */
function hang(store: object, method: string): { asked: Promise<void>; repair: () => void } {
  let repair = (): void => undefined
  const asked = new Promise<void>((resolve) => {
    repair = broken(store, method, () => resolve())
  })
  return { asked, repair }
}

function headOf(db: DB<unknown>): Promise<string | null> {
  return new Promise((resolve, reject) => {
    db.head((error, head) => (error ? reject(error) : resolve(head)))
  })
}

test('writes chained on a put that a signal ended fail with its reason', async () => {
  const { db, revisionStore, head } = await open(plain)
  const { asked, repair } = hang(revisionStore, 'put')
  const stop = new AbortController()
  const calls = [db.put('ended', { signal: stop.signal }), db.put('chained')]
  const settled = Promise.allSettled(calls)
  await asked
  stop.abort(reason)
  const [ended, chained] = await settled
  expect(ended).toMatchObject({ reason })
  expect(chained).toMatchObject({ reason: { code: 'HISTO_CHAINED', cause: reason } })
  repair()
  expect(db.head()).toBe(head)
  await db.close()
})

test('a put that was ended while it waited for its turn is never written', async () => {
  const { db, revisionStore, texts } = await open(plain)
  const { asked, repair } = hang(revisionStore, 'put')
  const [one, two] = [new AbortController(), new AbortController()]
  const calls = [one, two].map(({ signal }, n) => db.put(`ended ${n}`, [], { signal }))
  const settled = Promise.allSettled(calls)
  await asked
  two.abort(reason)
  one.abort(reason)
  await settled
  repair()
  await db.put('later')
  expect([...texts.values()].filter((text) => text.includes('ended'))).toEqual([])
  await db.close()
})

test.each([
  ['put', plain],
  ['compareAndSwap', full]
])('a %s that lands after its signal ended it undoes nothing', async (method, manner) => {
  const { db, branchStore, values } = await open(manner)
  const sound = Reflect.get(branchStore, method) as Method
  const late: (() => unknown)[] = []
  let asked = (): void => undefined
  const called = new Promise<void>((resolve) => {
    asked = resolve
  })
  const repair = broken(branchStore, method, (...args) => {
    const callback = args.at(-1)
    asked()
    return new Promise((resolve) => {
      late.push(() => {
        const landed = Reflect.apply(sound, branchStore, args)
        if (typeof callback !== 'function') resolve(landed)
      })
    })
  })
  const stop = new AbortController()
  const ended = db.put('ended', { signal: stop.signal }).catch((error: unknown) => error)
  await called
  stop.abort(reason)
  expect(await ended).toBe(reason)
  repair()
  const next = await db.put('next')
  for (const land of late) land()
  await expect.poll(() => values.get('heads/main')).toBe(next)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await expect.poll(async () => [values.get('heads/main'), await headOf(db)]).toEqual([next, next])
  await db.close()
})

test('a long stream over a store that answers late makes Node.js warn of no leak', async () => {
  const warned: string[] = []
  const note = (warning: Error) => warned.push(warning.message)
  process.on('warning', note)
  const { db } = await open(plain)
  await db.writeStream(Array.from({ length: 200 }, (_, n) => ({ ancestors: [], data: n })))
  const { signal } = new AbortController()
  const refs = await db.putMany(Array.from({ length: 200 }, (_, n) => ({ data: n })))
  await db.getMany(refs, { signal })
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', note)
  expect(warned).toEqual([])
  await db.close()
})
