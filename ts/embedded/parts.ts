/**
 * Splits a long `putMany` into parts: drafts that are made already go to the writer while the rest are made.
 */

import type { Draft, DraftRun } from '../engine.js'
import { addDropPart, addPart, isRun, partSize } from './batch.js'
import type { Writes } from './writes.js'

let lastNumber = 0

/** The rest of a `putMany`: the number under which its parts were handed over, 0 for none, and the last drafts. */
interface Rest {
  readonly number: number
  readonly rest: readonly Draft[] | DraftRun
}

/** Iterates drafts and hands over all but the last ones; if iterating throws, drops the parts again. */
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
