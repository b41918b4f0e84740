/**
 * Room: so much of something for all requests of a database together, and a line of those who wait for it.
 *
 * Whoever has had his part for long while others wait can be sent away.
 */

import { listenTo } from '../../base/signal.js'
import { busy } from './refusals.js'

/** Who waits is sent away after so many ms: clients wait for an answer to begin some 30 s. */
const longestWait = 10_000
/** Who has had his part for so many ms, and nothing moved, may be sent away while others wait. */
const undisturbed = 5000
/** So often it is looked who that is, in ms. */
const look = 500

/** A part of a room, until it is given back. */
export interface Claim {
  /** Something of it moved. */
  touch(): void
  /** It is not given back before its time any more: nobody outside is waited for. */
  settle(): void
  /** It takes so much from now on, whether there is as much or not. */
  resize(units: number): void
  end(): void
}

/** What is there for all. */
export class Room {
  readonly #size: number
  readonly #longest: number
  readonly #parts = new Set<Part>()
  #line: Waiting[] = []
  #free: number
  #timer: NodeJS.Timeout | undefined

  /** `longest` is how many may wait. */
  constructor(size: number, longest: number) {
    this.#size = size
    this.#free = size
    this.#longest = longest
  }

  /**
   * A part of `units`, at most all, when those who asked before have theirs. `evict` is called where it has
   * to be given back at once.
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

  /** Who waited too long, and, for the first of the others, those who hold him up. */
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
