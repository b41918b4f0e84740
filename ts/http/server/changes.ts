/**
 * `changes`: replies when the head of the handler's branch is no longer the one that the client has seen, or
 * after as long as the client asked to wait.
 */

import type { Awaitable } from '../../base/awaitable.js'
import { headKey } from '../../base/keys.js'
import { listenTo } from '../../base/signal.js'
import { AwaitedMoves } from '../../branch/awaited-moves.js'
import { broken, longestWait } from '../protocol.js'
import { type Answer, jsonAnswer } from './answers.js'
import { expectAllowed } from './authorize.js'
import type { Visit } from './visit.js'

/** `changes`: the head as soon as it differs from `since`, or when time is up. */
export async function nextChange(visit: Visit): Promise<Answer> {
  await expectAllowed(visit, 'read')
  const { handle, url } = visit
  const since = url.searchParams.get('since')
  const read = () => handle.ask((engine) => engine.head(handle.branch))
  const heads = { key: headKey(handle.branch) }
  return jsonAnswer({ head: await onceOther(visit, since === '' ? null : since, heads, read) })
}

/**
 * What `read` returns once that is not `since`, or when time is up, the client is gone or the database is closed. Reads again
 * after moves of `heads`.
 */
export async function onceOther<T>(
  { handle, signal, url }: Visit,
  since: T,
  heads: ConstructorParameters<typeof AwaitedMoves>[2],
  read: () => Awaitable<T>
): Promise<T> {
  const seconds = waitOf(url)
  await handle.opened()
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(), seconds * 1000)
  const deafen = listenTo(signal, () => over.abort())
  if (signal.aborted) over.abort()
  const moves = new AwaitedMoves(handle, over.signal, heads)
  try {
    for (let isOver = false; ; ) {
      const now = await read()
      if (now !== since || isOver) return now
      isOver = await moves.next()
    }
  } finally {
    clearTimeout(timer)
    deafen()
    moves.end()
  }
}

/** The seconds that a request may wait. */
function waitOf(url: URL): number {
  const wait = Number(url.searchParams.get('wait') ?? 0)
  if (Number.isFinite(wait) && wait >= 0) return Math.min(wait, longestWait)
  throw broken('wait must be a number of seconds')
}
