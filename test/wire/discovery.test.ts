/** Set discovery over engines of every kind, and which revisions a tip reaches. */

import { expect, test } from 'vitest'
import type { Ref } from '../../ts/base/types.js'
import type { Engine } from '../../ts/engine.js'
import { discover } from '../../ts/sync/discovery.js'
import { failureOf, unknownRef } from '../support/open.js'
import { filled, kinds, withFolder } from './engines.js'

const unsignalled = { signal: undefined }

/** The revisions that `refs` reach. */
async function reachOf(engine: Engine, refs: readonly Ref[]): Promise<Set<Ref>> {
  const all = await Promise.all(refs.map(async (ref) => engine.refDifference([], ref, undefined)))
  return new Set(all.flat())
}

test.each(kinds)('over $name it finds exactly what the other side has', async (kind) => {
  await withFolder(async (folder) => {
    const { engine, refs } = await filled(kind, folder, 120)
    const at = (place: number) => refs[place] ?? ''
    const cases: [Ref[], Ref[]][] = [
      [[at(119)], []],
      [[at(119)], [at(119)]],
      [[at(119)], [at(0)]],
      [[at(119)], [at(60)]],
      [
        [at(119), at(50)],
        [at(109), at(108)]
      ],
      [[], [at(3)]]
    ]
    for (const [tips, theirs] of cases) {
      const has = await reachOf(engine, theirs)
      const asked: Ref[] = []
      const ask = (some: readonly Ref[]) => {
        asked.push(...some)
        return Promise.resolve(some.map((ref) => has.has(ref)))
      }
      const found = await discover(engine, tips, ask, unsignalled)
      const ours = await reachOf(engine, tips)
      const expected = refs.filter((ref) => ours.has(ref) && has.has(ref))
      const common = await reachOf(engine, found.common)
      expect(refs.filter((ref) => common.has(ref))).toEqual(expected)
      expect(found.asked).toBe(asked.length)
      expect(new Set(asked).size).toBe(asked.length)
      if (engine.discover === undefined) continue
      for (const ref of found.common) {
        const others = found.common.filter((other) => other !== ref)
        expect(await reachOf(engine, others)).not.toContain(ref)
      }
    }
    await engine.close()
  })
})

test.each(kinds)('over $name what goes wrong is told', async (kind) => {
  await withFolder(async (folder) => {
    const { engine, refs } = await filled(kind, folder, 30)
    const tips = [refs[29] ?? '']
    const offline = new Error('offline')
    const none = (some: readonly Ref[]) => Promise.resolve(some.map(() => false))
    const fails = (given: Ref[], ask: typeof none, options: { signal: AbortSignal | undefined }) =>
      failureOf(discover(engine, given, ask, options))
    expect(await fails(tips, () => Promise.reject(offline), unsignalled)).toBe(offline)
    expect(await fails(tips, () => Promise.resolve([]), unsignalled)).toMatchObject({
      code: 'HISTO_PROTOCOL'
    })
    expect(await fails([unknownRef], none, unsignalled)).toMatchObject({ code: 'HISTO_NOT_FOUND' })
    const control = new AbortController()
    const aborting = (some: readonly Ref[]) => {
      control.abort(offline)
      return none(some)
    }
    expect(await fails(tips, aborting, { signal: control.signal })).toBe(offline)
    await engine.close()
  })
})

test('equal embedded histories take one question of fewer than 30 refs', async () => {
  await withFolder(async (folder) => {
    const { engine, refs } = await filled(kinds[0] as (typeof kinds)[0], folder, 5000)
    const all = (some: readonly Ref[]) => Promise.resolve(some.map(() => true))
    const found = await discover(engine, [refs.at(-1) ?? ''], all, unsignalled)
    expect(found).toMatchObject({ common: [refs.at(-1)], rounds: 1 })
    expect(found.asked).toBeLessThan(30)
    await engine.close()
  })
})

test.each(kinds)('$name tells which revisions a tip reaches', async (kind) => {
  await withFolder(async (folder) => {
    const { engine, refs } = await filled(kind, folder, 40)
    const tip = refs[20] ?? ''
    const asked = [...refs, unknownRef, 'no ref', '']
    for (const given of [tip, refs[30] ?? '', tip]) {
      const reach = await reachOf(engine, [given])
      expect(await engine.reachedBy(given, asked)).toEqual(asked.map((ref) => reach.has(ref)))
    }
    expect(
      await failureOf(Promise.resolve().then(() => engine.reachedBy(unknownRef, [tip])))
    ).toMatchObject({ code: 'HISTO_NOT_FOUND', ref: unknownRef })
    await engine.close()
  })
})

test('a long history is walked elsewhere, and what was found serves the calls that follow', async () => {
  await withFolder(async (folder) => {
    const engine = (kinds[0] as (typeof kinds)[0]).open(folder)
    const move = { previousHead: undefined, moveHead: true }
    const drafts = Array.from({ length: 200_000 }, (_draft, n) => ({
      payload: String(n),
      ancestors: undefined
    }))
    const refs = await engine.putMany('main', drafts, move)
    const [first, last] = [refs[0] ?? '', refs.at(-1) ?? '']
    expect(await engine.reachedBy(last, [first, last, unknownRef])).toEqual([true, true, false])
    expect(engine.reachedBy(last, [first])).toEqual([true])
    const next = await engine.put('main', { payload: '"next"', ancestors: undefined }, move)
    expect(engine.reachedBy(next, [first, next, last])).toEqual([true, true, true])
    const many = Array.from({ length: 10_000 }, () => first)
    expect((await engine.reachedBy(next, many)).every(Boolean)).toBe(true)
    await engine.close()
  })
})
