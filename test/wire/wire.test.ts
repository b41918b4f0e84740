/** Binary streams of revisions between engines of every kind. */

import { expect, test } from 'vitest'
import type { HistoError } from '../../ts/base/errors.js'
import type { Ref } from '../../ts/base/types.js'
import type { Engine, WireItem } from '../../ts/engine.js'
import { itemsOf, takeIn, wireOf, wireOfItems, wireOfRefs } from '../../ts/wire/wire.js'
import { collect, failureOf } from '../support/open.js'
import { filled, kinds, pieces, plain, unlimited, whole, withFolder, zipped } from './engines.js'

const many = 100

const pairs = kinds.flatMap((from) =>
  kinds
    .filter(({ builtIn }) => builtIn === from.builtIn)
    .map((to) => [from.name, to.name, from, to] as const)
)

async function revisionsOf(engine: Engine, refs: readonly Ref[]) {
  return await engine.revisions(refs)
}

test.each(pairs)('what goes from %s to %s arrives as it was', async (_from, _to, from, to) => {
  await withFolder(async (folder) => {
    const { engine: source, refs } = await filled(from, folder, many)
    const target = to.open(folder)
    await target.opened()
    const head = refs.at(-1) ?? ''
    const bytes = await whole(wireOf(source, [], head, zipped))
    const told: number[] = []
    const onBatch = (revisions: number) => told.push(revisions)
    const taken = await takeIn(target, pieces(bytes, 1000), { ...unlimited, onBatch })
    expect(taken.revisions).toBe(many)
    expect(told.at(-1)).toBe(many)
    expect(await revisionsOf(target, refs)).toEqual(await revisionsOf(source, refs))
    await Promise.all([source.close(), target.close()])
  })
})

test.each(kinds)('a difference over $name is what is missing, ancestors first', async (kind) => {
  await withFolder(async (folder) => {
    const { engine, refs } = await filled(kind, folder, 40)
    const seen: unknown[] = []
    const options = { ...plain, onBatch: (...told: unknown[]) => seen.push(told) }
    const stream = wireOf(engine, [refs[30] ?? ''], refs[39] ?? '', options)
    const came = (await collect(itemsOf(stream, unlimited))).flat()
    expect(came.map(({ ref }) => ref)).toEqual(refs.slice(31))
    expect(seen.at(-1)).toEqual([9, expect.any(Number), 9])
    const some = [refs[7] ?? '', refs[3] ?? '']
    const items = (await collect(itemsOf(wireOfRefs(engine, some, plain), unlimited))).flat()
    expect(items.map(({ ref }) => ref)).toEqual(some)
    await engine.close()
  })
})

test.each(kinds)('values make the same bytes as $name', async (kind) => {
  await withFolder(async (folder) => {
    const { engine, refs } = await filled(kind, folder, many)
    const bytes = await whole(wireOfRefs(engine, refs, plain))
    const again = await whole(wireOfItems(itemsOf(pieces(bytes, 5000), unlimited), plain))
    expect(Buffer.compare(again, bytes)).toBe(0)
    await engine.close()
  })
})

test('a stream cut anywhere leaves what arrived whole, and says that it was cut', async () => {
  await withFolder(async (folder) => {
    const { engine, refs } = await filled(kinds[1] as (typeof kinds)[1], folder, 50)
    const bytes = await whole(wireOf(engine, [], refs[49] ?? '', plain))
    const [memory] = kinds
    for (let end = 0; end < bytes.length; end += 211) {
      const target = (memory as (typeof kinds)[0]).open('')
      const cut = pieces(bytes.subarray(0, end), 300)
      const error = await failureOf(takeIn(target, cut, unlimited))
      expect(error).toMatchObject({ code: 'HISTO_PROTOCOL', retryable: true })
      expect(String(error)).toContain('cut short')
    }
    await engine.close()
  })
})

async function* inBatches(items: readonly WireItem[], size: number) {
  for (let at = 0; at < items.length; at += size) {
    await Promise.resolve()
    yield items.slice(at, at + size)
  }
}

async function itemsFrom(engine: Engine, refs: readonly Ref[]): Promise<WireItem[]> {
  return (await collect(itemsOf(wireOfRefs(engine, refs, plain), unlimited))).flat()
}

test.each(kinds)(
  'revisions in any order arrive in $name, and one that is missing is told',
  async (kind) => {
    await withFolder(async (folder) => {
      const { engine, refs } = await filled(kind, folder, many)
      const items = await itemsFrom(engine, refs)
      const target = kind.open(folder)
      await target.opened()
      const backwards = wireOfItems(inBatches(items.toReversed(), 10), plain)
      expect(await takeIn(target, backwards, unlimited)).toMatchObject({ revisions: many })
      expect(await revisionsOf(target, refs)).toEqual(await revisionsOf(engine, refs))
      const other = kind.open(folder)
      await other.opened()
      const rootless = wireOfItems(inBatches(items.slice(1), 10), plain)
      const error = await failureOf(takeIn(other, rootless, unlimited))
      expect(error).toMatchObject({ code: 'HISTO_MISSING_ANCESTOR' })
      expect(refs).toContain((error as HistoError).ref)
      expect(await other.has(refs)).not.toContain(true)
      await Promise.all([engine.close(), target.close(), other.close()])
    })
  }
)

test.each(kinds)(
  'a forged revision is refused by $name, and nothing of its batch is there',
  async (kind) => {
    await withFolder(async (folder) => {
      const { engine, refs } = await filled(kind, folder, 20)
      const items = await itemsFrom(engine, refs)
      const forged = items.map((item, n) => (n === 12 ? { ...item, payload: '"forged"' } : item))
      const target = kind.open(folder)
      await target.opened()
      const error = await failureOf(
        takeIn(target, wireOfItems(inBatches(forged, 20), plain), unlimited)
      )
      expect(error).toMatchObject({ code: 'HISTO_CORRUPT', ref: refs[12] })
      if (kind.tellsIds) expect(await target.has(refs)).not.toContain(true)
      await Promise.all([engine.close(), target.close()])
    })
  }
)

test.each(kinds)('limits hold for what $name takes', async (kind) => {
  await withFolder(async (folder) => {
    const { engine, refs } = await filled(kind, folder, 300)
    const bytes = await whole(wireOf(engine, [], refs[299] ?? '', zipped))
    const attempt = async (limits: object) => {
      const target = kind.open(folder)
      await target.opened()
      const error = await failureOf(takeIn(target, pieces(bytes, 999), { ...unlimited, ...limits }))
      expect(await target.has(refs)).not.toContain(true)
      await target.close()
      return error
    }
    expect(await attempt({ maxBytes: 5000 })).toMatchObject({ code: 'HISTO_DENIED' })
    expect(await attempt({ maxRevisionBytes: 200 })).toMatchObject({ code: 'HISTO_TOO_LARGE' })
    const reason = new Error('enough')
    expect(await attempt({ signal: AbortSignal.abort(reason) })).toBe(reason)
    await engine.close()
  })
})

test('what the source of the chunks throws is what the taker throws', async () => {
  await withFolder(async (folder) => {
    const { engine, refs } = await filled(kinds[1] as (typeof kinds)[1], folder, 50)
    const bytes = await whole(wireOf(engine, [], refs[49] ?? '', plain))
    const broken = new Error('the line broke')
    async function* cut() {
      yield* pieces(bytes.subarray(0, 900), 300)
      throw broken
    }
    expect(await failureOf(takeIn(engine, cut(), unlimited))).toBe(broken)
    await engine.close()
  })
})

test.each(kinds)('a large payload passes through $name in pieces', async (kind) => {
  await withFolder(async (folder) => {
    const engine = kind.open(folder)
    await engine.opened()
    const payload = new Uint8Array(9_000_000).map((_byte, n) => (n * n) >> 7)
    const move = { previousHead: undefined, moveHead: true }
    const ref = await engine.put('main', { payload, ancestors: [] }, move)
    for (const options of [plain, zipped]) {
      const stream = await collect(wireOf(engine, [], ref, options))
      expect(Math.max(...stream.map(({ length }) => length))).toBeLessThanOrEqual(1 << 18)
      const target = kind.open(folder)
      await target.opened()
      await takeIn(target, pieces(Buffer.concat(stream), 100_000), unlimited)
      expect(Buffer.compare((await target.get(ref)) as Uint8Array, payload)).toBe(0)
      await target.close()
    }
    await engine.close()
  })
})
