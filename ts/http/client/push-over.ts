/**
 * A synchronizer's run from a database of this process into a remote one: the state, what the remote
 * has already, then many small requests, and last the remote head.
 */

import { HistoError } from '../../base/errors.js'
import { nameArgument } from '../../base/names.js'
import { abortable } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import { discover } from '../../sync/discovery.js'
import type { Run, Sent, SyncResult } from '../../sync/exchange.js'
import type { State } from '../protocol.js'
import type { CallOptions, Calls } from './calls.js'
import { Bodies, type Body, mostRevisions } from './push-bodies.js'
import { retrying } from './retries.js'

/** Where no more refs are in question, the remote is asked about each; where very few are, about none. */
const [fewRefs, veryFewRefs] = [1024, 4]

/** What is to be sent, and the body of all of it where that is made already. */
interface Missing {
  readonly refs: readonly Ref[]
  readonly body?: Body | undefined
}

/** What a run was told of the remote. */
export interface Told {
  readonly state: State
  readonly remote: string
}

/** Brings all of `handle`'s head to the remote, and has it noted there. */
export async function pushOver(
  calls: Calls,
  handle: Handle,
  run: Run,
  remoteOption: unknown,
  told: (told: Told) => void
): Promise<SyncResult> {
  const { signal } = run
  await abortable(signal, () => handle.opened())
  const remote = nameArgument(remoteOption ?? handle.name, 'source.name or the option remote')
  run.onProgress({ phase: 'difference', done: 0, total: 0, bytes: 0 })
  const head = await handle.ask((engine) => engine.head(handle.branch))
  if (head === null) return { head, revisions: 0, bytes: 0 }
  const trying = { retries: calls.client.settings.retries, signal }
  const options = { signal, remote }
  const state = await retrying(trying, () => calls.state(options, true))
  told({ state, remote })
  if (state.remoteHead === head) return { head, revisions: 0, bytes: 0 }
  return { head, ...(await new Push(calls, handle, run, options).bring(head, state)) }
}

/** One run's way to the remote. */
class Push {
  readonly #calls: Calls
  readonly #handle: Handle
  readonly #run: Run
  readonly #options: CallOptions
  #sent: Sent = { revisions: 0, bytes: 0 }

  constructor(calls: Calls, handle: Handle, run: Run, options: CallOptions) {
    this.#calls = calls
    this.#handle = handle
    this.#run = run
    this.#options = options
  }

  /**
   * Sends what is missing of `head`, and has it noted with the last of it. What an interruption leaves,
   * the next attempt finds.
   */
  async bring(head: Ref, state: State): Promise<Sent> {
    const { signal } = this.#run
    const bodies = new Bodies(this.#handle.engine, state.maxBodyBytes, signal)
    const { retries } = this.#calls.client.settings
    let isFirst = true
    await retrying({ retries, signal }, async (progressed) => {
      const missing = await this.#missing(head, state, isFirst ? bodies : undefined)
      const wasAsked = !isFirst
      isFirst = false
      await this.#sendAll(head, missing, bodies, progressed).catch(async (error) => {
        if (wasAsked) throw error
        beyondTheCut(error) // unasked, what the remote had cut away may have been among it
        const less = await this.#missing(head, state, undefined)
        await this.#sendAll(head, less, bodies, progressed)
      })
    })
    return this.#sent
  }

  async #sendAll(
    head: Ref,
    missing: Missing,
    bodies: Bodies,
    progressed: () => void
  ): Promise<void> {
    if (missing.refs.length > 0) await this.#send(missing, bodies, progressed)
    else await this.#calls.setRemoteHead(head, this.#options)
  }

  /** What the remote has not, ancestors first; with `bodies` also what it may have, where that is little. */
  async #missing(head: Ref, state: State, bodies: Bodies | undefined): Promise<Missing> {
    const { signal } = this.#run
    const ask = (refs: readonly Ref[]) =>
      this.#calls.has(refs, { ...this.#options, countsCut: true })
    const told = await this.#knownHere([state.remoteHead ?? null, state.head])
    const few = await this.#difference(told, head).catch(beyondTheCut)
    if (few !== undefined) {
      if (bodies !== undefined && few.length <= veryFewRefs) return { refs: few }
      const body = await bodies?.little(few)
      if (body !== undefined) return { refs: few, body }
    }
    if (few !== undefined && few.length <= fewRefs) {
      const there = few.length === 0 ? [] : await ask(few)
      return { refs: few.filter((_ref, place) => !there[place]) }
    }
    const { common } = await this.#handle.ask((engine) => discover(engine, [head], ask, { signal }))
    return { refs: await this.#difference([...told, ...common], head) }
  }

  async #knownHere(heads: readonly (Ref | null)[]): Promise<Ref[]> {
    const refs = heads.filter((ref) => ref !== null)
    const known = await this.#handle.ask((engine) => engine.has(refs))
    return refs.filter((_ref, place) => known[place])
  }

  async #difference(from: readonly Ref[], to: Ref): Promise<Ref[]> {
    const { signal } = this.#run
    const newestFirst = await abortable(signal, () =>
      this.#handle.ask((engine) =>
        engine.toSend === undefined
          ? engine.refDifference(from, to, signal)
          : engine.toSend(from, to, signal)
      )
    )
    return newestFirst.toReversed()
  }

  async #send(
    { refs, body: whole }: Missing,
    bodies: Bodies,
    progressed: () => void
  ): Promise<void> {
    const total = this.#sent.revisions + refs.length
    const report = () => {
      const { revisions: done, bytes } = this.#sent
      this.#run.onProgress({ phase: 'revisions', done, total, bytes })
    }
    report()
    for (let at = 0; at < refs.length; ) {
      this.#run.signal?.throwIfAborted()
      const body = whole ?? (await bodies.next(refs.slice(at, at + mostRevisions)))
      at += body.count
      const begun = performance.now()
      await this.#calls.push(
        body.content,
        this.#options,
        at === refs.length ? refs.at(-1) : undefined
      )
      bodies.took(performance.now() - begun)
      const [before, now] = [this.#sent, body.sent()]
      this.#sent = {
        revisions: before.revisions + now.revisions,
        bytes: before.bytes + now.bytes
      }
      progressed()
      report()
    }
  }
}

/** From what the remote's heads tell, more is to be sent than is here; asking may tell otherwise. */
function beyondTheCut(error: unknown): undefined {
  if (!(error instanceof HistoError) || error.code !== 'HISTO_SHALLOW') throw error
}
