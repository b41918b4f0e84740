/**
 * An reorder buffer in plain JavaScript: what waits for ancestors is in a list that is gone through again
 * and again.
 */

import { HistoError } from '../../ts/base/errors.js'
import type { Ref } from '../../ts/base/types.js'
import type { Arrival, Payload, ReorderBuffer } from '../../ts/engine.js'
import { canonical, refOf } from './plain-text.js'

/** What an reorder buffer needs of its engine. */
export interface Shelf {
  has(ref: Ref): boolean
  insert(ref: Ref, ancestors: readonly Ref[], payload: Payload): void
}

interface Waiting {
  readonly ref: Ref
  readonly ancestors: readonly Ref[]
  readonly payload: Payload
}

/** Takes in revisions in any order, each once its ancestors are there. */
export class PlainReorderBuffer implements ReorderBuffer {
  readonly #shelf: Shelf
  readonly #maxPendingBytes: number
  #waiting: Waiting[] = []

  constructor(shelf: Shelf, maxPendingBytes: number) {
    this.#shelf = shelf
    this.#maxPendingBytes = maxPendingBytes
  }

  async add(batch: readonly Arrival[]): Promise<void> {
    await Promise.resolve()
    this.#waiting.push(...batch.map(verified))
    for (let ready = this.#ready(); ready.length > 0; ready = this.#ready()) {
      for (const { ref, ancestors, payload } of ready) this.#shelf.insert(ref, ancestors, payload)
      this.#waiting = this.#waiting.filter((revision) => !ready.includes(revision))
    }
    const pending = this.#waiting.reduce((bytes, { payload }) => bytes + payload.length, 0)
    if (pending > this.#maxPendingBytes) {
      throw new HistoError('HISTO_TOO_LARGE', `${pending} bytes wait for ancestors`)
    }
  }

  async finish(): Promise<void> {
    await Promise.resolve()
    const [first] = this.#waiting
    if (first === undefined) return
    const missing = first.ancestors.find((ref) => !this.#shelf.has(ref)) ?? first.ref
    throw new HistoError('HISTO_MISSING_ANCESTOR', `${missing} is missing`, { ref: missing })
  }

  abort(): void {
    this.#waiting = []
  }

  #ready(): Waiting[] {
    return this.#waiting.filter(({ ancestors }) => ancestors.every((ref) => this.#shelf.has(ref)))
  }
}

function verified({ ref: given, ancestors, payload: raw }: Arrival): Waiting {
  const payload = canonical(raw)
  const ref = refOf(ancestors, payload)
  if (given === undefined || given === ref) return { ref, ancestors, payload }
  throw new HistoError('HISTO_CORRUPT', `${given} is not the ref of its revision`, { ref: given })
}
