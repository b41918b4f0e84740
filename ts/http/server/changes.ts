/**
 * `changes`: answers when the head of the handler's branch is not the one that the client has seen,
 * or after as long as it was asked to wait.
 */

import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import type { Observer } from '../../branch/watcher.js'
import { broken, longestWait } from '../protocol.js'
import { jsonAnswer } from './answers.js'
import { expectAllowed } from './authorize.js'
import type { Visit } from './visit.js'

/** `changes`: the head as soon as it is another one than `since`, else as it is when time is up. */
export async function nextChange(visit: Visit): Promise<Response> {
  const { handle, signal, url } = visit
  await expectAllowed(visit, 'read')
  const since = url.searchParams.get('since')
  const waiting = new Waiting(handle, since === '' ? null : since, signal)
  return jsonAnswer({ head: await waiting.answer(waitOf(url)) })
}

function waitOf(url: URL): number {
  const wait = Number(url.searchParams.get('wait') ?? 0)
  if (Number.isFinite(wait) && wait >= 0) return Math.min(wait, longestWait)
  throw broken('wait must be a number of seconds')
}

/** One client that waits. */
class Waiting {
  readonly #handle: Handle
  readonly #since: Ref | null
  readonly #signal: AbortSignal

  constructor(handle: Handle, since: Ref | null, signal: AbortSignal) {
    this.#handle = handle
    this.#since = since
    this.#signal = signal
  }

  async answer(seconds: number): Promise<Ref | null> {
    await this.#handle.opened()
    const change = new Change(this.#signal, seconds)
    this.#handle.watcher.add(change)
    try {
      for (;;) {
        const head = await this.#handle.ask((engine) => engine.head(this.#handle.branch))
        if (head !== this.#since || change.isOver) return head
        await change.next()
      }
    } finally {
      this.#handle.watcher.remove(change)
      change.stop()
    }
  }
}

/** The next change of a head, or the end of the waiting: time, the client or the database. */
class Change implements Observer {
  readonly #signal: AbortSignal
  readonly #timer: NodeJS.Timeout
  #isOver = false
  #hasChanged = false
  #wake: () => void = () => undefined

  constructor(signal: AbortSignal, seconds: number) {
    this.#signal = signal
    this.#timer = setTimeout(() => this.ended(), seconds * 1000)
    signal.addEventListener('abort', this.#aborted)
    if (signal.aborted) this.ended()
  }

  get isOver(): boolean {
    return this.#isOver
  }

  changed(): void {
    this.#hasChanged = true
    this.#wake()
  }

  failed(): void {
    this.changed() // whoever reads the head hears why
  }

  ended(): void {
    this.#isOver = true
    this.#wake()
  }

  async next(): Promise<void> {
    if (!(this.#hasChanged || this.#isOver)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    this.#hasChanged = false
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#aborted)
  }

  readonly #aborted = (): void => this.ended()
}
