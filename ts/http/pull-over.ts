/**
 * A synchronizer's run from a remote database into one of this process: the state, what both have,
 * and then one stream that is verified and committed as it comes.
 */

import { discover } from '../discovery.js'
import { HistoError } from '../errors.js'
import type { Run, Sent, SyncResult } from '../exchange.js'
import type { Handle } from '../handle.js'
import { nameArgument } from '../names.js'
import { abortable } from '../signal.js'
import type { Ref } from '../types.js'
import { takeIn } from '../wire.js'
import type { Calls } from './calls.js'
import type { Answer } from './client.js'
import { broken, type State, totalHeader } from './protocol.js'
import { retrying } from './retries.js'
import { arrivedOf, tipsOf } from './tips.js'

/** Brings all of the remote's head to `handle`, and notes it there. */
export async function pullOver(
  calls: Calls,
  handle: Handle,
  run: Run,
  remoteOption: unknown,
  told: (state: State) => void
): Promise<SyncResult> {
  const { signal } = run
  await abortable(signal, () => handle.opened())
  run.onProgress({ phase: 'difference', done: 0, total: 0, bytes: 0 })
  const { retries } = calls.client.settings
  const state = await retrying({ retries, signal }, () => calls.state({ signal }, false))
  told(state)
  const remote = nameArgument(remoteOption ?? state.name, 'the name of the source')
  const { head } = state
  if (head === null) return { head, revisions: 0, bytes: 0 }
  const known = await handle.ask((engine) => engine.remoteHead(remote))
  if (known === head) return { head, revisions: 0, bytes: 0 }
  const sent = await new Pull(calls, handle, run).bring(head)
  signal?.throwIfAborted()
  await handle.write((engine) => engine.setRemoteHead(remote, head))
  return { head, ...sent }
}

/** One run's way to a head. */
class Pull {
  readonly #calls: Calls
  readonly #handle: Handle
  readonly #run: Run
  /** What came in the attempts before this one. */
  #before: Sent = { revisions: 0, bytes: 0 }
  #now: Sent = { revisions: 0, bytes: 0 }

  constructor(calls: Calls, handle: Handle, run: Run) {
    this.#calls = calls
    this.#handle = handle
    this.#run = run
  }

  /** Takes in what is missing of `head`. What an interruption leaves, the next attempt finds. */
  async bring(head: Ref): Promise<Sent> {
    const { signal } = this.#run
    const { retries } = this.#calls.client.settings
    if (await this.#has(head)) return this.#sum
    await retrying({ retries, signal }, async (progressed) => {
      this.#before = this.#sum
      this.#now = { revisions: 0, bytes: 0 }
      const from = await this.#common(head)
      try {
        await this.#calls.pull(head, from, signal, (answer) => this.#take(answer, progressed))
      } catch (error) {
        throw serversFault(error)
      }
    })
    if (!(await this.#has(head))) throw broken('the server did not send the head that it told of')
    return this.#sum
  }

  get #sum(): Sent {
    const [before, now] = [this.#before, this.#now]
    return { revisions: before.revisions + now.revisions, bytes: before.bytes + now.bytes }
  }

  /** What both sides have, as tips. */
  async #common(head: Ref): Promise<readonly Ref[]> {
    const { signal } = this.#run
    const tips = await tipsOf(this.#handle)
    const ask = (refs: readonly Ref[]) => this.#calls.has(refs, { signal })
    const found = await this.#handle.ask((engine) => discover(engine, tips, ask, { signal }))
    if (this.#handle.engine.recentTips !== undefined) return found.common
    const missing = await this.#calls.difference(found.common, head, signal)
    return [...found.common, ...(await arrivedOf(this.#handle, missing))]
  }

  #take(answer: Answer, progressed: () => void): Promise<unknown> {
    const { signal } = this.#run
    const total = Number(answer.header(totalHeader) ?? 0) + this.#before.revisions
    const onBatch = (revisions: number, bytes: number) => {
      this.#now = { revisions, bytes }
      progressed()
      const sum = this.#sum
      const most = Math.max(total, sum.revisions)
      this.#run.onProgress({
        phase: 'revisions',
        done: sum.revisions,
        total: most,
        bytes: sum.bytes
      })
    }
    const { maxRevisionBytes } = this.#calls.client.settings
    const maxBytes = Number.MAX_SAFE_INTEGER
    const options = { signal, maxRevisionBytes, maxBytes, onBatch }
    return this.#handle.write((engine) => takeIn(engine, answer.chunks(), options))
  }

  async #has(ref: Ref): Promise<boolean> {
    const [known] = await this.#handle.ask((engine) => engine.has([ref]))
    return known === true
  }
}

/** What a server sent in the words of whoever pulls: it lied, or sent more than was wanted. */
function serversFault(error: unknown): unknown {
  if (!(error instanceof HistoError)) return error
  switch (error.code) {
    case 'HISTO_MISSING_ANCESTOR':
      return broken('the server sent a revision without its ancestors', { cause: error })
    case 'HISTO_NOT_FOUND':
      return broken('the server lacks what it told of', { cause: error, retryable: true })
    case 'HISTO_TOO_LARGE':
      return new HistoError('HISTO_DENIED', error.message, { ref: error.ref, cause: error })
    default:
      return error
  }
}
