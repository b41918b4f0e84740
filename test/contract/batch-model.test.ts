/** Random batches over every kind of engine: the answers of a plain model. */

import { MemoryLevel } from 'memory-level'
import { describe, expect, test } from 'vitest'
import type { BatchOperation, DB } from '../../ts/index.js'
import { levelStores } from '../../ts/level-entry.js'
import { randomFrom } from '../durability/device/power-loss.js'
import { DatabaseModel, Failed, type Operation } from '../support/model.js'
import { openPlain } from '../support/open.js'
import { manners, only } from '../support/user-stores.js'
import { opened, places, refOf, unknownRef } from './places.js'

type Open = () => Promise<DB<unknown>>

const withSwaps = manners.filter(({ name }) => name.includes('all methods'))

const engines: readonly (readonly [string, Open])[] = [
  ...places.map(([name, open]) => [name, () => open()] as const),
  ['the plain engine', () => openPlain().ready()],
  ['a level', () => opened(levelStores(new MemoryLevel()))],
  ...withSwaps.map(({ name, make }) => [name, () => opened(only(make()))] as const)
]

describe.each(engines)('random batches over %s', (_name, open) => {
  test.each([1, 2, 3])('agree with a model, seed %i', async (seed) => {
    const db = await open()
    const random = randomFrom(seed)
    const below = (count: number) => Math.floor(random() * count)
    const model = new DatabaseModel<unknown>((data, ancestors) => refOf(data, ancestors))
    const branches = ['main', 'a', 'b/c', '__proto__', '10']
    const known: string[] = [unknownRef]
    const pick = (list: readonly string[]) => list[below(list.length)] as string
    const guard = (branch: string) => {
      const choice = below(8)
      if (choice > 2) return {}
      return {
        previousHead: choice === 0 ? model.head(branch) : choice === 1 ? null : pick(known)
      }
    }
    for (let round = 0; round < 60; round += 1) {
      const operations = Array.from({ length: 1 + below(6) }, (): Operation<unknown> => {
        const branch = pick(branches)
        const kind = below(6)
        if (kind === 0) return { type: 'deleteBranch', branch, ...guard(branch) }
        if (kind === 1)
          return {
            type: 'setHead',
            branch,
            ref: pick(known.slice(below(8) === 0 ? 0 : 1).concat(known.slice(-1))),
            ...guard(branch)
          }
        const ancestors =
          below(4) === 0
            ? [...new Set([pick(known), pick(known)])].filter(
                (ref) => below(9) === 0 || ref !== unknownRef
              )
            : undefined
        return {
          type: 'put',
          branch,
          item: { data: { n: below(40) }, ancestors },
          ...guard(branch)
        }
      })
      const expected = model.batch(operations)
      const given = operations.map((operation) => {
        if (operation.type !== 'put') return operation
        const { item, ...to } = operation
        return { ...to, ...item }
      })
      const answer = await db
        .batch(given as BatchOperation<unknown>[])
        .catch((error: unknown) => error)
      if (expected instanceof Failed) {
        expect(answer, JSON.stringify(operations)).toMatchObject({
          code: expected.code,
          ...expected.details
        })
      } else {
        expect(answer, JSON.stringify(operations)).toEqual(expected)
        for (const ref of expected) if (ref !== null && !known.includes(ref)) known.push(ref)
      }
      expect(new Map(Object.entries(await db.branches()))).toEqual(model.heads)
    }
    const refs = [...model.revisions.keys()]
    expect(await db.has(refs)).toEqual(refs.map(() => true))
    for (const ref of refs)
      expect(await db.ancestors(ref)).toEqual(model.revisions.get(ref)?.ancestors)
  })
})
