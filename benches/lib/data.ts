/**
 * The data that benches write: objects of 220 bytes as JSON, the same in every run.
 */

import assert from 'node:assert/strict'

/** Bytes of an object's JSON. */
export const itemBytes = 220

const seed = 0x5eed_2026
const fill = 'What a revision holds is small, and there are many of them; this one says so again. '

/** An object such as an application keeps. */
export interface Item {
  readonly id: number
  readonly kind: string
  readonly title: string
  readonly done: boolean
  readonly tags: readonly string[]
  readonly weight: number
  body: string
}

/** The object `number`; no two are the same. Its keys are not sorted, as those of users are not. */
export function item(number: number): Item {
  const made: Item = {
    id: number,
    kind: number % 3 === 0 ? 'note' : 'task',
    title: `Revision ${number}`,
    done: number % 2 === 0,
    tags: ['bench', 'small'],
    weight: (number % 1000) / 8,
    body: ''
  }
  made.body = `${fill}${fill}`.slice(0, itemBytes - JSON.stringify(made).length)
  return made
}

/** The objects from `first` on, in an array. */
export function items(first: number, count: number): Item[] {
  const all = Array.from({ length: count }, (_, index) => item(first + index))
  assert.equal(JSON.stringify(all[0]).length, itemBytes)
  return all
}

/** Draws numbers below `end`: xorshift32, the same in every run. */
export function random(): (end: number) => number {
  let state = seed
  return (end) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % end
  }
}

/** Draws `count` of `all`, with repetition. */
export function draw<T>(all: readonly T[], count: number): T[] {
  const next = random()
  return Array.from({ length: count }, () => all[next(all.length)] as T)
}
