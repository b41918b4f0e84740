/**
 * A long `putMany` in parts: what is made of it already goes to the writer while the rest is made.
 */

import type { Draft } from '../engine.js'
import { addDropPart, addPart, partSize } from './batch.js'
import type { Writes } from './writes.js'

let lastNumber = 0

/** What is left of a `putMany`: the number of its parts, 0 without any, and the last drafts. */
export interface Rest {
  readonly number: number
  readonly rest: readonly Draft[]
}

/** Iterates over drafts and hands over all but the last ones; where that throws, takes them back. */
export function handOverParts(writes: Writes, drafts: Iterable<Draft>): Rest {
  let rest: Draft[] = []
  let number = 0
  try {
    for (const draft of drafts) {
      if (writes.takesParts && rest.length === partSize) {
        if (number === 0) number = nextNumber()
        addPart(writes.batch, number, rest)
        writes.begin()
        rest = []
      }
      rest.push(draft)
    }
  } catch (error) {
    if (number !== 0) {
      addDropPart(writes.batch, number)
      writes.begin()
    }
    throw error
  }
  return { number, rest }
}

function nextNumber(): number {
  lastNumber = (lastNumber % 0xffff_ffff) + 1
  return lastNumber
}
