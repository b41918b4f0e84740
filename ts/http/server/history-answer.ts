/**
 * An answer with a part of the history: the walk waits for its turn, and revisions are sent as the client reads them.
 */

import type { Ref } from '../../base/types.js'
import type { Tips } from '../../engine.js'
import { wireOf } from '../../wire/wire.js'
import { totalHeader } from '../protocol.js'
import { type Answer, streamAnswer } from './answers.js'
import { decided } from './asked-refs.js'
import { Pacing } from './pacing.js'
import type { Visit } from './visit.js'

/** A walk that finds at most this many refs is short; with more given refs than the second number it counts as long. */
const [fewFound, fewGiven] = [256, 256]

/** Sends what some of `to` and none of `from` reach, ancestors first, after `before`. */
export async function historyAnswer(
  visit: Visit,
  from: readonly Ref[],
  to: Tips,
  before?: Uint8Array
): Promise<Answer> {
  const { handle, hold, signal, url, metas, deltas } = visit
  decided(visit)
  let total: number | undefined
  const onBatch = (_revisions: number, _bytes: number, all: number) => {
    total = all
  }
  const pace = new Pacing(hold)
  const isSingle = (await turnToWalk(visit, from, to)) === 1
  const bases = deltas && url.searchParams.get('bases') === '1'
  // A single revision is a change of a text that the client has, and needs no room.
  const changes = deltas && !(bases && isSingle) && hold.takesTexts()
  const options = { signal, compress: compresses(url), metas, changes, bases, onBatch, pace }
  const chunks = await handle.ask((engine) => wireOf(engine, from, to, options))
  const headers = () => (total === undefined ? {} : { [totalHeader]: String(total) })
  const all = before === undefined ? chunks : behind(before, chunks)
  return await streamAnswer(all, visit, headers, () => {
    hold.release('lists')
    return pace.found(total ?? 0)
  })
}

/** Waits for the turn of a walk that may be long; returns how many refs a short one finds. */
export async function turnToWalk(
  { handle, hold }: Visit,
  from: readonly Ref[],
  to: Tips
): Promise<number | undefined> {
  const mayBeShort = from.length > 0 && from.length <= fewGiven
  const few = mayBeShort
    ? await handle.ask((engine) => engine.ownRefs?.([to].flat(), from, fewFound) ?? null)
    : null
  if (few !== null) return few.length
  await hold.claim('walks', 1)
  return undefined
}

/** Whether the client takes compressed batches. */
export function compresses(url: URL): boolean {
  return url.searchParams.get('compress') === '1'
}

/** A stream after its first part. */
async function* behind(
  bytes: Uint8Array,
  chunks: AsyncIterable<Uint8Array>
): AsyncGenerator<Uint8Array> {
  yield bytes
  yield* chunks
}
