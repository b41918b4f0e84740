/**
 * The options of the page, documented and checked.
 */

import { described, functionOption, isRecord } from '../base/arguments.js'
import { attempt } from '../base/callbacks.js'
import { type Kinds, type Known, known, optionsOf } from '../base/known.js'
import { nameArgument } from '../base/names.js'

const pageKinds: Kinds<PageOptions> = {
  token: 'guard',
  authorize: 'guard',
  branches: 'guard',
  onError: 'optional'
}

/** The options that pages know. */
export const pageCall: Known = known<PageOptions>('createPage', pageKinds)

/** The options that listeners of pages know. */
export const pageListenerCall: Known = known<PageOptions>('createPageListener', pageKinds)

/** The branches that a page shows. */
export type PageBranches = true | string | readonly string[] | ((name: string) => boolean)

/** Options of a page. */
export interface PageOptions {
  /**
   * A secret that a reader must have: as `?token=` in the first address, which sets a cookie and redirects to the address
   * without it, or as `Authorization: Bearer`. Left out: no token is needed.
   */
  readonly token?: string
  /**
   * Allows a request only by returning `true` or a promise of it; throwing refuses. Called for each request, after the
   * token was checked. Without it and without a token, only requests to this machine by one of its own names are answered.
   */
  readonly authorize?: (request: Request) => boolean | Promise<boolean>
  /**
   * The branches that are shown: `true` for all, and remote heads; a string for those whose names begin with it; an array
   * of names; a function that returns `true` for a name. Unless it is `true`, the page shows neither remote heads nor
   * revisions that none of these branches reaches.
   *
   * @default true
   */
  readonly branches?: PageBranches
  /** Called with errors that are not reported to readers. Its own errors are ignored. */
  readonly onError?: ((error: unknown, request: Request) => void) | undefined
}

/** A page's options, checked. */
export interface PageSettings {
  readonly token: string | undefined
  readonly authorize: ((request: Request) => boolean | Promise<boolean>) | undefined
  readonly branches: PageBranches
  readonly onError: (error: unknown, request: Request) => void
}

/** Checks the options of a page. */
export function pageSettings(given: unknown, call: Known): PageSettings {
  const options = optionsOf(given, call)
  const onError = functionOption<NonNullable<PageOptions['onError']>>(options, 'onError')
  return {
    token: tokenOption(options['token']),
    authorize: functionOption<NonNullable<PageOptions['authorize']>>(options, 'authorize'),
    branches: branchesOption(options),
    onError: (error, request) => {
      attempt(() => onError?.(error, request)).catch(() => undefined) // its own failures are ignored
    }
  }
}

function tokenOption(token: unknown): string | undefined {
  if (token === undefined || (typeof token === 'string' && token !== '')) return token
  const what = token === '' ? 'empty' : described(token)
  throw new TypeError(`token must be a string with letters, not ${what}`)
}

function branchesOption(options: Readonly<Record<string, unknown>>): PageBranches {
  const branches = 'branches' in options ? options['branches'] : true
  if (branches === true || typeof branches === 'string') return branches
  if (typeof branches === 'function') return branches as (name: string) => boolean
  if (Array.isArray(branches)) {
    return branches.map((name) => nameArgument(name, 'a name of branches'))
  }
  const what = isRecord(branches) ? 'an object' : described(branches)
  throw new TypeError(`branches must be true, a string, an array or a function, not ${what}`)
}
