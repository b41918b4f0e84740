/**
 * One request during an operation of the handler.
 */

import { listenTo } from '../../base/signal.js'
import type { Handle } from '../../branch/handle.js'
import { broken } from '../protocol.js'
import type { Asking } from './authorize.js'
import { type Crowd, crowdOf, type Rooms, textsBytes } from './crowd.js'
import { busy } from './refusals.js'
import type { Claim } from './room.js'

/** The request as an operation sees it. */
export interface Visit extends Asking {
  /** The handle of the requested branch; if that is not served, of a branch that never exists. */
  readonly handle: Handle
  readonly url: URL
  /** Whether the client accepts metas. */
  readonly metas: boolean
  /** Whether the client accepts texts as changes of earlier ones. */
  readonly deltas: boolean
  /** Aborted when the client has disconnected or is evicted. */
  readonly signal: AbortSignal
  readonly hold: Hold
}

/** The name of the client's database, which a write must give. */
export function namedRemote({ remote }: Visit): string {
  if (remote !== undefined) return remote
  throw broken('a write must name its remote; a client names it by remoteHead(name)')
}

/** A request's parts of the shared rooms, until it is answered. */
export class Hold {
  readonly #controller = new AbortController()
  readonly #claims = new Map<keyof Rooms, Claim[]>()
  readonly #leave: () => void
  readonly #crowd: Crowd
  /** Whether the answer continues after the operation. */
  #isStreamed = false

  constructor(handle: Handle, client: AbortSignal) {
    this.#crowd = crowdOf(handle.engine)
    if (client.aborted) this.#controller.abort(client.reason)
    this.#leave = listenTo(client, () => this.#controller.abort(client.reason))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Waits for a part of a room; it may be evicted for others that wait. */
  async claim(room: keyof Rooms, units: number): Promise<Claim> {
    const evict = () => this.#controller.abort(busy())
    const claim = await this.#crowd[room].take(units, this.signal, evict)
    const others = this.#claims.get(room) ?? []
    this.#claims.set(room, [...others, claim])
    return claim
  }

  /** Takes room for the latest texts of an outgoing stream, if there is any now. */
  takesTexts(): boolean {
    const claim = this.#crowd.texts.takeAtOnce(textsBytes)
    if (claim !== undefined) this.#claims.set('texts', [claim])
    return claim !== undefined
  }

  /** Resolves when it has its turn to work, on a small piece or a large one. */
  turn(isLittle: boolean): Promise<void> {
    return this.#crowd.stagger.turn(isLittle)
  }

  /** Records that the client has read something. */
  touch(): void {
    for (const claims of this.#claims.values()) for (const claim of claims) claim.touch()
  }

  /** Releases its parts of a room, except the latest `kept`. */
  release(room: keyof Rooms, kept = 0): void {
    const claims = this.#claims.get(room) ?? []
    const released = claims.splice(0, claims.length - kept)
    for (const claim of released) claim.end()
  }

  /** Marks the answer as a stream, which calls `end` when it is over. */
  stream(): void {
    this.#isStreamed = true
  }

  /** Ends the operation. */
  over(): void {
    if (!this.#isStreamed) this.end()
  }

  /** Releases all parts. */
  end(): void {
    this.#leave()
    for (const room of this.#claims.keys()) this.release(room)
  }
}
