/**
 * A synchronizer's run from a remote database into one of this process. Missing revisions come with the first request if
 * the named refs determine them; otherwise set discovery precedes one stream. Either is verified and committed as it comes.
 */

import { hasCode } from '../../base/errors.js'
import { mainBranch, remoteNameArgument } from '../../base/names.js'
import { abortable } from '../../base/signal.js'
import type { SyncResult } from '../../base/sync-options.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import type { RemoteHead } from '../../engine.js'
import { discover } from '../../sync/discovery.js'
import type { Run } from '../../sync/exchange.js'
import { isPrintOf } from '../prints.js'
import { broken, type State } from '../protocol.js'
import type { Calls } from './calls.js'
import type { Reply } from './client.js'
import { neverCame, Received } from './received.js'
import { arrivedOf, namedOf, tipsOf } from './tips.js'

/** Most revisions whose missing data is requested in one request. */
const mostFilled = 8192

/** Copies the whole history of the remote's head to `handle`, and records the head there. */
export async function pullOver(
  calls: Calls,
  handle: Handle,
  run: Run,
  told: (state: State) => void
): Promise<SyncResult> {
  const { signal } = run
  await abortable(signal, () => handle.opened())
  run.onProgress({ phase: 'difference', done: 0, total: 0, bytes: 0 })
  const pull = new Pull(calls, handle, run)
  const goal = (state: State) => {
    told(state)
    return remoteNameArgument(run.remote ?? state.name, 'the name of the source')
  }
  return await calls.retrying(signal, (progressed) => pull.attempt(goal, progressed))
}

/** The outcome for a head: nothing came, all that was missing came, or that and the remote head is set too. */
type Came = 'not' | 'whole' | 'noted'

/** One run. */
class Pull {
  readonly #calls: Calls
  readonly #handle: Handle
  readonly #run: Run
  readonly #received: Received
  /** Whether texts may come as changes of texts here; `false` once a base was missing. */
  #bases: boolean
  /** The revisions that lacked their data here before the run. */
  #lacked: readonly Ref[] = []

  constructor(calls: Calls, handle: Handle, run: Run) {
    this.#calls = calls
    this.#handle = handle
    this.#run = run
    this.#received = new Received(calls, handle, run)
    this.#bases = handle.engine.wire !== undefined
  }

  /**
   * Fetches what is missing of the current head. The next attempt finds what an interruption leaves. `goal` gets
   * the state and returns the remote's name.
   */
  async attempt(goal: (state: State) => string, progressed: () => void): Promise<SyncResult> {
    this.#received.progressed = progressed
    try {
      return await this.#attempt(goal)
    } catch (error) {
      if (!this.#bases || !hasCode(error, 'HISTO_SHALLOW')) throw error
      this.#bases = false // the base of a text is erased here, or cut away
      return await this.#attempt(goal)
    }
  }

  async #attempt(goal: (state: State) => string): Promise<SyncResult> {
    const [{ signal }, bases] = [this.#run, this.#bases]
    this.#lacked = (await this.#handle.engine.tombstones?.(true)) ?? []
    const named = await namedOf(this.#handle, this.#calls.branch ?? mainBranch)
    const told = await this.#calls.news(named, { signal, bases }, async (state, answer, stream) => {
      const name = goal(state)
      if (state.head === null) return undefined
      const remote = { name, ref: state.head }
      const isKnown = await this.#isNoted(remote)
      const isNothing = isKnown || stream === undefined
      const taken = isNothing ? 'not' : await this.#take(answer, stream, remote)
      const came: Came = isKnown ? 'noted' : taken
      return { remote, tombstones: state.tombstones, came }
    })
    if (told === undefined) return { head: null, ...this.#received.sum }
    const { remote, tombstones } = told
    let { came } = told
    if (came === 'not' && !(await this.#has(remote.ref))) came = await this.#bring(remote)
    if (came !== 'noted') {
      await this.#fill(remote, tombstones)
      await this.#note(remote)
    }
    return { head: remote.ref, ...this.#received.sum }
  }

  async #bring(remote: RemoteHead): Promise<Came> {
    const [{ signal }, bases] = [this.#run, this.#bases]
    const { ref } = remote
    const from = await this.#common(ref)
    try {
      return await this.#calls.stream('pull', [ref, ...from], { signal, bases }, (answer) =>
        this.#take(answer, answer.chunks(), remote)
      )
    } catch (error) {
      if (!hasCode(error, 'HISTO_NOT_FOUND')) throw error
      throw broken('the server lacks what it announced', { cause: error, retryable: true })
    }
  }

  /**
   * Fetches the data of revisions that lack it here, if the remote's head reaches them. `told` is the remote's fingerprint
   * of those that lack it there.
   */
  async #fill(remote: RemoteHead, told: string | undefined): Promise<void> {
    if (this.#lacked.length === 0) return
    const { signal } = this.#run
    const [wanted, all] = [
      await this.#below(remote.ref, true),
      await this.#below(remote.ref, false)
    ]
    if (wanted.length === 0 || isPrintOf(told, wanted) || isPrintOf(told, all)) return
    const there = await this.#calls.has(wanted, { signal, wantsData: true })
    const refs = wanted.filter((_ref, place) => there[place])
    for (let at = 0; at < refs.length; at += mostFilled) {
      const part = refs.slice(at, at + mostFilled)
      await this.#calls.stream('revisions', part, { signal }, (answer) =>
        this.#take(answer, answer.chunks(), remote)
      )
    }
  }

  /** The revisions that `head` reaches and that lack their data here. */
  async #below(head: Ref, onlyElsewhere: boolean): Promise<readonly Ref[]> {
    const refs = (await this.#handle.engine.tombstones?.(onlyElsewhere)) ?? []
    return await this.#handle.reached(refs, head, this.#run.signal)
  }

  /** The tips of what both sides have. */
  async #common(head: Ref): Promise<readonly Ref[]> {
    const { signal } = this.#run
    const tips = await tipsOf(this.#handle)
    const ask = (refs: readonly Ref[]) => this.#calls.has(refs, { signal, countsCut: true })
    const found = await this.#handle.ask((engine) => discover(engine, tips, ask, { signal }))
    if (this.#handle.engine.recentTips !== undefined) return found.common
    const missing = await this.#calls.difference(found.common, head, signal)
    return [...found.common, ...(await arrivedOf(this.#handle, missing))]
  }

  /**
   * Receives a stream. If progress is not reported and nothing else must be fetched, the commit of its last batch sets the
   * remote head too.
   */
  async #take(reply: Reply, chunks: AsyncIterable<Uint8Array>, remote: RemoteHead): Promise<Came> {
    const remotes = this.#run.isHeard || this.#lacked.length > 0 ? undefined : [remote]
    await this.#received.take({ reply, chunks, bases: this.#bases, remotes }, remote.ref)
    return remotes === undefined ? 'whole' : 'noted'
  }

  async #note({ name, ref }: RemoteHead): Promise<void> {
    this.#run.signal?.throwIfAborted()
    try {
      await this.#handle.write((engine) => engine.setRemoteHead(name, ref))
    } catch (error) {
      throw hasCode(error, 'HISTO_NOT_FOUND', 'HISTO_SHALLOW') ? neverCame() : error
    }
  }

  async #isNoted({ name, ref }: RemoteHead): Promise<boolean> {
    return (await this.#handle.ask((engine) => engine.remoteHead(name))) === ref
  }

  async #has(ref: Ref): Promise<boolean> {
    const [known] = await this.#handle.ask((engine) => engine.has([ref]))
    return known === true
  }
}
