/**
 * Follows redirects, by default within one origin: a request's headers, query and body were meant for that one.
 */

import { described, isRecord } from '../../base/arguments.js'
import { HistoError, type HistoErrorCode } from '../../base/errors.js'
import type { Redirects } from '../options.js'

/** Most redirects in a row. */
const mostHops = 5
const statuses = new Set([301, 302, 303, 307, 308])

/** A request in the form that `fetch` takes. */
export interface Asked {
  readonly url: string
  readonly init: RequestInit
}

/** The error for a redirect that is not followed. */
class Misled extends HistoError {
  constructor(message: string, code: HistoErrorCode = 'HISTO_PROTOCOL') {
    super(code, message, { retryable: code === 'HISTO_NETWORK' })
  }
}

/** The error for a `fetch` of the user's that answers something else. */
class NoResponse extends TypeError {}

/** Whether an error comes from a redirect, or from what is no answer, and not from the network. */
export function isMisled(error: unknown): boolean {
  return error instanceof Misled || error instanceof NoResponse
}

/** @throws {TypeError} if what `fetch` answered is no `Response`, as of a mock that answers nothing */
export function responseOf(value: unknown): Response {
  if (isRecord(value) && isRecord(value['headers']) && typeof value['status'] === 'number')
    return value as unknown as Response
  throw new NoResponse(`fetch must answer a Response, not ${described(value)}`)
}

/**
 * Returns the answer at the end of redirects. The method and the body are kept, since an operation needs its method.
 *
 * @throws {HistoError} `HISTO_PROTOCOL` for a redirect to another origin, or one that cannot be followed;
 *   `HISTO_NETWORK` for one too many
 */
export async function redirected(
  first: Asked,
  redirects: Redirects,
  ask: (asked: Asked) => Promise<Response>
): Promise<Response> {
  let [asked, latest] = [first, await ask(first)]
  for (let hops = 0; statuses.has(latest.status); hops += 1) {
    const url = targetOf(asked, redirects, latest)
    if (hops === mostHops) throw endless(first.url)
    await latest.body?.cancel().catch(() => undefined) // not needed
    asked = { url: url.href, init: asked.init }
    latest = await ask(asked)
  }
  return latest
}

function targetOf({ url, init }: Asked, redirects: Redirects, { status, headers }: Response): URL {
  const place = placeOf(url)
  const location = headers.get('location')
  const target =
    location === null || !URL.canParse(location, url) ? undefined : new URL(location, url)
  if (target === undefined) throw new Misled(`${place} redirects to nowhere`)
  if (redirects !== 'follow' && target.origin !== new URL(url).origin) {
    const message = `${place} redirects to ${target.origin}, which is another origin: connect there, or set redirects: 'follow'`
    throw new Misled(message)
  }
  if (init.body instanceof ReadableStream || (init.method !== 'GET' && status === 303)) {
    throw new Misled(`${place} redirects what can be sent to one place only`)
  }
  return target
}

function endless(url: string): Misled {
  return new Misled(`${placeOf(url)} redirects again and again`, 'HISTO_NETWORK')
}

/** A URL without parts that may be secret. */
function placeOf(url: string): string {
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}
