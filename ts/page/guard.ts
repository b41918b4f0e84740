/**
 * Decides who may read the page: by the token or its cookie, the user's `authorize`, or the name of this machine.
 */

import { bearerDigest, digest, isSame } from '../http/server/bearer.js'
import type { PageSettings } from './options.js'
import { PageRefusal } from './refusals.js'

/** Names of this machine: no page of another origin reaches it by one of these. */
const ownNames = new Set(['127.0.0.1', '[::1]', 'localhost'])

/** Guards a page. */
export class Guard {
  readonly #settings: PageSettings
  /** The digest that a given token must have. */
  readonly #token: Buffer | undefined
  /** The digest of the cookie that stands for the token; the token cannot be computed from the cookie. */
  readonly #cookie: Buffer | undefined
  /** The name of the cookie: different for each token, since all ports of a host share cookies. */
  readonly #cookieName: string

  constructor(settings: PageSettings) {
    const { token } = settings
    this.#settings = settings
    this.#token = token === undefined ? undefined : digest(token)
    const value = `histo-revisions page ${token}`
    this.#cookie = token === undefined ? undefined : digest(value)
    this.#cookieName = `histo-page-${digest(`${value} name`).toString('hex').slice(0, 12)}`
  }

  /**
   * Lets a request pass, or refuses it; answers one that brings the token in its address.
   *
   * @throws {PageRefusal} 401 or 403
   */
  async pass(request: Request, url: URL): Promise<Response | undefined> {
    if (this.#token === undefined && this.#settings.authorize === undefined) {
      if (!ownNames.has(url.hostname) || !isOwn(request.headers.get('host'))) {
        throw new PageRefusal(403, 'this host is not served without a token')
      }
      return undefined
    }
    const brought = this.#token === undefined ? null : url.searchParams.get('token')
    this.#expectToken(request, brought)
    await this.#expectAuthorized(request)
    return brought === null ? undefined : this.#withCookie(url)
  }

  #expectToken(request: Request, brought: string | null): void {
    if (this.#token === undefined || this.#cookie === undefined) return
    const cookie = cookieOf(request, this.#cookieName)
    const isGiven =
      brought === null
        ? isSame(bearerDigest(request), this.#token) ||
          isSame(Buffer.from(cookie, 'hex'), this.#cookie)
        : isSame(digest(brought), this.#token)
    if (!isGiven) throw new PageRefusal(401, 'the token is missing, or is another one')
  }

  async #expectAuthorized(request: Request): Promise<void> {
    const { authorize, onError } = this.#settings
    if (authorize === undefined) return
    try {
      if ((await authorize(request)) === true) return
    } catch (error) {
      onError(error, request)
    }
    throw new PageRefusal(403, 'not allowed')
  }

  /** Sends the reader to the address without the token, with a cookie for it. */
  #withCookie(url: URL): Response {
    const rest = new URLSearchParams(url.searchParams)
    rest.delete('token')
    // One slash: two would name another host.
    const path = `/${url.pathname.replace(/^[/\\]+/, '')}`
    const folder = path.slice(0, path.lastIndexOf('/') + 1)
    const secure = url.protocol === 'https:' ? '; Secure' : ''
    const cookie = `${this.#cookieName}=${this.#cookie?.toString('hex')}`
    const headers = {
      location: rest.size === 0 ? path : `${path}?${rest}`,
      'set-cookie': `${cookie}; Path=${folder}; HttpOnly; SameSite=Strict${secure}`
    }
    return new Response(null, { status: 303, headers })
  }
}

/** Whether a header names this machine, or is missing. */
function isOwn(host: string | null): boolean {
  return host === null || ownNames.has(host.replace(/:\d+$/, '').toLowerCase())
}

function cookieOf(request: Request, name: string): string {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const [key, value = ''] = pair.trim().split('=', 2)
    if (key === name) return value
  }
  return ''
}
