/** The vectors of merges, which other languages can use too: each outcome was written by hand. */

import { expect, test } from 'vitest'
import { merge3 } from '../../ts/json-entry.js'
import { read } from '../support/project.js'

interface Case {
  readonly reason: string
  readonly place: string
  readonly base?: unknown
  readonly ours?: unknown
  readonly theirs?: unknown
  readonly data: unknown
  readonly conflicts: readonly unknown[]
}

const { cases } = JSON.parse(read('test/vectors/merge.json')) as { cases: Case[] }

test('there are more than 300 vectors, each with a reason', () => {
  expect(cases.length).toBeGreaterThan(300)
  expect(new Set(cases.map(({ reason, place }) => `${reason}: ${place}`)).size).toBe(cases.length)
})

test.each(cases)('$reason: $place', ({ base, ours, theirs, data, conflicts }) => {
  expect(merge3(base, ours, theirs)).toEqual({ data, conflicts })
})
