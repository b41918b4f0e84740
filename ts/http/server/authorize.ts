/**
 * Decides whether a request is allowed: by the user's `authorize`, which must return `true`; without one, reading is
 * allowed and everything else refused.
 */

import type { Action, HandlerSettings } from '../options.js'
import { denied } from './refusals.js'

/** A request and its claims. */
export interface Asking {
  readonly settings: HandlerSettings
  readonly request: Request
  readonly remote: string | undefined
  /** The requested branch, if the handler serves branches. */
  readonly branch?: string | undefined
  /** Whether that branch is served. */
  readonly isServed: boolean
}

/** Whether `action` is allowed. If `authorize` throws, that refuses; only `onError` gets the error. */
export async function mayDo(asking: Asking, action: Action): Promise<boolean> {
  return (await answerTo(asking, action, asking.branch)) === true
}

/** The result of `authorize`; `false` if it throws. */
async function answerTo(
  { settings, request, remote }: Asking,
  action: Action,
  branch: string | undefined,
  prefix?: string
): Promise<unknown> {
  if (settings.authorize === undefined) return action === 'read'
  const question = {
    action,
    request,
    ...(remote === undefined ? {} : { remote }),
    ...(branch === undefined ? {} : { branch }),
    ...(prefix === undefined ? {} : { prefix })
  }
  try {
    return await settings.authorize(question)
  } catch (error) {
    settings.onError(error, request)
    return false
  }
}

/** Decides whether a name is allowed. */
export type Permit = (name: string) => boolean | Promise<boolean>

/** The permission for many branches. */
interface Permission {
  readonly isAll: boolean
  /** Whether `authorize` must be called for each. */
  readonly isEach: boolean
  readonly has: Permit
}

/**
 * Asks once about all branches whose names begin with `prefix`.
 *
 * @throws {HistoError} `HISTO_DENIED` if none is allowed
 */
export async function permitOf(
  asking: Asking,
  action: Action,
  prefix: string
): Promise<Permission> {
  const grant = await answerTo(asking, action, undefined, prefix)
  if (grant === true) return { isAll: true, isEach: false, has: () => true }
  if (grant === false) throw denied(`not allowed: ${action}`)
  if (typeof grant !== 'function') {
    const has = async (name: string) => (await answerTo(asking, action, name)) === true
    return { isAll: false, isEach: true, has }
  }
  const has = (name: string) => {
    try {
      return grant(name) === true
    } catch (error) {
      asking.settings.onError(error, asking.request)
      return false
    }
  }
  return { isAll: false, isEach: false, has }
}

/**
 * Refuses unless one of `actions`, asked in order, is allowed.
 *
 * @throws {HistoError} `HISTO_DENIED`
 */
export async function expectAllowed(asking: Asking, ...actions: readonly Action[]): Promise<void> {
  for (const action of actions) {
    if (!(await mayDo(asking, action))) continue
    // A reader finds no head, as in a branch that does not exist.
    if (asking.isServed || actions.includes('read')) return
  }
  throw denied(`not allowed: ${actions.join(' or ')}`)
}
