/**
 * The operations that write: revisions, the remote head of the client's name, and the head.
 */

import { headConflict } from '../../base/errors.js'
import { abortable } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import { takeIn } from '../../wire/wire.js'
import { mostJsonBytes, parseHeadRequest, parseObject, parseRef } from '../protocol.js'
import { judgeOf } from './accept.js'
import { type Answer, jsonAnswer } from './answers.js'
import { expectAllowed, mayDo } from './authorize.js'
import { textsBytes } from './crowd.js'
import { expectWriting } from './permitted.js'
import { PushRoom } from './push-room.js'
import { denied, refusedRevisions, unknownRef } from './refusals.js'
import { bytesOf, chunksOf } from './request-body.js'
import { namedRemote, type Visit } from './visit.js'

/**
 * `push`: verifies and writes revisions as they come. Those committed before a failure stay. Moves no head; with
 * `head` it sets the remote head once that revision is written.
 */
export async function push(visit: Visit): Promise<Answer> {
  const { handle, request, settings, signal } = visit
  await expectWriting(visit)
  const remote = namedRemote(visit)
  const head = visit.url.searchParams.get('head')
  const changes = visit.url.searchParams.get('changes') === '1'
  const bases = visit.url.searchParams.get('bases') === '1' && handle.engine.wire !== undefined
  if (changes) await visit.hold.claim('texts', textsBytes)
  const room = new PushRoom(visit.hold)
  const chunks = room.counted(chunksOf(request, settings, signal))
  const { maxRevisionBytes, maxBodyBytes: maxBytes } = settings
  const noted = head === null ? undefined : [{ name: remote, ref: parseRef(head) }]
  const onBatch = () => room.committed()
  const { refusesTombstones } = settings
  const limits = { maxRevisionBytes, maxBytes, refusesTombstones, changes, bases }
  const judge = judgeOf(visit, remote)
  const options = { signal, ...limits, remotes: noted, onBatch, judge }
  try {
    await handle.opened()
    const { revisions, bytes } = await handle.write((engine) => takeIn(engine, chunks, options))
    return jsonAnswer({ revisions, bytes })
  } catch (error) {
    throw refusedRevisions(error)
  } finally {
    chunks.return(undefined).catch(() => undefined) // the rest of the body is not read
  }
}

/** `remote-head`: records the head of the client's own database. */
export async function setRemoteHead(visit: Visit): Promise<Answer> {
  const { handle, request, settings, signal } = visit
  await expectAllowed(visit, 'write')
  const remote = namedRemote(visit)
  const body = parseObject(await bytesOf(request, settings, mostJsonBytes, signal))
  const ref = parseRef(body['ref'])
  await handle.opened()
  await expectKnown(handle, ref)
  await handle.write((engine) => engine.setRemoteHead(remote, ref))
  return jsonAnswer({ ref })
}

/**
 * `head`: moves the head to a descendant, if it still is the one that the client expects. Succeeds if the head is
 * the given ref already.
 */
export async function moveHead(visit: Visit): Promise<Answer> {
  const { handle, request, settings, signal } = visit
  if (settings.heads === 'never') throw denied('clients may not move the head of this database')
  await expectAllowed(visit, 'head')
  const asked = parseHeadRequest(await bytesOf(request, settings, mostJsonBytes, signal))
  await handle.opened()
  const head = await handle.ask((engine) => engine.head(handle.branch))
  const { ref, previousHead = head } = asked
  if (ref !== head) {
    if (previousHead !== head) throw headConflict(handle.branch, head, previousHead)
    await expectMovable(visit, head, ref)
  }
  const by = { action: 'fast-forward', remote: visit.remote } as const
  await handle.write((engine) => engine.setHead(handle.branch, ref, previousHead, undefined, by))
  return jsonAnswer({ ref })
}

async function expectKnown(handle: Handle, ref: Ref): Promise<void> {
  const [isKnown] = await handle.ask((engine) => engine.has([ref]))
  if (isKnown !== true) throw unknownRef(ref)
}

/**
 * Hides from clients without access `'write'` whether a ref exists: a missing one is refused like one that the head
 * does not move to.
 */
async function expectMovable(visit: Visit, head: Ref | null, ref: Ref): Promise<void> {
  const { handle, signal } = visit
  const [isKnown] = await handle.ask((engine) => engine.has([ref]))
  if (isKnown !== true && (await mayDo(visit, 'write'))) throw unknownRef(ref)
  const descends = (ancestor: Ref) =>
    abortable(signal, () => handle.ask((engine) => engine.isAncestor(ancestor, ref, signal)))
  if (isKnown === true && (head === null || (await descends(head)))) return
  throw denied('the head can only move to its descendants')
}
