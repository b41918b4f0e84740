/** Processes and workers that end while their walks are under way: no crash, no hang. */

import { expect, test } from 'vitest'
import { folder, run } from './children.js'

const places = ['a path', 'memory'] as const
const pathFor = (place: (typeof places)[number]) => (place === 'memory' ? '' : folder())

test.each(
  places.flatMap((place) =>
    [
      ['exit', 7],
      ['exit later', 7],
      ['throw later', 1]
    ].map(([way, code]) => [way, place, code] as const)
  )
)('a process that ends by %s with 200 walks under way over %s ends', async (way, place, code) => {
  const ended = await run('walk-and-leave', pathFor(place), String(way))
  expect([ended.code, ended.signal]).toEqual([code, null])
  expect(Number(ended.stdout)).toBeLessThan(200)
})

test.each(places.flatMap((place) => [['end', place] as const, ['close', place] as const]))(
  'a script that comes to its %s with 200 walks under way over %s sees them all answered',
  async (way, place) => {
    const ended = await run('walk-and-leave', pathFor(place), way)
    expect(ended).toEqual({ code: 0, signal: null, stdout: '200\n', stderr: '' })
  }
)

test.each(places)(
  'workers over %s that are terminated while they walk do no harm',
  async (place) => {
    const ended = await run('walk-and-leave', pathFor(place), 'workers')
    expect(ended).toEqual({ code: 0, signal: null, stdout: 'closed\n', stderr: '' })
  }
)
