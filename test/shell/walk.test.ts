/** The walk from several tips, and the revisions that the smartlog chooses. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Bound } from '../../ts/branch/handle.js'
import { createDB, type DB, type Ref } from '../../ts/index.js'
import { tipsOf } from '../../ts/rows/tips.js'
import { walk } from '../../ts/rows/walk.js'
import { lookAround } from '../../ts/shell/look-around.js'
import { choose, edgesBetween } from '../../ts/shell/near.js'

/** A revision of a plan: its branch, and the numbers of its ancestors. */
type Plan = readonly { readonly branch: number; readonly ancestors: readonly number[] }[]

const plans: fc.Arbitrary<Plan> = fc.array(
  fc.record({
    branch: fc.nat({ max: 4 }),
    ancestors: fc.array(fc.nat({ max: 40 }), { maxLength: 3 })
  }),
  { minLength: 1, maxLength: 40 }
)

/** A database in memory with the revisions of a plan; branches stand where they were put last. */
async function planned(plan: Plan): Promise<DB<unknown>> {
  const db = createDB<unknown>()
  const refs: Ref[] = []
  for (const [at, { branch, ancestors }] of plan.entries()) {
    const below = [...new Set(ancestors.filter((ancestor) => ancestor < at))]
    const named = below.map((ancestor) => refs[ancestor] ?? '')
    const name = branch === 0 ? 'main' : `branch ${branch}`
    refs.push(await db.branch(name).put(at, named))
  }
  return db
}

async function walked(db: DB<unknown>) {
  const { refs } = await tipsOf(db)
  const steps: { ref: Ref; ancestors: readonly Ref[] }[] = []
  for await (const step of walk(db, refs)) steps.push(step)
  return { tips: refs, steps }
}

test('a walk has all that the heads reach, once, descendants first', async () => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      await using db = await planned(plan)
      const { tips, steps } = await walked(db)
      const reached = new Set<Ref>()
      for (const tip of tips) for (const ref of await db.refDifference(null, tip)) reached.add(ref)
      const order = steps.map(({ ref }) => ref)
      expect(order.toSorted()).toEqual([...reached].toSorted())
      const at = new Map(order.map((ref, place) => [ref, place]))
      for (const { ref, ancestors } of steps) {
        for (const ancestor of ancestors)
          expect(at.get(ancestor)).toBeGreaterThan(at.get(ref) ?? -1)
      }
    }),
    { numRuns: 150 }
  )
})

test('a side branch comes right above its fork, and the trunk first', async () => {
  await using db = createDB<string>()
  const [a, b, c, d] = await db.putMany(['a', 'b', 'c', 'd'].map((data) => ({ data })))
  const x = await db.branch('x').put('x', [b ?? ''])
  const y = await db.branch('x').put('y')
  const { steps } = await walked(db)
  expect(steps.map(({ ref }) => ref)).toEqual([d, c, y, x, b, a])
})

test('the first rows cost one part, wherever the heads are and however much they reach', async () => {
  await using db = createDB<number>()
  const refs = await db.putMany(Array.from({ length: 30_000 }, (_, data) => ({ data })))
  await db.branch('old').setHead(refs[10] ?? '')
  await db.branch('fork').put(-1, [refs[20] ?? ''])
  const side = db.branch('side')
  await side.putMany([{ data: -2, ancestors: [] }])
  await side.putMany(Array.from({ length: 30_000 }, (_, data) => ({ data: -data - 3 })))
  const handle = Bound.handleOf(db)
  if (handle === undefined) throw new Error('no database')
  const history = handle.engine.history.bind(handle.engine)
  let read = 0
  handle.engine.history = async function* (...given) {
    for await (const steps of history(...given)) {
      read += steps.length
      yield steps
    }
  }
  const { refs: tips } = await tipsOf(db)
  const steps = walk(db, tips)
  expect((await steps.next()).value).toMatchObject({ ref: side.head() })
  expect(read).toBeLessThan(5000)
  const rest: Ref[] = []
  for await (const { ref } of steps) rest.push(ref)
  expect(rest).toHaveLength(60_001)
  expect(new Set(rest).size).toBe(60_001)
})

test('the smartlog shows heads that lie far below the others, and what leads to them', async () => {
  await using db = createDB<number>()
  const refs = await db.putMany(Array.from({ length: 70_000 }, (_, data) => ({ data })))
  const [old, older] = [refs[200] ?? '', refs[100] ?? '']
  await db.branch('old').setHead(old)
  const fork = await db.branch('older').put(-1, [older])
  await db.branch('oldest').setHead(refs[0] ?? '')
  const more = await db.putMany(Array.from({ length: 70_000 }, (_, data) => ({ data: -data - 2 })))
  const { refs: tips } = await tipsOf(db)
  const { steps, chosen, beyond } = await lookAround(db, tips)
  for (const tip of tips) expect(chosen.has(tip)).toBe(true)
  expect(new Set(steps.map(({ ref }) => ref)).size).toBe(steps.length)
  const edges = edgesBetween(steps, chosen, beyond)
  expect(edges.get(more[69_997] ?? '')).toEqual([{ ref: old, isDirect: false }])
  expect(edges.get(fork)?.[0]?.ref).toBe(older)
  expect(steps.length).toBeLessThan(70_000)
})

test('the smartlog has the tips, what is below them, and where they fork', async () => {
  await using db = createDB<unknown>()
  const refs = await db.putMany(Array.from({ length: 50 }, (_, data) => ({ data })))
  const side = await db.branch('side').put('side', [refs[20] ?? ''])
  const { tips, steps } = await walked(db)
  const choice = choose(tips)
  for (const step of steps) choice.add(step)
  const [fork, main] = [refs[20] ?? '', [refs[49], refs[48], refs[47]] as Ref[]]
  const below = [refs[19] ?? ''] // the second below `side`; the first is the fork
  expect([...choice.chosen].toSorted()).toEqual([...main, side, fork, ...below].toSorted())
  const edges = edgesBetween(steps, choice.chosen)
  expect(edges.get(main[2] ?? '')).toEqual([{ ref: fork, isDirect: false }])
  expect(edges.get(side)).toEqual([{ ref: fork, isDirect: true }])
  expect(choice.isDone).toBe(true)
})

test('merges within one history are no forks', async () => {
  await using db = createDB<unknown>()
  const root = await db.put('root')
  for (let at = 0; at < 20; at += 1) {
    const side = await db.put(`side ${at}`, [db.head() ?? ''], { moveHead: false })
    const own = await db.put(`own ${at}`)
    await db.put(`merge ${at}`, [own, side])
  }
  const { tips, steps } = await walked(db)
  const choice = choose(tips)
  for (const step of steps) choice.add(step)
  expect(choice.chosen.size).toBe(3)
  const edges = edgesBetween(steps, choice.chosen)
  expect([...edges.values()].flat().every(({ ref }) => ref !== root)).toBe(true)
})

test('edges lead to the nearest chosen ancestors, as by plain reachability', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.array(fc.nat({ max: 40 })), async (plan, picks) => {
      await using db = await planned(plan)
      const { steps } = await walked(db)
      const chosen = new Set(picks.flatMap((pick) => steps[pick]?.ref ?? []))
      const edges = edgesBetween(steps, chosen)
      for (const ref of chosen) {
        const below = new Set(await db.refDifference(null, ref))
        const candidates = [...chosen].filter((other) => other !== ref && below.has(other))
        const nearest: Ref[] = []
        for (const one of candidates) {
          const behind = candidates.filter((other) => other !== one)
          const isBehind = await Promise.all(behind.map((other) => db.isAncestor(one, other)))
          if (!isBehind.includes(true)) nearest.push(one)
        }
        const found = (edges.get(ref) ?? []).map(({ ref: to }) => to)
        const isRoot = (await db.ancestors(ref)).length === 0
        const nowhere = nearest.length > 0 || isRoot ? [] : [undefined]
        expect(found.toSorted()).toEqual([...nearest.toSorted(), ...nowhere])
      }
    }),
    { numRuns: 100 }
  )
})
