/**
 * `changes`: replies when the head of the handler's branch is no longer the one that the client has seen, or
 * after as long as the client asked to wait.
 */

import { headKey } from '../../base/keys.js'
import { listenTo } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import { AwaitedMoves } from '../../branch/awaited-moves.js'
import { broken, longestWait } from '../protocol.js'
import { type Answer, jsonAnswer } from './answers.js'
import { expectAllowed } from './authorize.js'
import type { Visit } from './visit.js'

/** `changes`: the head as soon as it differs from `since`, or when time is up. */
export async function nextChange(visit: Visit): Promise<Answer> {
  await expectAllowed(visit, 'read')
  const since = visit.url.searchParams.get('since')
  return jsonAnswer({ head: await headAfter(visit, since === '' ? null : since) })
}

/** The seconds that a request may wait. */
export function waitOf(url: URL): number {
  const wait = Number(url.searchParams.get('wait') ?? 0)
  if (Number.isFinite(wait) && wait >= 0) return Math.min(wait, longestWait)
  throw broken('wait must be a number of seconds')
}

/** The head once it is not `since`, or when time is up, the client is gone or the database is closed. */
async function headAfter({ handle, signal, url }: Visit, since: Ref | null): Promise<Ref | null> {
  const seconds = waitOf(url)
  await handle.opened()
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), seconds * 1000)
  const deafen = listenTo(signal, () => over.abort())
  if (signal.aborted) over.abort()
  const moves = new AwaitedMoves(handle, over.signal, { key: headKey(handle.branch) })
  try {
    for (let isOver = false; ; ) {
      const head = await handle.ask((engine) => engine.head(handle.branch))
      if (head !== since || isOver) return head
      isOver = await moves.next()
    }
  } finally {
    clearTimeout(timer)
    deafen()
    moves.end()
  }
}
