/**
 * The options of both ends of HTTP: their documentation, and how they are checked.
 */

import { countOption, described, functionOption, isRecord } from '../base/arguments.js'
import { attempt } from '../base/callbacks.js'
import { type Kinds, type Known, known, optionsOf } from '../base/known.js'
import { refusesTombstones, type TombstonesPolicy } from '../base/tombstones.js'
import type { HeadsPolicy } from './protocol.js'

const handlerKinds: Kinds<HandlerOptions> = {
  authorize: 'guard',
  heads: 'optional',
  maxRevisionBytes: 'optional',
  maxBodyBytes: 'optional',
  timeout: 'optional',
  onError: 'optional',
  tombstones: 'optional'
}

/** The options that handlers know. */
export const handlerCall: Known = known<HandlerOptions>('createHandler', handlerKinds)

/** The options that listeners know. */
export const listenerCall: Known = known<HandlerOptions>('createListener', handlerKinds)

/** The options that `connect` knows. */
export const connectCall: Known = known<ConnectOptions>('connect', {
  headers: 'optional',
  fetch: 'optional',
  timeout: 'optional',
  retries: 'optional',
  maxRevisionBytes: 'optional',
  redirects: 'optional',
  tombstones: 'optional'
})

/** What somebody wants to do. */
export type Action = 'read' | 'write' | 'head'

/** A request that is to be allowed or refused. */
export interface AuthorizeQuestion {
  /**
   * `'read'`: the name, the head and what it reaches. `'write'`: to add revisions, to ask which are
   * there, and to set the remote head of `remote`. `'head'`: to move the head.
   */
  readonly action: Action
  /**
   * In whose name: the database that the client says it is. Not there where it says nothing. Whoever
   * may write as several must not be allowed the names of others.
   */
  readonly remote?: string
  /** As it came. Its body must not be read. */
  readonly request: Request
}

/** How a handler answers. */
export interface HandlerOptions {
  /**
   * Whether a request is allowed: `true`, or a promise of it, alone is yes. What it throws is no.
   * Left out: reading is allowed, all else refused.
   */
  readonly authorize?: (question: AuthorizeQuestion) => boolean | Promise<boolean>
  /**
   * Whether clients that `authorize` allows `'head'` may move the head, by compare-and-swap, to a
   * descendant.
   *
   * @default 'never'
   */
  readonly heads?: HeadsPolicy | undefined
  /**
   * Most bytes of a revision's data that is taken in.
   *
   * @default 268435456
   */
  readonly maxRevisionBytes?: number | undefined
  /**
   * Most bytes of a request's body, as it comes and after decompression. Clients split what they
   * send, so it need only be enough for one revision.
   *
   * @default 536870912
   */
  readonly maxBodyBytes?: number | undefined
  /**
   * Whether a push is refused that has tombstones: revisions without their data, which was erased where they
   * come from.
   *
   * @default 'accept'
   */
  readonly tombstones?: TombstonesPolicy | undefined
  /**
   * Milliseconds that a client may leave a request or an answer where it is, before it is cut off. Each 4 KiB
   * that move earn a second of them back.
   *
   * @default 60000
   */
  readonly timeout?: number | undefined
  /**
   * Told what clients are told nothing of: failures of the database, of `authorize`, of this package.
   * What it throws, or a promise of it rejects with, is lost.
   */
  readonly onError?: ((error: unknown, request: Request) => void) | undefined
}

/** A handler's options, checked. */
export interface HandlerSettings {
  readonly authorize: HandlerOptions['authorize'] | undefined
  readonly heads: HeadsPolicy
  readonly maxRevisionBytes: number
  readonly maxBodyBytes: number
  readonly refusesTombstones: boolean
  readonly timeout: number
  readonly onError: (error: unknown, request: Request) => void
}

/** What `fetch` is for a client. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Where a client goes on when a server sends it elsewhere. */
export type Redirects = 'same-origin' | 'follow'

/** Headers, or what makes them for each request. */
export type HeadersSource =
  | Readonly<Record<string, string>>
  | Headers
  | (() => Readonly<Record<string, string>> | Headers | Promise<Record<string, string> | Headers>)

/** How a client asks. */
export interface ConnectOptions {
  /** Sent with each request; a function is asked for each. */
  readonly headers?: HeadersSource | undefined
  /** In place of the global one. */
  readonly fetch?: Fetch | undefined
  /**
   * Milliseconds to wait for an answer to begin or to go on; then it has failed with `HISTO_NETWORK`.
   * A body that is sent gets one second more for each 16 KiB.
   *
   * @default 30000
   */
  readonly timeout?: number | undefined
  /**
   * How often in a row something is tried again that the network failed, the first time after some
   * 100 ms, then after twice as long each time, or when `Retry-After` says. What arrived meanwhile
   * counts anew.
   *
   * @default 4
   */
  readonly retries?: number | undefined
  /**
   * Most bytes of a revision's data that is taken in; more is `HISTO_DENIED`.
   *
   * @default 268435456
   */
  readonly maxRevisionBytes?: number | undefined
  /**
   * Whether what has tombstones is refused (`HISTO_DENIED`), in either direction.
   *
   * @default 'accept'
   */
  readonly tombstones?: TombstonesPolicy | undefined
  /**
   * Where a redirect is followed to: within the origin of the URL, so that the headers and the query of
   * the URL never go to another; or, with `'follow'`, wherever it leads, with all of them.
   *
   * @default 'same-origin'
   */
  readonly redirects?: Redirects | undefined
}

/** A client's options, checked. */
export interface ConnectSettings {
  readonly headers: HeadersSource
  readonly fetch: Fetch
  readonly timeout: number
  readonly retries: number
  readonly maxRevisionBytes: number
  readonly refusesTombstones: boolean
  readonly redirects: Redirects
}

const mebibyte = 1024 * 1024
/** What a timer can wait, in ms. */
const longestTimeout = 2 ** 31 - 1

/** The options of a handler. */
export function handlerSettings(given: unknown, call: Known): HandlerSettings {
  const options = optionsOf(given, call)
  const { heads = 'never' } = options as { heads?: unknown }
  if (heads !== 'never' && heads !== 'fast-forward') {
    throw new TypeError("heads must be 'never' or 'fast-forward'")
  }
  return {
    authorize: functionOption(options, 'authorize'),
    heads,
    maxRevisionBytes: countOption(options, 'maxRevisionBytes', 1, 256 * mebibyte),
    maxBodyBytes: countOption(options, 'maxBodyBytes', 1, 512 * mebibyte),
    refusesTombstones: refusesTombstones(options),
    timeout: timeoutOption(options, 60_000),
    onError: unfailing(functionOption(options, 'onError'))
  }
}

/** The options of a client. */
export function connectSettings(given: unknown): ConnectSettings {
  const options = optionsOf(given, connectCall)
  const { redirects = 'same-origin' } = options as { redirects?: unknown }
  if (redirects !== 'same-origin' && redirects !== 'follow') {
    throw new TypeError("redirects must be 'same-origin' or 'follow'")
  }
  return {
    headers: headersOption(options['headers']),
    fetch: functionOption<Fetch>(options, 'fetch') ?? ((url, init) => globalThis.fetch(url, init)),
    timeout: timeoutOption(options, 30_000),
    retries: countOption(options, 'retries', 0, 4),
    maxRevisionBytes: countOption(options, 'maxRevisionBytes', 1, 256 * mebibyte),
    refusesTombstones: refusesTombstones(options),
    redirects
  }
}

/** `url` without what is no part of an operation's; a name and password in it become a header. */
export function urlArgument(given: unknown): {
  url: URL
  headers: Readonly<Record<string, string>>
} {
  const url = parsedUrl(given)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`url must begin with http: or https:, not ${url.protocol}`)
  }
  url.hash = ''
  if (url.username === '' && url.password === '') return { url, headers: {} }
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  url.username = ''
  url.password = ''
  return { url, headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
}

function parsedUrl(given: unknown): URL {
  if (typeof given === 'string' || given instanceof URL) {
    try {
      return new URL(given)
    } catch (cause) {
      throw new TypeError('url must be an absolute URL', { cause })
    }
  }
  throw new TypeError(`url must be a string or a URL, not ${described(given)}`)
}

function headersOption(value: unknown): HeadersSource {
  if (value === undefined) return {}
  if (typeof value === 'function' || value instanceof Headers) return value as HeadersSource
  if (!isRecord(value)) {
    throw new TypeError(`headers must be an object or a function, not ${described(value)}`)
  }
  return Object.fromEntries(new Headers(value as Record<string, string>))
}

function timeoutOption(options: Readonly<Record<string, unknown>>, fallback: number): number {
  const timeout = countOption(options, 'timeout', 1, fallback)
  if (timeout <= longestTimeout) return timeout
  throw new TypeError(`timeout must be at most ${longestTimeout} ms`)
}

/** Tells `listener`; how that fails is nobody's, and changes no answer. */
function unfailing(listener: HandlerOptions['onError']): HandlerSettings['onError'] {
  return (error, request) => {
    attempt(() => listener?.(error, request)).catch(() => undefined) // what it throws is lost
  }
}
