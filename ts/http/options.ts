/**
 * The options of both ends of HTTP, documented and checked.
 */

import {
  choiceOption,
  countOption,
  described,
  functionOption,
  isRecord,
  type Options
} from '../base/arguments.js'
import { attempt } from '../base/callbacks.js'
import { type Kinds, type Known, known, optionsOf } from '../base/known.js'
import { namePartArgument } from '../base/names.js'
import { isChosen } from '../base/selection.js'
import { refusesTombstones, type TombstonesPolicy } from '../base/tombstones.js'
import type { Meta, Ref } from '../base/types.js'
import type { HeadsPolicy } from './protocol.js'

const handlerKinds: Kinds<HandlerOptions> = {
  branches: 'guard',
  authorize: 'guard',
  accept: 'guard',
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

/** A kind of access. */
export type Action = 'read' | 'write' | 'head' | 'delete'

/** What `authorize` returns for many branches: a decision for all of them, or a function that decides by name. */
export type Grant = boolean | ((name: string) => boolean)

/** The argument of `authorize`: a request for access, to be allowed or refused. */
export interface AuthorizeQuestion {
  /**
   * `'read'`: read the name, the head and what it reaches. `'write'`: add revisions, ask which exist, and set the
   * remote head of `remote`. `'head'`: move the head. `'delete'`: delete a branch, as a push with `prune` does.
   */
  readonly action: Action
  /** The requested branch, if the handler has the option `branches`. */
  readonly branch?: string
  /**
   * The beginning of the names, if many branches are requested. Then `authorize` is called once for the request, and
   * returns `true` for all of them, `false` for none, or a function of a name. If it returns anything else, it is called
   * again for each branch, with `branch`.
   */
  readonly prefix?: string
  /**
   * The database that the client claims to be; absent if it claims none. Check it: a client must not write under the
   * name of another.
   */
  readonly remote?: string
  /** The original request. Its body must not be read. */
  readonly request: Request
}

/** The argument of `accept`: a revision that a push brings, to be accepted or refused. */
export interface AcceptQuestion {
  /** Its ref: the hash of its ancestors, meta and data. */
  readonly ref: Ref
  /** Its direct ancestors, in order. */
  readonly ancestors: readonly Ref[]
  /** Its meta, as the client claims it; absent if it has none, or if it was erased together with the data. */
  readonly meta?: Meta
  /** Its data, parsed when this is read; `undefined` for a tombstone, whose data was erased where it comes from. */
  readonly data: unknown
  /** The branch of the push; absent if the push is for many, or the handler serves only one. */
  readonly branch?: string
  /** The database that the client claims to be. */
  readonly remote: string
  /** The original request. Its body must not be read. */
  readonly request: Request
}

/** The branches that a handler serves: all, those whose names begin with a string, or those for which a function returns `true`. */
export type ServedBranches = true | string | ((name: string, request: Request) => boolean)

/** Options of a handler. */
export interface HandlerOptions {
  /**
   * The branches to serve; a request that names none is for `main`. A branch that is not served looks like one
   * that does not exist. Left out: only the branch of the database object is served.
   */
  readonly branches?: ServedBranches
  /**
   * Allows a request only by returning `true` or a promise of it; throwing refuses. Left out: reading is allowed,
   * everything else is refused.
   */
  readonly authorize?: (question: AuthorizeQuestion) => Grant | Promise<Grant>
  /**
   * Accepts a revision of a push only by returning `true` or a promise of it; throwing refuses. A refused revision ends the
   * push with `HISTO_DENIED`, which names it; revisions of earlier batches stay. Called after `authorize` has allowed the
   * push, for one revision after the other, usually ancestors first, and not for revisions that exist already. Left out:
   * all are accepted.
   */
  readonly accept?: (question: AcceptQuestion) => boolean | Promise<boolean>
  /**
   * Whether clients with access `'head'` may move the head, by compare-and-swap, to a descendant.
   *
   * @default 'never'
   */
  readonly heads?: HeadsPolicy | undefined
  /**
   * Most bytes of an accepted revision's data.
   *
   * @default 268435456
   */
  readonly maxRevisionBytes?: number | undefined
  /**
   * Most bytes of a request's body, both as sent and after decompression. Clients split what they send, so it need only
   * be large enough for one revision.
   *
   * @default 536870912
   */
  readonly maxBodyBytes?: number | undefined
  /**
   * Whether to refuse a push with tombstones: revisions whose data was erased in the database they come from.
   *
   * @default 'accept'
   */
  readonly tombstones?: TombstonesPolicy | undefined
  /**
   * Milliseconds for which a client may stall a request or a response before it is cut off. Each 4 KiB that move earn
   * back a second.
   *
   * @default 60000
   */
  readonly timeout?: number | undefined
  /**
   * Called with errors that are not reported to clients: of the database, of `authorize`, of this package. Its own errors
   * are ignored.
   */
  readonly onError?: ((error: unknown, request: Request) => void) | undefined
}

/** The branches that a handler serves, checked. */
interface Served {
  /** The beginning of all their names. */
  readonly prefix: string
  /** Whether all names that begin with the prefix are served. */
  readonly isWhole: boolean
  readonly has: (name: string, request: Request) => boolean
}

/** A handler's options, checked. */
export interface HandlerSettings {
  /** `undefined`: only the branch of the database object. */
  readonly served: Served | undefined
  readonly authorize: HandlerOptions['authorize'] | undefined
  readonly accept: HandlerOptions['accept'] | undefined
  readonly heads: HeadsPolicy
  readonly maxRevisionBytes: number
  readonly maxBodyBytes: number
  readonly refusesTombstones: boolean
  readonly timeout: number
  readonly onError: (error: unknown, request: Request) => void
}

/** The `fetch` that a client uses. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The redirects that a client follows. */
export type Redirects = 'same-origin' | 'follow'

/** Headers, or a function that makes them for each request. */
export type HeadersSource =
  | Readonly<Record<string, string>>
  | Headers
  | (() => Readonly<Record<string, string>> | Headers | Promise<Record<string, string> | Headers>)

/** Options of `connect`. */
export interface ConnectOptions {
  /** Headers of each request; a function is called for each. */
  readonly headers?: HeadersSource | undefined
  /** Replaces the global `fetch`. */
  readonly fetch?: Fetch | undefined
  /**
   * Milliseconds to wait for a response to begin or to continue, before the call fails with `HISTO_NETWORK`. A sent body
   * adds one second for each 16 KiB.
   *
   * @default 30000
   */
  readonly timeout?: number | undefined
  /**
   * Most retries in a row after network failures: the first after some 100 ms, each further one after twice as long,
   * or after the time that `Retry-After` asks for. Progress in between resets the count.
   *
   * @default 4
   */
  readonly retries?: number | undefined
  /**
   * Most bytes of an accepted revision's data; more is `HISTO_DENIED`.
   *
   * @default 268435456
   */
  readonly maxRevisionBytes?: number | undefined
  /**
   * Whether to refuse transfers with tombstones (`HISTO_DENIED`), in either direction.
   *
   * @default 'accept'
   */
  readonly tombstones?: TombstonesPolicy | undefined
  /**
   * The redirects to follow: within the origin of the URL, so that its headers and query never go to another origin;
   * or, with `'follow'`, all of them, headers and query included.
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
/** The longest delay of a timer, in ms. */
const longestTimeout = 2 ** 31 - 1

/** Checks the options of a handler. */
export function handlerSettings(given: unknown, call: Known): HandlerSettings {
  const options = optionsOf(given, call)
  return {
    served: servedOption(options),
    authorize: functionOption(options, 'authorize'),
    accept: functionOption(options, 'accept'),
    heads: choiceOption<HeadsPolicy>(options, 'heads', ['never', 'fast-forward']),
    maxRevisionBytes: countOption(options, 'maxRevisionBytes', 1, 256 * mebibyte),
    maxBodyBytes: countOption(options, 'maxBodyBytes', 1, 512 * mebibyte),
    refusesTombstones: refusesTombstones(options),
    timeout: timeoutOption(options, 60_000),
    onError: unfailing(functionOption(options, 'onError'))
  }
}

function servedOption(options: Options): Served | undefined {
  if (!('branches' in options)) return undefined
  const { branches } = options
  if (branches === true) return { prefix: '', isWhole: true, has: () => true }
  if (typeof branches === 'string') {
    const prefix = namePartArgument(branches, 'branches')
    return { prefix, isWhole: true, has: (name) => name.startsWith(prefix) }
  }
  if (typeof branches === 'function') {
    const serves = branches as (name: string, request: Request) => unknown
    return { prefix: '', isWhole: false, has: (name, request) => isChosen(serves(name, request)) }
  }
  throw new TypeError(`branches must be true, a prefix or a function, not ${described(branches)}`)
}

/** Checks the options of a client. */
export function connectSettings(given: unknown): ConnectSettings {
  const options = optionsOf(given, connectCall)
  return {
    headers: headersOption(options['headers']),
    fetch: functionOption<Fetch>(options, 'fetch') ?? ((url, init) => globalThis.fetch(url, init)),
    timeout: timeoutOption(options, 30_000),
    retries: countOption(options, 'retries', 0, 4),
    maxRevisionBytes: countOption(options, 'maxRevisionBytes', 1, 256 * mebibyte),
    refusesTombstones: refusesTombstones(options),
    redirects: choiceOption<Redirects>(options, 'redirects', ['same-origin', 'follow'])
  }
}

/** Removes the parts of `url` that operations do not have; a name and password become a header. */
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

/** Calls `listener`; ignores its errors, which must not change a response. */
function unfailing(listener: HandlerOptions['onError']): HandlerSettings['onError'] {
  return (error, request) => {
    attempt(() => listener?.(error, request)).catch(() => undefined) // its own failures are ignored
  }
}
