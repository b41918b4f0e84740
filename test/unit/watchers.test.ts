/** Which watchers get which moves. */

import { expect, test } from 'vitest'
import { Watchers } from '../../ts/branch/watchers.js'
import type { MovedHead } from '../../ts/engine.js'

test('who listens to one head is told of its moves alone, or of those that nobody knows', () => {
  let moves: readonly MovedHead[] | undefined = [{ key: 'heads/a', from: null, to: '1' }]
  let follows = 0
  const onForeignChange = () => {
    follows += 1
    return () => {
      follows -= 1
    }
  }
  const watchers = new Watchers({ movedSince: () => ({ mark: 1, moves }), onForeignChange })
  expect(watchers.isEmpty).toBe(true)
  const told: string[] = []
  const stops = [
    watchers.listen(() => told.push('a'), 'heads/a'),
    watchers.listen(() => told.push('b'), 'heads/b'),
    watchers.listen((keys) => told.push(`all ${keys === undefined ? 'unknown' : keys.size}`))
  ]
  expect([watchers.isEmpty, follows]).toEqual([false, 1])
  watchers.look()
  expect(told.splice(0).toSorted()).toEqual(['a', 'all 1'])
  moves = undefined
  watchers.look()
  expect(told.splice(0).toSorted()).toEqual(['a', 'all unknown', 'b'])
  watchers.end()
  expect(told.splice(0)).toHaveLength(3)
  for (const stop of stops) stop()
  for (const stop of stops) stop()
  watchers.look()
  expect([told, watchers.isEmpty, follows]).toEqual([[], true, 0])
})
