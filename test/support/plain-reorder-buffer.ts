/**
 * A reorder buffer in plain JavaScript: what waits for ancestors is in a list that is gone through again
 * and again.
 */

import { HistoError } from '../../ts/base/errors.js'
import type { Ref } from '../../ts/base/types.js'
import type { Arrival, Payload, ReorderBuffer } from '../../ts/engine.js'
import type { Known } from '../../ts/suite/model.js'
import type { DatabaseModel } from './model.js'
import { canonical, refOf } from './plain-text.js'

interface Waiting extends Known<Payload> {
  readonly ref: Ref
}

/** Takes in revisions in any order, each once its ancestors are there. */
export class PlainReorderBuffer implements ReorderBuffer {
  readonly #model: DatabaseModel<Payload>
  readonly #maxPendingBytes: number
  #waiting: Waiting[] = []

  constructor(model: DatabaseModel<Payload>, maxPendingBytes: number) {
    this.#model = model
    this.#maxPendingBytes = maxPendingBytes
  }

  async add(batch: readonly Arrival[]): Promise<void> {
    await Promise.resolve()
    this.#waiting = this.#model.takeIn([...this.#waiting, ...batch.map(verified)])
    const pending = this.#waiting.reduce((bytes, { data }) => bytes + data.length, 0)
    if (pending > this.#maxPendingBytes) {
      throw new HistoError('HISTO_TOO_LARGE', `${pending} bytes wait for ancestors`)
    }
  }

  async finish(): Promise<void> {
    await Promise.resolve()
    const [first] = this.#waiting
    if (first === undefined) return
    const missing = first.ancestors.find((ref) => !this.#model.revisions.has(ref)) ?? first.ref
    throw new HistoError('HISTO_MISSING_ANCESTOR', `${missing} is missing`, { ref: missing })
  }

  abort(): void {
    this.#waiting = []
  }
}

function verified({ ref: given, ancestors, payload: raw }: Arrival): Waiting {
  const data = canonical(raw)
  const ref = refOf(ancestors, data)
  if (given === undefined || given === ref) return { ref, ancestors, data }
  throw new HistoError('HISTO_CORRUPT', `${given} is not the ref of its revision`, { ref: given })
}
