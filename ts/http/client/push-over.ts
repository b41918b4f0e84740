/**
 * A synchronizer's run from a database of this process into a remote one: asks for the state and for what the server has
 * already, then sends many small requests, the last with the remote head.
 */

import { hasCode } from '../../base/errors.js'
import { remoteNameArgument } from '../../base/names.js'
import { abortable } from '../../base/signal.js'
import type { SyncResult } from '../../base/sync-options.js'
import { added, counted, tombstoneRefused } from '../../base/tombstones.js'
import type { Ref } from '../../base/types.js'
import type { Handle } from '../../branch/handle.js'
import type { Tips } from '../../engine.js'
import { discover } from '../../sync/discovery.js'
import type { Run, Sent } from '../../sync/exchange.js'
import { dataIn } from '../../sync/resend-damaged.js'
import { isPrintOf, manyPrinted } from '../prints.js'
import { mostRefsAsked, type State } from '../protocol.js'
import type { CallOptions, Calls } from './calls.js'
import { Oversized } from './oversized.js'
import { Bodies, type Body, mostRevisions } from './push-bodies.js'
import { mayPass } from './retries.js'
import { toSend } from './to-send.js'

/** For at most this many undecided refs, the remote is asked about each; for at most the second number, about none. */
const [fewRefs, veryFewRefs] = [1024, 4]

/** Most wanted refs of a remote to read. */
const mostLacking = 64 * mostRefsAsked

/** The refs to send, and the body of all of them if it was made already. */
interface Missing {
  readonly refs: readonly Ref[]
  readonly body?: Body | undefined
}

/** A remote that wants data, by the print of its tombstones. */
type Wanting = Pick<State, 'tombstones' | 'maxBodyBytes'>

/** The state of the remote, and the name under which it was asked. */
export interface Told {
  readonly state: State
  readonly remote: string
}

/** Copies the whole history of `handle`'s head to the remote, and sets the remote head there. */
export async function pushOver(
  calls: Calls,
  handle: Handle,
  run: Run,
  told: (told: Told) => void
): Promise<SyncResult> {
  const { signal } = run
  await abortable(signal, () => handle.opened())
  const remote = remoteNameArgument(run.remote ?? handle.name, 'source.name or the option remote')
  run.onProgress({ phase: 'difference', done: 0, total: 0, bytes: 0 })
  const head = await handle.ask((engine) => engine.head(handle.branch))
  if (head === null) return { head, revisions: 0, bytes: 0 }
  const options = { signal, remote }
  const state = await calls.retrying(signal, () => calls.state(options, true))
  told({ state, remote })
  const push = new Push(calls, handle, run, options)
  await push.fill(head, state)
  return { head, ...(state.remoteHead === head ? push.sent : await push.bring(head, state)) }
}

/** One run. */
export class Push {
  readonly #calls: Calls
  readonly #handle: Handle
  readonly #run: Run
  readonly #options: CallOptions
  sent: Sent = { revisions: 0, bytes: 0 }

  constructor(calls: Calls, handle: Handle, run: Run, options: CallOptions) {
    this.#calls = calls
    this.#handle = handle
    this.#run = run
    this.#options = options
  }

  /**
   * Sends what is missing of `head`; the last request sets the remote head. The next attempt finds what an interruption leaves.
   */
  async bring(head: Ref, state: State): Promise<Sent> {
    const { signal } = this.#run
    const { engine } = this.#handle
    const bodies = new Bodies(engine, state, this.#calls.client, signal)
    let isFirst = true
    await this.#calls.retrying(signal, async (progressed) => {
      const missing = await this.#missing(head, state, isFirst ? bodies : undefined)
      const wasAsked = !isFirst
      isFirst = false
      await this.#sendAll(head, missing, bodies, progressed).catch(async (error) => {
        if (wasAsked) throw error
        beyondTheCut(error) // the remote was not asked, so revisions that it has cut away may be among them
        const less = await this.#missing(head, state, undefined)
        await this.#sendAll(head, less, bodies, progressed)
      })
    })
    return this.sent
  }

  /**
   * Sends revisions that the remote has without their data, if `head` or one of several reaches them and the data is here.
   * `mark` stands for these heads.
   */
  async fill(
    head: Tips,
    { tombstones, maxBodyBytes }: Wanting,
    mark: string = String(head)
  ): Promise<void> {
    const { engine } = this.#handle
    if (tombstones === undefined || this.#calls.offered === `${mark} ${tombstones}`) return
    if (isPrintOf(tombstones, (await engine.tombstones?.(false)) ?? [])) return
    const { signal } = this.#run
    const bodies = new Bodies(engine, { maxBodyBytes }, this.#calls.client, signal)
    await this.#calls.retrying(signal, async (progressed) => {
      const refs = await this.#wanted(head)
      await this.#send({ refs }, bodies, progressed)
      if (refs.length === 0 && tombstones !== manyPrinted) {
        this.#calls.offered = `${mark} ${tombstones}`
      }
    })
  }

  /** Sends revisions, ancestors first. */
  async sendAll(
    refs: readonly Ref[],
    state: Pick<State, 'maxBodyBytes' | 'bases'>,
    progressed: () => void
  ): Promise<void> {
    const bodies = new Bodies(this.#handle.engine, state, this.#calls.client, this.#run.signal)
    await this.#send({ refs }, bodies, progressed)
  }

  /** The revisions whose data the remote wants, is here, and `head` reaches. */
  async #wanted(head: Tips): Promise<Ref[]> {
    const { signal } = this.#run
    const found: Ref[] = []
    for (let from = 0; from < mostLacking; ) {
      const page = await this.#calls.lacking(from, this.#options)
      const there = await this.#handle.ask((engine) => dataIn(engine, page, signal))
      const here = page.filter((_ref, place) => there[place])
      found.push(...(await this.#handle.reached(here, head, signal)))
      if (page.length < mostRefsAsked) break
      from += page.length
    }
    return found
  }

  async #sendAll(
    head: Ref,
    missing: Missing,
    bodies: Bodies,
    progressed: () => void
  ): Promise<void> {
    if (missing.refs.length > 0) await this.#send(missing, bodies, progressed, true)
    else await this.#calls.setRemoteHead(head, this.#options)
  }

  /** The revisions that the remote lacks, ancestors first; with `bodies`, a few that it may have are included. */
  async #missing(head: Ref, state: State, bodies: Bodies | undefined): Promise<Missing> {
    const { signal } = this.#run
    const ask = (refs: readonly Ref[]) =>
      this.#calls.has(refs, { ...this.#options, countsCut: true })
    const told = await this.#knownHere([state.remoteHead ?? null, state.head])
    const few = await toSend(this.#handle, told, head, this.#run.signal).catch(beyondTheCut)
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
    return { refs: await toSend(this.#handle, [...told, ...common], head, this.#run.signal) }
  }

  async #knownHere(heads: readonly (Ref | null)[]): Promise<Ref[]> {
    const refs = heads.filter((ref) => ref !== null)
    const known = await this.#handle.ask((engine) => engine.has(refs))
    return refs.filter((_ref, place) => known[place])
  }

  async #send(
    missing: Missing,
    bodies: Bodies,
    progressed: () => void,
    isNoted = false
  ): Promise<void> {
    const { refs } = missing
    let whole = missing.body
    if (refs.length === 0) return
    const tombstones = await this.#tombstonesAmong(refs)
    const total = this.sent.revisions + refs.length
    const report = () => {
      const { revisions: done, bytes } = this.sent
      this.#run.onProgress({ phase: 'revisions', done, total, bytes })
    }
    report()
    for (let at = 0; at < refs.length; ) {
      this.#run.signal?.throwIfAborted()
      const body = whole ?? (await bodies.next(refs.slice(at, at + mostRevisions)))
      whole = undefined
      const part = refs.slice(at, at + body.count)
      const isLast = at + part.length === refs.length
      if (!(await this.#sendOne(body, bodies, part, isNoted && isLast))) continue
      at += part.length
      const count = part.filter((ref) => tombstones.has(ref)).length
      this.sent = added(this.sent, { ...body.sent(), ...counted(count) })
      progressed()
      report()
    }
  }

  /** The refs that lack their data here. */
  async #tombstonesAmong(refs: readonly Ref[]): Promise<ReadonlySet<Ref>> {
    const { engine } = this.#handle
    if (engine.dataOf === undefined || engine.tombstonesVersion?.() === 0) return new Set()
    const holdings = await engine.dataOf(refs, this.#run.signal)
    const isTombstone = (place: number) =>
      holdings[place] === 'erased' || holdings[place] === 'tombstone'
    const found = new Set(refs.filter((_ref, place) => isTombstone(place)))
    const [first] = found
    const { refusesTombstones } = this.#calls.client.settings
    if (first !== undefined && (refusesTombstones || this.#run.refusesTombstones)) {
      throw tombstoneRefused(first)
    }
    return found
  }

  /** Sends a body; false if it must be made anew: it was too large, or has a change of what the remote lacks. With `isNoted` its last ref is noted as the head. */
  async #sendOne(
    body: Body,
    bodies: Bodies,
    refs: readonly Ref[],
    isNoted: boolean
  ): Promise<boolean> {
    const begun = performance.now()
    try {
      const head = isNoted ? refs.at(-1) : undefined
      const { content, changes, bases } = body
      await this.#calls.push(content, this.#options, { head, changes, bases })
    } catch (error) {
      if (body.bases && hasCode(error, 'HISTO_SHALLOW')) {
        bodies.lackedBase()
        return false
      }
      if (mayPass(error)) bodies.wasLost()
      if (!(error instanceof Oversized)) throw error
      bodies.wasRefused(body, refs[0], error)
      return false
    }
    bodies.took(performance.now() - begun)
    return true
  }
}

/** Ignores `HISTO_SHALLOW`: by the remote's heads alone more is missing than is here; asking may tell otherwise. */
function beyondTheCut(error: unknown): undefined {
  if (!hasCode(error, 'HISTO_SHALLOW')) throw error
}
