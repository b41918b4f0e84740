/**
 * The operations that read many branches. Each is limited to what the heads of those branches reach that the request
 * names, as far as these are served and allowed.
 */

import { headKey } from '../../base/keys.js'
import { abortable } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import { type Descent, loggedDeletions, reachingEach } from '../../sync/gone.js'
import { hasAnyBranch } from '../../sync/tables.js'
import { encodeBits } from '../../wire/wire-refs.js'
import { sumText } from '../compare.js'
import { type Answer, bytesAnswer, jsonAnswer } from './answers.js'
import { namesIn, pairsIn, partsIn, refsIn } from './asked-parts.js'
import { decided } from './asked-refs.js'
import { onceOther } from './changes.js'
import { historyAnswer } from './history-answer.js'
import { thereWithData } from './lacking.js'
import { branchesOf, headsNamed, permitted, remembering } from './permitted.js'
import { counted, revisionsAnswer } from './reading.js'
import { unknownRef } from './refusals.js'
import type { Visit } from './visit.js'

const nothing = new Uint8Array()

/** `branches-pull`: what the heads reach and the refs (those that the heads reach) do not, ancestors first. */
export async function pullBranches(visit: Visit): Promise<Answer> {
  const { handle, signal } = visit
  const { heads, refs } = await named(visit)
  const reached = await reachedBy(visit, heads, refs)
  const from = refs.filter((_ref, place) => reached[place])
  if (heads.length === 0) signal.throwIfAborted()
  await handle.opened()
  return await historyAnswer(visit, from, heads)
}

/** `branches-revisions`: exactly these, in this order, each once. */
export async function revisionsOfBranches(visit: Visit): Promise<Answer> {
  const { heads, refs } = await named(visit)
  const reached = await reachedBy(visit, heads, refs)
  const missing = refs.find((_ref, place) => !reached[place])
  if (missing !== undefined) throw unknownRef(missing)
  decided(visit)
  return await revisionsAnswer(visit, [...new Set(refs)])
}

/** `branches-has`: as `has` for a reader. */
export async function hasInBranches(visit: Visit): Promise<Answer> {
  const { heads, refs } = await named(visit)
  const there = await reachedBy(visit, heads, refs)
  const wantsData = visit.url.searchParams.get('data') === '1'
  const here = wantsData ? await thereWithData(visit, refs, there, 'read') : there
  return bytesAnswer(encodeBits(await counted(visit, refs, here)))
}

/**
 * `branches-deleted`: whether each branch is missing because it was deleted from the head that the client remembers, or a
 * later one, according to the log; none is if the database has no branch at all, or the client names no heads.
 */
export async function deletedBranches(visit: Visit): Promise<Answer> {
  const { handle, signal } = visit
  const allowed = await permitted(visit, 'read')
  const [first = nothing, second] = await partsIn(visit, 2, 1)
  if (second === undefined) {
    const names = await namesIn(first)
    return bytesAnswer(encodeBits(names.map(() => false)))
  }
  const asked = await pairsIn(first, second)
  await handle.opened()
  const heads = await headsNamed(visit, allowed, [...asked.keys()])
  const gone = new Map([...asked].filter(([name]) => heads.get(name) === null))
  const areLater = (descents: readonly Descent[]) => reachingSeen(visit, descents)
  const deleted = await loggedDeletions(handle, gone, signal, areLater)
  const tells = deleted.size > 0 && (await hasAnyBranch(handle))
  return bytesAnswer(encodeBits([...asked.keys()].map((name) => tells && deleted.has(name))))
}

/**
 * Of each whether its deleted head reaches what the client remembers. First looks among all that these heads reach, as the
 * client may read it: the time tells of a ref beyond that no more than of one that does not exist.
 */
async function reachingSeen(visit: Visit, descents: readonly Descent[]): Promise<boolean[]> {
  const { handle, signal } = visit
  const heads = [...new Set(descents.map(({ from }) => from))]
  const there = await handle.ask((engine) => engine.has(heads, signal))
  const known = heads.filter((_head, place) => there[place])
  const refs = descents.map(({ seen }) => seen)
  const isSeen = await reachedBy(visit, known, refs)
  const seen = descents.filter((_descent, place) => isSeen[place])
  const reached = (await reachingEach(handle, seen, signal)).values()
  return isSeen.map((is) => is && reached.next().value === true)
}

/** `branches-changes`: the sum of the heads as soon as it differs from `sum`, or when time is up. */
export async function nextChanges(visit: Visit): Promise<Answer> {
  const allowed = remembering(await permitted(visit, 'read'))
  const since = visit.url.searchParams.get('sum')
  const read = async () => sumText(await branchesOf(visit, allowed))
  const heads = { start: headKey(allowed.start ?? '') }
  return jsonAnswer({ sum: await onceOther<string | null>(visit, since, heads, read) })
}

/** The heads of the branches that a request names, and its refs. */
async function named(visit: Visit): Promise<{ heads: Ref[]; refs: Ref[] }> {
  const allowed = await permitted(visit, 'read')
  const [names, refs] = await partsIn(visit, 2)
  await visit.handle.opened()
  const heads = await headsNamed(visit, allowed, await namesIn(names ?? nothing))
  const known = [...heads.values()].filter((head) => head !== null)
  return { heads: [...new Set(known)], refs: await refsIn(refs ?? nothing) }
}

/** Which of `refs` one of `heads` reaches. */
async function reachedBy(
  { handle, signal }: Visit,
  heads: readonly Ref[],
  refs: readonly Ref[]
): Promise<readonly boolean[]> {
  if (heads.length === 0 || refs.length === 0) return refs.map(() => false)
  return await abortable(signal, () =>
    handle.ask((engine) => engine.reachedBy(heads, refs, signal))
  )
}
