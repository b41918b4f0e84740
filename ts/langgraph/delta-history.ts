/**
 * What LangGraph makes the values of its `DeltaChannel`s of: the writes to them since they were last saved whole.
 */

import type { Facts } from './facts.js'
import type { Lookup } from './lookup.js'
import type { Tuples } from './tuples.js'
import type { DeltaChannelHistories, DeltaChannelHistory } from './types.js'

type DeltaWrites = DeltaChannelHistory['writes']

/** Of one channel, as far as the way down has come. */
interface Gathered {
  /** Of each checkpoint, the nearest first. */
  readonly parts: DeltaWrites[]
  seed?: unknown
}

/**
 * Of each channel the writes to the checkpoints before `facts`, oldest first, back to the nearest that has its value, and
 * that value as `seed`.
 *
 * Cost: the checkpoints on that way, each read once.
 */
export async function deltaHistories(
  lookup: Lookup,
  tuples: Tuples,
  facts: Facts | undefined,
  channels: readonly string[]
): Promise<DeltaChannelHistories> {
  const all = new Map(channels.map((channel): [string, Gathered] => [channel, { parts: [] }]))
  const left = new Map(all)
  let at = facts && (await parentOf(lookup, facts))
  while (at !== undefined && left.size > 0) {
    await gather(tuples, at, left)
    at = await parentOf(lookup, at)
  }
  return Object.fromEntries([...all].map(([channel, gathered]) => [channel, historyOf(gathered)]))
}

/** Adds what stands with one checkpoint; a channel whose value it has is done. */
async function gather(tuples: Tuples, at: Facts, left: Map<string, Gathered>): Promise<void> {
  const isWanted = (channel: string) => left.has(channel)
  const [writes, values] = await Promise.all([
    tuples.writesTo(at, isWanted),
    tuples.valuesIn(at, isWanted)
  ])
  for (const [channel, gathered] of left) {
    const own = writes.filter((write) => write[1] === channel)
    if (own.length > 0) gathered.parts.push(own)
    if (!Object.hasOwn(values, channel)) continue
    gathered.seed = values[channel]
    left.delete(channel)
  }
}

function historyOf(gathered: Gathered): DeltaChannelHistory {
  const writes = gathered.parts.toReversed().flat()
  return 'seed' in gathered ? { writes, seed: gathered.seed } : { writes }
}

async function parentOf(lookup: Lookup, facts: Facts): Promise<Facts | undefined> {
  const parent = await lookup.facts.one(facts.ancestors[0])
  if (parent !== undefined || facts.lostParent === undefined) return parent
  return (await lookup.find(facts.place, facts.lostParent))?.checkpoint
}
