/**
 * A room: an amount of a resource for all requests of a database, and a queue of those waiting for it.
 *
 * A request that has held its part for long while others wait can be evicted.
 */

import { listenTo } from '../../base/signal.js'
import { busy } from './refusals.js'

/** Most ms to wait: clients wait some 30 s for an answer to begin. */
const longestWait = 10_000
/** Ms without progress after which a holder may be evicted while others wait. */
const undisturbed = 5000
/** Ms between two checks for that. */
const look = 500

/** A part of a room, held until it is released. */
export interface Claim {
  /** Records progress. */
  touch(): void
  /** Protects it from eviction: it no longer waits for the client. */
  settle(): void
  /** Sets its size, even beyond the room. */
  resize(units: number): void
  end(): void
}

/** The room for all requests. */
export class Room {
  readonly #size: number
  readonly #longest: number
  readonly #parts = new Set<Part>()
  #line: Waiting[] = []
  #free: number
  #timer: NodeJS.Timeout | undefined

  /** `longest`: the most requests that may wait. */
  constructor(size: number, longest: number) {
    this.#size = size
    this.#free = size
    this.#longest = longest
  }

  /**
   * Takes a part of `units`, at most all, after earlier requests have theirs. `evict` is called if it must be released
   * at once.
   *
   * @throws {HistoError} the refusal of a server that is busy; the signal's reason
   */
  async take(units: number, signal: AbortSignal, evict?: () => void): Promise<Claim> {
    signal.throwIfAborted()
    const part = new Part(Math.min(units, this.#size), evict, (freed) => this.#give(part, freed))
    if (this.#line.length > 0 || part.units > this.#free) await this.#wait(part, signal)
    else this.#grant(part)
    return part
  }

  /** Takes a part if it is free now; it is never evicted. `undefined` if it is not free, or others wait. */
  takeAtOnce(units: number): Claim | undefined {
    if (this.#line.length > 0 || units > this.#free) return undefined
    const part = new Part(units, undefined, (freed) => this.#give(part, freed))
    this.#grant(part)
    return part
  }

  #wait(part: Part, signal: AbortSignal): Promise<void> {
    if (this.#line.length >= this.#longest) return Promise.reject(busy())
    this.#timer ??= setInterval(() => this.#sendAway(), look).unref()
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        part,
        since: performance.now(),
        granted: resolve,
        sentAway: reject
      }
      const leave = listenTo(signal, () => this.#leave(waiting, signal.reason))
      waiting.granted = () => {
        leave()
        resolve()
      }
      waiting.sentAway = (error) => {
        leave()
        reject(error)
      }
      this.#line.push(waiting)
    })
  }

  #leave(waiting: Waiting, error: unknown): void {
    this.#line = this.#line.filter((other) => other !== waiting)
    waiting.sentAway(error)
    this.#next()
  }

  #grant(part: Part): void {
    part.touch()
    this.#free -= part.units
    this.#parts.add(part)
  }

  #give(part: Part, units: number): void {
    if (!this.#parts.has(part)) return
    this.#free += units
    if (part.isOver) this.#parts.delete(part)
    this.#next()
  }

  #next(): void {
    for (let first = this.#line[0]; first !== undefined; first = this.#line[0]) {
      if (first.part.units > this.#free) return
      this.#line.shift()
      this.#grant(first.part)
      first.granted()
    }
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Refuses requests that waited too long; evicts idle holders that keep the first of the others waiting. */
  #sendAway(): void {
    const now = performance.now()
    for (const waiting of this.#line) {
      if (now - waiting.since > longestWait) this.#leave(waiting, busy())
    }
    const oldest = [...this.#parts].sort((one, other) => one.since - other.since)
    for (const part of oldest) {
      const wanted = this.#line[0]?.part.units
      if (wanted === undefined || wanted <= this.#free || now - part.since < undisturbed) return
      part.evict?.()
    }
  }
}

interface Waiting {
  readonly part: Part
  readonly since: number
  granted: () => void
  sentAway: (error: unknown) => void
}

class Part implements Claim {
  evict: (() => void) | undefined
  readonly #freed: (units: number) => void
  units: number
  since: number = performance.now()
  isOver = false

  constructor(units: number, evict: (() => void) | undefined, freed: (units: number) => void) {
    this.units = units
    this.evict = evict
    this.#freed = freed
  }

  touch(): void {
    this.since = performance.now()
  }

  settle(): void {
    this.evict = undefined
  }

  resize(units: number): void {
    if (this.isOver) return
    const freed = this.units - units
    this.units = units
    this.#freed(freed)
  }

  end(): void {
    if (this.isOver) return
    const { units } = this
    this.isOver = true
    this.units = 0
    this.#freed(units)
  }
}
