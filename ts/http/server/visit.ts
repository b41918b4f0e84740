/**
 * One request on its way through an operation of the handler.
 */

import { listenTo } from '../../base/signal.js'
import type { Handle } from '../../branch/handle.js'

import type { Asking } from './authorize.js'
import { type Crowd, crowdOf, type Rooms } from './crowd.js'
import { busy } from './refusals.js'
import type { Claim } from './room.js'

/** What an operation knows of the request that it answers. */
export interface Visit extends Asking {
  readonly handle: Handle
  readonly url: URL
  /** Aborted when the client is gone, or has to go. */
  readonly signal: AbortSignal
  readonly hold: Hold
}

/** What a request has of the rooms that all share, until it is answered. */
export class Hold {
  readonly #controller = new AbortController()
  readonly #claims = new Map<keyof Rooms, Claim[]>()
  readonly #leave: () => void
  readonly #crowd: Crowd
  /** Whether the answer goes on when the operation is over. */
  #isStreamed = false

  constructor(handle: Handle, client: AbortSignal) {
    this.#crowd = crowdOf(handle.engine)
    if (client.aborted) this.#controller.abort(client.reason)
    this.#leave = listenTo(client, () => this.#controller.abort(client.reason))
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** A part of a room, when there is one; it can be lost to those who wait. */
  async claim(room: keyof Rooms, units: number): Promise<Claim> {
    const evict = () => this.#controller.abort(busy())
    const claim = await this.#crowd[room].take(units, this.signal, evict)
    const others = this.#claims.get(room) ?? []
    this.#claims.set(room, [...others, claim])
    return claim
  }

  /** Resolves when it may make something, which is little or not. */
  turn(isLittle: boolean): Promise<void> {
    return this.#crowd.stagger.turn(isLittle)
  }

  /** The client took something. */
  touch(): void {
    for (const claims of this.#claims.values()) for (const claim of claims) claim.touch()
  }

  /** Gives back what it has of a room, but for the latest `kept` parts. */
  release(room: keyof Rooms, kept = 0): void {
    const claims = this.#claims.get(room) ?? []
    const released = claims.splice(0, claims.length - kept)
    for (const claim of released) claim.end()
  }

  /** The answer is a stream, and `end` is called when that is over. */
  stream(): void {
    this.#isStreamed = true
  }

  /** The operation is over. */
  over(): void {
    if (!this.#isStreamed) this.end()
  }

  /** Gives all back. */
  end(): void {
    this.#leave()
    for (const room of this.#claims.keys()) this.release(room)
  }
}
