/**
 * Looks for what the smartlog shows: from the newest revisions down until nothing comes together any more, and, where heads
 * lie far below that, around each of them.
 */

import type { RevisionHeader } from '../base/options.js'
import type { Ref } from '../base/types.js'
import { walkInParts } from '../rows/walk.js'
import { choose } from './near.js'
import type { Reader } from './reader.js'

/** Revisions from the newest on in which forks are looked for. */
const mostLooked = 30_000
/** Milliseconds in which it is asked which revisions reach heads far below them, and most such questions. */
const [longest, mostAsked] = [1500, 3000]

/** What was seen. */
interface Seen {
  /** Descendants before ancestors. */
  readonly steps: readonly RevisionHeader[]
  readonly chosen: ReadonlySet<Ref>
  /** By ancestor that was not seen: the heads that it reaches. */
  readonly beyond: ReadonlyMap<Ref, readonly Ref[]>
}

/** Looks around `tips`, each of which is seen. */
export async function lookAround(db: Reader, tips: readonly Ref[]): Promise<Seen> {
  const steps: RevisionHeader[] = []
  const chosen = new Set<Ref>()
  const deep = await addPlace(db, tips, mostLooked, { steps, chosen })
  for (let left = deep; left.length > 0; ) left = await addPlace(db, left, 1, { steps, chosen })
  return { steps, chosen, beyond: await reached(db, steps, deep) }
}

/** Adds parts from the newest of `tips` on, with about `most` revisions; the tips that are not there yet. */
async function addPlace(
  db: Reader,
  tips: readonly Ref[],
  most: number,
  { steps, chosen }: { readonly steps: RevisionHeader[]; readonly chosen: Set<Ref> }
): Promise<readonly Ref[]> {
  const choice = choose(tips)
  const from = steps.length
  for await (const part of walkInParts(db, tips)) {
    for (const step of part) {
      steps.push(step)
      choice.add(step)
      if (choice.isDone) break
    }
    if (choice.isDone || steps.length - from >= most) break
  }
  for (const ref of choice.chosen) chosen.add(ref)
  return steps.length === from ? [] : tips.filter((tip) => !choice.chosen.has(tip))
}

/** Which of `tips` the unseen ancestors of `steps` reach, as far as that is found out in time. */
async function reached(
  db: Reader,
  steps: readonly RevisionHeader[],
  tips: readonly Ref[]
): Promise<ReadonlyMap<Ref, readonly Ref[]>> {
  const beyond = new Map<Ref, readonly Ref[]>()
  if (tips.length === 0) return beyond
  const seen = new Set(steps.map(({ ref }) => ref))
  const ends = new Set(steps.flatMap(({ ancestors }) => ancestors).filter((ref) => !seen.has(ref)))
  if (ends.size * tips.length > mostAsked) return beyond
  const signal = AbortSignal.timeout(longest)
  try {
    for (const end of ends) {
      const found: Ref[] = []
      for (const tip of tips) if (await db.isAncestor(tip, end, { signal })) found.push(tip)
      if (found.length > 0) beyond.set(end, found)
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
  return beyond
}
