/**
 * A long `putMany` in parts: what is made of it already goes to the writer while the rest is made.
 */

import type { Draft, DraftRun } from '../engine.js'
import { addDropPart, addPart, isRun, partSize } from './batch.js'
import type { Writes } from './writes.js'

let lastNumber = 0

/** What is left of a `putMany`: the number of its parts, 0 without any, and the last drafts. */
export interface Rest {
  readonly number: number
  readonly rest: readonly Draft[] | DraftRun
}

/** Iterates over drafts and hands over all but the last ones; where that throws, takes them back. */
export function handOverParts(writes: Writes, drafts: Iterable<Draft | DraftRun>): Rest {
  let rest: Draft[] | DraftRun = []
  let number = 0
  try {
    for (const draft of drafts) {
      if (!isRun(draft) && !isRun(rest) && (!writes.takesParts || rest.length < partSize)) {
        rest.push(draft)
        continue
      }
      if (isRun(rest) || rest.length > 0) {
        if (number === 0) number = nextNumber()
        addPart(writes.batch, number, rest)
        writes.begin()
      }
      rest = isRun(draft) ? draft : [draft]
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
