/**
 * A request that was refused for its size (413): what sent it sends less, and keeps in mind how much
 * something in between does not take.
 */

import { HistoError } from '../../base/errors.js'

/** The refusal. */
export class Oversized extends HistoError {
  /** Whether something refused that is none of our handlers, which tell what they take. */
  readonly #isStranger: boolean

  constructor(message: string, isStranger: boolean) {
    super('HISTO_DENIED', message)
    this.#isStranger = isStranger
  }

  get isStranger(): boolean {
    return this.#isStranger
  }
}

/** Bytes that the body of a request may have, as far as that is known of a connection. */
export class BodyLimit {
  #most = Number.POSITIVE_INFINITY

  get most(): number {
    return this.#most
  }

  /** A body of so many bytes was refused: half of them are sent from then on. */
  halve(bytes: number): void {
    this.#most = Math.max(1, Math.min(this.#most, Math.floor(bytes / 2)))
  }
}

/**
 * Has `send` send all of `items`, in order, in as few parts as there can be.
 *
 * @throws {HistoError} `HISTO_DENIED` where one alone is refused for its size
 */
export async function inParts<Item>(
  items: readonly Item[],
  bodyOf: (part: readonly Item[]) => Promise<Uint8Array> | Uint8Array,
  send: (body: Uint8Array, part: readonly Item[]) => Promise<void>,
  limit: BodyLimit
): Promise<void> {
  for (let [at, size] = [0, items.length]; at < items.length; ) {
    const part = items.slice(at, at + size)
    const body = await bodyOf(part)
    if (part.length === 1 || body.byteLength <= limit.most) {
      const isSent = await sent(body, part, send, limit)
      if (isSent) at += part.length
    }
    if (part.length > 1 && body.byteLength > limit.most) size = Math.ceil(part.length / 2)
  }
}

/** Whether it was; not so where there was too much of it. */
async function sent<Item>(
  body: Uint8Array,
  part: readonly Item[],
  send: (body: Uint8Array, part: readonly Item[]) => Promise<void>,
  limit: BodyLimit
): Promise<boolean> {
  try {
    await send(body, part)
    return true
  } catch (error) {
    if (part.length === 1 || !(error instanceof Oversized)) throw error
    limit.halve(body.byteLength)
    return false
  }
}
