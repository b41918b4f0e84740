/**
 * The operations that read many branches. Each is limited to what the heads of those branches reach that the request
 * names, as far as these are served and allowed.
 */

import { headKey } from '../../base/keys.js'
import { abortable, listenTo } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import { AwaitedMoves } from '../../branch/awaited-moves.js'
import { deletedFrom } from '../../sync/gone.js'
import { hasAnyBranch } from '../../sync/tables.js'
import { encodeBits } from '../../wire/wire-refs.js'
import { sumText } from '../compare.js'
import { bytesAnswer, jsonAnswer } from './answers.js'
import { namesIn, partsIn, refsIn } from './asked-parts.js'
import { decided } from './asked-refs.js'
import { waitOf } from './changes.js'
import { historyAnswer } from './history-answer.js'
import { eachInTurns } from './in-turns.js'
import { thereWithData } from './lacking.js'
import { branchesOf, type Permitted, permitted } from './permitted.js'
import { counted, revisionsAnswer } from './reading.js'
import { unknownRef } from './refusals.js'
import type { Visit } from './visit.js'

/** `branches-pull`: what the heads reach and the refs (those that the heads reach) do not, ancestors first. */
export async function pullBranches(visit: Visit): Promise<Response> {
  const { handle, signal } = visit
  const { heads, refs } = await named(visit)
  const reached = await reachedBy(visit, heads, refs)
  const from = refs.filter((_ref, place) => reached[place])
  if (heads.length === 0) signal.throwIfAborted()
  await handle.opened()
  return await historyAnswer(visit, from, heads)
}

/** `branches-revisions`: exactly these, in this order, each once. */
export async function revisionsOfBranches(visit: Visit): Promise<Response> {
  const { heads, refs } = await named(visit)
  const reached = await reachedBy(visit, heads, refs)
  const missing = refs.find((_ref, place) => !reached[place])
  if (missing !== undefined) throw unknownRef(missing)
  decided(visit)
  return await revisionsAnswer(visit, [...new Set(refs)])
}

/** `branches-has`: as `has` for a reader. */
export async function hasInBranches(visit: Visit): Promise<Response> {
  const { heads, refs } = await named(visit)
  const there = await reachedBy(visit, heads, refs)
  const wantsData = visit.url.searchParams.get('data') === '1'
  const here = wantsData ? await thereWithData(visit, refs, there, 'read') : there
  return bytesAnswer(encodeBits(await counted(visit, refs, here)))
}

/**
 * `branches-deleted`: whether each branch is missing because it was deleted, according to the log; none is if the database
 * has no branch at all.
 */
export async function deletedBranches(visit: Visit): Promise<Response> {
  const { handle } = visit
  const allowed = await permitted(visit, 'read')
  const [part] = await partsIn(visit, 1)
  const names = await namesIn(part ?? new Uint8Array())
  await handle.opened()
  const gone = new Map<string, Ref>()
  const { heads } = await branchesOf(visit, allowed)
  await eachInTurns(names, async (name) => {
    if (!heads.has(name) && (await allowed.has(name))) gone.set(name, '')
  })
  const isEmpty = heads.size === 0 && !(await hasAnyBranch(handle))
  const deleted = isEmpty ? new Map() : await deletedFrom(handle, gone)
  return bytesAnswer(encodeBits(names.map((name) => deleted.get(name) === 'logged')))
}

/** `branches-changes`: the sum of the heads as soon as it differs from `sum`, or when time is up. */
export async function nextChanges(visit: Visit): Promise<Response> {
  const { handle, signal, url } = visit
  const allowed = await permitted(visit, 'read')
  const seconds = waitOf(url)
  const since = url.searchParams.get('sum')
  await handle.opened()
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), seconds * 1000)
  const deafen = listenTo(signal, () => over.abort())
  if (signal.aborted) over.abort()
  const moves = new AwaitedMoves(handle, over.signal, { start: headKey(allowed.start ?? '') })
  try {
    for (let isOver = false; ; ) {
      const sum = sumText(await branchesOf(visit, allowed))
      if (sum !== since || isOver) return jsonAnswer({ sum })
      isOver = await moves.next()
    }
  } finally {
    clearTimeout(timer)
    deafen()
    moves.end()
  }
}

/** The heads of the branches that a request names, and its refs. */
async function named(visit: Visit): Promise<{ heads: Ref[]; refs: Ref[] }> {
  const allowed = await permitted(visit, 'read')
  const [names, refs] = await partsIn(visit, 2)
  await visit.handle.opened()
  const heads = await headsOf(visit, allowed, await namesIn(names ?? new Uint8Array()))
  return { heads, refs: await refsIn(refs ?? new Uint8Array()) }
}

async function headsOf(
  { handle }: Visit,
  allowed: Permitted,
  names: readonly string[]
): Promise<Ref[]> {
  const heads = new Set<Ref>()
  await eachInTurns(names, async (name) => {
    if (!(await allowed.has(name))) return
    const head = await handle.ask((engine) => engine.head(name))
    if (head !== null) heads.add(head)
  })
  return [...heads]
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
