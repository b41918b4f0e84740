/** Random calls over the whole API: each answers what a model of maps and sets answers. */

import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { DatabaseModel, Failed, type Item, type Sides } from '../support/model.js'
import { failureOf, folder, refOf, unknownRef } from './places.js'

const pick = fc.nat({ max: 60 })
const branch = fc.constantFrom('main', 'side', 'ä/😀')
const previous = fc.option(fc.option(pick, { nil: null }), { nil: undefined })
const data = fc.oneof(
  fc.nat({ max: 3 }),
  fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value))),
  fc.uint8Array({ maxLength: 5 })
)
const move = fc.oneof(
  { weight: 4, arbitrary: fc.constant({}) },
  fc.record({ moveHead: fc.boolean() }),
  fc.record({ previousHead: fc.option(pick, { nil: null }) })
)
const item = fc.record({
  data,
  ancestors: fc.option(fc.uniqueArray(pick, { maxLength: 3 }), { nil: undefined })
})
const named = <K extends string>(call: K) => fc.constant(call)

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ call: named('put'), branch, item, move }) },
  {
    weight: 2,
    arbitrary: fc.record({
      call: named('putMany'),
      branch,
      move,
      items: fc.array(item, { maxLength: 4 })
    })
  },
  fc.record({ call: named('chain'), branch, values: fc.array(data, { maxLength: 5 }) }),
  fc.record({ call: named('setHead'), branch, ref: pick, previous }),
  fc.record({ call: named('deleteBranch'), branch, previous }),
  fc.record({ call: named('setRemoteHead'), branch, ref: pick }),
  fc.record({ call: named('deleteRemote'), branch }),
  fc.record({ call: named('update'), branch, data }),
  { weight: 2, arbitrary: fc.record({ call: named('merge'), branch, ref: pick }) },
  fc.record({
    call: named('writeStream'),
    branch,
    lost: fc.boolean(),
    items: fc.array(fc.record({ data, back: fc.nat({ max: 2 }) }), { maxLength: 4 })
  }),
  fc.record({ call: named('ask'), branch, a: pick, b: pick, c: pick }),
  fc.record({ call: named('reopen') })
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never
type Asked<K> = Extract<Step, { call: K }>

/** What is undefined, as left out. */
const given = (previous: string | null | undefined): [] | [string | null] =>
  previous === undefined ? [] : [previous]

/** Bytes as text, so that they can stand in the data of a merge. */
const plain = (data: unknown) =>
  data instanceof Uint8Array ? Buffer.from(data).toString('hex') : data

const joined = ({ bases, ours, theirs }: Sides<unknown>) => ({
  bases: bases.map(plain),
  ours: plain(ours),
  theirs: plain(theirs)
})

/** A model and a database to which the same is done. */
class Pair {
  readonly model = new DatabaseModel<unknown>(refOf)
  db: DB
  readonly #reopen: (db: DB) => Promise<DB>

  constructor(db: DB, reopen: (db: DB) => Promise<DB>) {
    this.db = db
    this.#reopen = reopen
  }

  #ref(n: number): string {
    const refs = [...this.model.revisions.keys()]
    return refs[n % (refs.length + 1)] ?? unknownRef
  }

  #before(n: number | null | undefined): string | null | undefined {
    return typeof n === 'number' ? this.#ref(n) : n
  }

  async #same(expected: unknown, call: Promise<unknown>): Promise<void> {
    if (!(expected instanceof Failed)) expect(await call).toEqual(expected)
    else expect(await failureOf(call)).toMatchObject({ code: expected.code, ...expected.details })
  }

  #item({ data, ancestors }: Asked<'put'>['item']): Item<unknown> {
    return { data, ancestors: ancestors && [...new Set(ancestors.map((n) => this.#ref(n)))] }
  }

  async take(step: Step): Promise<void> {
    if (step.call === 'reopen') {
      this.db = await this.#reopen(this.db)
      return
    }
    const { model } = this
    const db = this.db.branch(step.branch)
    switch (step.call) {
      case 'put':
        return await this.#put(db, step)
      case 'putMany':
        return await this.#putMany(db, step)
      case 'chain': {
        const items = step.values.map((data) => ({ data }))
        const puts = Promise.all(step.values.map((value) => db.put(value)))
        return await this.#same(model.putMany(step.branch, items, {}), puts)
      }
      case 'setHead': {
        const [ref, previous] = [this.#ref(step.ref), this.#before(step.previous)]
        return await this.#same(
          model.setHead(step.branch, ref, previous),
          db.setHead(ref, ...given(previous))
        )
      }
      case 'deleteBranch': {
        const previous = this.#before(step.previous)
        const expected = model.deleteBranch(step.branch, previous)
        return await this.#same(expected, db.deleteBranch(step.branch, ...given(previous)))
      }
      case 'setRemoteHead': {
        const ref = this.#ref(step.ref)
        const expected = model.setRemoteHead(step.branch, ref)
        return await this.#same(expected, db.setRemoteHead(step.branch, ref))
      }
      case 'deleteRemote':
        model.remotes.delete(step.branch)
        return await this.#same(undefined, db.deleteRemote(step.branch))
      case 'update':
        return await this.#update(db, step)
      case 'merge': {
        const ref = this.#ref(step.ref)
        const merged = db.merge(ref, joined)
        return await this.#same(model.merge(step.branch, ref, joined), merged)
      }
      case 'writeStream':
        return await this.#writeStream(db, step)
      case 'ask':
        return await this.#ask(db, step)
    }
  }

  async #put(db: DB, { branch, item, move }: Asked<'put'>): Promise<void> {
    const { data, ancestors } = this.#item(item)
    const options = this.#move(move)
    const refs = this.model.putMany(branch, [{ data, ancestors }], options)
    const expected = refs instanceof Failed ? refs : refs[0]
    await this.#same(expected, db.put(data, ancestors, options))
  }

  async #putMany(db: DB, { branch, items, move }: Asked<'putMany'>): Promise<void> {
    const given = items.map((item) => this.#item(item))
    const options = items.length === 0 ? {} : this.#move(move)
    await this.#same(this.model.putMany(branch, given, options), db.putMany(given, options))
  }

  #move(move: Asked<'put'>['move']) {
    return 'previousHead' in move ? { previousHead: this.#before(move.previousHead) } : move
  }

  async #update(db: DB, { branch, data }: Asked<'update'>): Promise<void> {
    const head = this.model.heads.get(branch)
    const old = head === undefined ? undefined : this.model.revisions.get(head)?.data
    const refs = this.model.putMany(branch, [{ data }], {})
    const updated = db.update((...given) => {
      expect(given).toEqual([old, head ?? null])
      return data
    })
    await this.#same(refs instanceof Failed ? refs : refs[0], updated)
  }

  async #writeStream(db: DB, { items, lost, branch }: Asked<'writeStream'>): Promise<void> {
    const side = new DatabaseModel<unknown>(refOf)
    for (const [ref, revision] of this.model.revisions) side.revisions.set(ref, revision)
    const refs: string[] = []
    for (const { data, back } of items) {
      const after = refs.at(-back) ?? this.model.heads.get(branch)
      const put = side.putMany('', [{ data, ancestors: after === undefined ? [] : [after] }], {})
      if (!(put instanceof Failed)) refs.push(put[0] ?? '')
    }
    const arrivals = [...new Set(refs)].toReversed().map((ref) => {
      const { data, ancestors } = side.revisions.get(ref) ?? { data: null, ancestors: [] }
      return { ref, data, ancestors }
    })
    if (lost) arrivals.pop()
    const waits = this.model.takeIn(arrivals).length > 0
    const expected = waits ? new Failed('HISTO_MISSING_ANCESTOR') : undefined
    await this.#same(expected, db.writeStream(arrivals))
  }

  async #ask(db: DB, step: Asked<'ask'>): Promise<void> {
    const { model } = this
    const [a, b, c] = [this.#ref(step.a), this.#ref(step.b), this.#ref(step.c)]
    const known = (...refs: string[]) => refs.every((ref) => model.revisions.has(ref))
    const or = (refs: string[], answer: () => unknown) =>
      known(...refs) ? answer() : new Failed('HISTO_NOT_FOUND')
    await this.#same(
      or([a, b], () => model.bases(a, b)),
      db.mergeBases(a, b)
    )
    const smallest = or([a, b], () => model.bases(a, b)[0] ?? null)
    await this.#same(smallest, db.commonAncestor(a, b))
    await this.#same(
      or([a, b], () => model.reach(b).has(a)),
      db.isAncestor(a, b)
    )
    const difference = or([a, b, c], () => model.difference([a, c], b))
    await this.#same(
      difference,
      db.refDifference([a, c], b).then((refs) => refs.toSorted())
    )
    await this.#same(
      or([a], () => model.revisions.get(a)?.ancestors),
      db.ancestors(a)
    )
    await this.#same([known(a), known(b)], db.has([a, b]))
  }

  /** Everything that can be read is what the model has. */
  async finish(): Promise<void> {
    const { db, model } = this
    expect({ ...(await db.branches()) }).toEqual(Object.fromEntries(model.heads))
    expect({ ...(await db.remotes()) }).toEqual(Object.fromEntries(model.remotes))
    for (const [ref, { data, ancestors }] of model.revisions) {
      expect(await db.revision(ref)).toEqual({ ref, ancestors, data })
    }
    for (const [name, head] of model.heads) {
      const refs: string[] = []
      for await (const { ref } of db.branch(name).history()) refs.push(ref)
      expect(refs.toSorted()).toEqual(model.difference([], head))
      expect(db.branch(name).head()).toBe(head)
    }
  }
}

test.each([
  ['in memory', 200],
  ['on a path, reopened in between', 40]
])('random calls %s return what the model returns', { timeout: 60_000 }, async (place, runs) => {
  const root = place === 'in memory' ? undefined : folder()
  let run = 0
  const steps = fc.array(step, { minLength: 5, maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(steps, async (steps) => {
      run += 1
      const options =
        root === undefined ? {} : { path: join(root, `${run}`), durability: 'relaxed' as const }
      const reopened = async (db: DB) => {
        if (root === undefined) return db
        await db.close()
        return await createDB(options).ready()
      }
      const pair = new Pair(await createDB(options).ready(), reopened)
      for (const step of steps) await pair.take(step)
      await pair.take({ call: 'reopen' })
      await pair.finish()
      await pair.db.close()
    }),
    { numRuns: runs }
  )
  expect(run).toBeGreaterThanOrEqual(runs)
})
