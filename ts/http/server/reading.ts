/**
 * The operations that read. They are limited to what the head of the handler's branch reaches; only `has` for a writer
 * covers the whole database.
 */

import { nameOfBranch } from '../../base/names.js'
import { abortable } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import { wireOfRefs } from '../../wire/wire.js'
import { encodeBits } from '../../wire/wire-refs.js'
import { broken, type State } from '../protocol.js'
import { type Answer, bytesAnswer, jsonAnswer, streamAnswer } from './answers.js'
import { decided, refsOf } from './asked-refs.js'
import { expectAllowed } from './authorize.js'
import { compresses, historyAnswer } from './history-answer.js'
import { printOfWanted, thereWithData } from './lacking.js'
import { Pacing } from './pacing.js'
import { reachedByHead } from './reach.js'
import { unknownRef } from './refusals.js'
import type { Visit } from './visit.js'

/** `state`: the name, the head, and what a client must know before it sends something. */
export async function state(visit: Visit): Promise<Answer> {
  const { handle, remote, url } = visit
  const isForWriting = purposeOf(url) === 'write'
  if (isForWriting) await expectAllowed(visit, 'write')
  else await expectAllowed(visit, 'read', 'write', 'head')
  await handle.opened()
  const told = await stateOf(visit)
  if (!isForWriting || remote === undefined) return jsonAnswer(told)
  const remoteHead = await handle.ask((engine) => engine.remoteHead(remote))
  return jsonAnswer({ ...told, remoteHead, ...(await printOfWanted(visit)) } satisfies State)
}

/** The state for any allowed client; the database must be open. */
export async function stateOf({ handle, settings, branch }: Visit): Promise<State> {
  return {
    name: nameOfBranch(handle.engine.name ?? '', branch ?? handle.branch),
    head: await handle.ask((engine) => engine.head(handle.branch)),
    heads: settings.heads,
    ...(handle.engine.wire === undefined ? {} : { bases: true }),
    maxBodyBytes: settings.maxBodyBytes
  }
}

/**
 * `has`: whether each ref exists, for a reader or a writer. With `cut`, for the search for the common history,
 * revisions that were cut away count, since they can be neither sent nor fetched. With `data`, those without data do not.
 */
export async function has(visit: Visit): Promise<Answer> {
  const { handle, signal } = visit
  const purpose = purposeOf(visit.url)
  await expectAllowed(visit, purpose)
  const refs = await refsOf(visit)
  const there =
    purpose === 'write'
      ? await abortable(signal, () => handle.ask((engine) => engine.has(refs, signal)))
      : await reachedByHead(handle, refs, signal)
  const wantsData = visit.url.searchParams.get('data') === '1'
  const here = wantsData ? await thereWithData(visit, refs, there, purpose) : there
  return bytesAnswer(encodeBits(await counted(visit, refs, here)))
}

/** `has` of refs, including those that were cut away if `cut` is set. */
export async function counted(
  { handle, signal, url }: Visit,
  refs: readonly Ref[],
  there: readonly boolean[]
): Promise<readonly boolean[]> {
  const cut = await abortable(signal, () =>
    handle.ask((engine) => engine.wasCut?.(refs, signal) ?? [])
  )
  const counts = url.searchParams.get('cut') === '1'
  return there.map((isThere, place) => (cut[place] === true ? counts : isThere))
}

/** `revisions`: exactly these, in this order, each once. */
export async function revisions(visit: Visit): Promise<Answer> {
  await expectAllowed(visit, 'read')
  const refs = [...new Set(await refsOf(visit))]
  await expectReached(visit, refs)
  decided(visit)
  return await revisionsAnswer(visit, refs)
}

/** A stream of revisions that the client may have. */
export async function revisionsAnswer(visit: Visit, refs: readonly Ref[]): Promise<Answer> {
  const { handle, hold, signal, metas, deltas } = visit
  const changes = deltas && refs.length > 1 && hold.takesTexts()
  const compress = compresses(visit.url)
  const options = { signal, compress, metas, changes, pace: new Pacing(hold) }
  const chunks = await handle.ask((engine) => wireOfRefs(engine, refs, options))
  return streamAnswer(chunks, visit)
}

/**
 * `pull`: what the first ref and none of the others reach, ancestors first. Others that the head does not reach
 * are ignored.
 */
export async function pull(visit: Visit): Promise<Answer> {
  const { handle, signal } = visit
  await expectAllowed(visit, 'read')
  const [to, ...candidates] = await refsOf(visit)
  if (to === undefined) throw broken('pull needs a ref')
  const [isReached, ...known] = await reachedByHead(handle, [to, ...candidates], signal)
  if (isReached !== true) throw unknownRef(to)
  const from = candidates.filter((_ref, place) => known[place])
  return await historyAnswer(visit, from, to)
}

function purposeOf(url: URL): 'read' | 'write' {
  const purpose = url.searchParams.get('for') ?? 'read'
  if (purpose === 'read' || purpose === 'write') return purpose
  throw broken("for must be 'read' or 'write'")
}

/** @throws {HistoError} `HISTO_NOT_FOUND` for a ref that the head does not reach */
export async function expectReached(
  { handle, signal }: Visit,
  refs: readonly Ref[]
): Promise<void> {
  const reached = await reachedByHead(handle, refs, signal)
  const missing = refs.find((_ref, place) => !reached[place])
  if (missing !== undefined) throw unknownRef(missing)
}
