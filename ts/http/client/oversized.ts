/**
 * Handles requests that are refused for their size (413): the sender sends less, and remembers the limit of proxies in
 * between.
 */

import { HistoError } from '../../base/errors.js'

/** The error for such a refusal. */
export class Oversized extends HistoError {
  /** Whether something other than a handler refused; a handler announces its limit. */
  readonly #isStranger: boolean

  constructor(message: string, isStranger: boolean) {
    super('HISTO_DENIED', message)
    this.#isStranger = isStranger
  }

  get isStranger(): boolean {
    return this.#isStranger
  }
}

/** Most bytes of a request's body, as far as a connection's limit is known. */
export class BodyLimit {
  #most = Number.POSITIVE_INFINITY

  get most(): number {
    return this.#most
  }

  /** Records that a body of that many bytes was refused; from now on at most half of them are sent. */
  halve(bytes: number): void {
    this.#most = Math.max(1, Math.min(this.#most, Math.floor(bytes / 2)))
  }
}

/**
 * Sends all of `items` by `send`, in order, in as few parts as possible.
 *
 * @throws {HistoError} `HISTO_DENIED` if a single one is refused for its size
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
    const fits = await ifItFits(body, part.length === 1, () => send(body, part), limit)
    if (fits !== undefined) at += part.length
    if (part.length > 1 && body.byteLength > limit.most) size = Math.ceil(part.length / 2)
  }
}

/**
 * Sends `body`, unless it is known to be too large. Returns `undefined` if it was not sent, or was refused for its size: then
 * less is to be sent. If it `isLeast`, nothing less can be, and the refusal is thrown.
 */
export async function ifItFits<R>(
  body: Uint8Array,
  isLeast: boolean,
  send: () => Promise<R>,
  limit: BodyLimit
): Promise<{ readonly answer: R } | undefined> {
  if (!isLeast && body.byteLength > limit.most) return undefined
  try {
    return { answer: await send() }
  } catch (error) {
    if (isLeast || !(error instanceof Oversized)) throw error
    limit.halve(body.byteLength)
    return undefined
  }
}

/** Both halves of a list; the first is the longer one. */
export function halves<Item>(items: readonly Item[]): [readonly Item[], readonly Item[]] {
  const half = Math.ceil(items.length / 2)
  return [items.slice(0, half), items.slice(half)]
}
