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

/** What `authorize` says of many branches: of all of them, or of each by its name. */
export type Grant = boolean | ((name: string) => boolean)

/** A request for access, to be allowed or refused. */
export interface AuthorizeQuestion {
  /**
   * `'read'`: read the name, the head and what it reaches. `'write'`: add revisions, ask which are there, and set the
   * remote head of `remote`. `'head'`: move the head. `'delete'`: delete a branch, as a push with `prune` does.
   */
  readonly action: Action
  /** Where the handler serves branches: the one that is asked for. */
  readonly branch?: string
  /**
   * Where many branches are asked for: what their names begin with. Answered once for the request, by `true` for all of
   * them, `false` for none, or a function of a name; any other answer has it asked again for each, with `branch`.
   */
  readonly prefix?: string
  /**
   * The database that the client claims to be; absent if it claims none. Check it: a client must not write under the
   * name of another.
   */
  readonly remote?: string
  /** The request as it came. Its body must not be read. */
  readonly request: Request
}

/** A revision that a push brings, to be accepted or refused. */
export interface AcceptQuestion {
  /** Its ref: the hash of what follows. */
  readonly ref: Ref
  /** Its direct ancestors, in order. */
  readonly ancestors: readonly Ref[]
  /** Its meta; absent where it has none, and of a tombstone also where it was erased. The client claims it. */
  readonly meta?: Meta
  /** Its data, which is parsed when this is read; `undefined` of a tombstone, whose data was erased where it comes from. */
  readonly data: unknown
  /** The branch that the push is for; absent where it is for many, or the handler serves one alone. */
  readonly branch?: string
  /** The database that the client claims to be. */
  readonly remote: string
  /** The request as it came. Its body must not be read. */
  readonly request: Request
}

/** Which branches a handler serves: all, those whose names begin with a text, or those that it returns `true` for. */
export type ServedBranches = true | string | ((name: string, request: Request) => boolean)

/** Options of a handler. */
export interface HandlerOptions {
  /**
   * Serves these branches of the database; a request that names none is for `main`. A branch that is not served looks as one
   * that is not there. Left out: the branch of the database is served, and nothing else.
   */
  readonly branches?: ServedBranches
  /**
   * Allows a request by `true`, or a promise of it, alone; throwing refuses. Left out: reading is allowed, all else
   * refused.
   */
  readonly authorize?: (question: AuthorizeQuestion) => Grant | Promise<Grant>
  /**
   * Accepts a revision that a push brings by `true`, or a promise of it, alone; throwing refuses. A refused one ends the
   * push with `HISTO_DENIED`, which names it; revisions of earlier batches stay. Asked once `authorize` allows the push,
   * one after the other, mostly ancestors first, and not about what is here already. Left out: all are accepted.
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
   * Most bytes of a request's body, as it comes and after decompression. Clients split what they send, so that it must
   * fit only one revision.
   *
   * @default 536870912
   */
  readonly maxBodyBytes?: number | undefined
  /**
   * Whether to refuse a push with tombstones: revisions without their data, which was erased where they come from.
   *
   * @default 'accept'
   */
  readonly tombstones?: TombstonesPolicy | undefined
  /**
   * Milliseconds that a client may stall a request or an answer before it is cut off. Each 4 KiB that move earn back a
   * second.
   *
   * @default 60000
   */
  readonly timeout?: number | undefined
  /**
   * Called with failures that clients are not told: of the database, of `authorize`, of this package. Its own failures
   * are ignored.
   */
  readonly onError?: ((error: unknown, request: Request) => void) | undefined
}

/** The branches that a handler serves, checked. */
export interface Served {
  /** All their names begin with it. */
  readonly prefix: string
  /** Whether all that begin so are served. */
  readonly isWhole: boolean
  readonly has: (name: string, request: Request) => boolean
}

/** A handler's options, checked. */
export interface HandlerSettings {
  /** `undefined`: the branch of the database alone. */
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
   * Milliseconds to wait for an answer to begin or to go on, before it fails with `HISTO_NETWORK`. A sent body adds one
   * second for each 16 KiB.
   *
   * @default 30000
   */
  readonly timeout?: number | undefined
  /**
   * Retries in a row after failures of the network: the first after some 100 ms, each further one after twice as long,
   * or when `Retry-After` says. Progress in between resets the count.
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
/** The longest time of a timer, in ms. */
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

/** Calls `listener`; ignores its failures, which change no answer. */
function unfailing(listener: HandlerOptions['onError']): HandlerSettings['onError'] {
  return (error, request) => {
    attempt(() => listener?.(error, request)).catch(() => undefined) // its own failures are ignored
  }
}
