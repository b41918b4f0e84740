/**
 * Decides whether a request is allowed: by the user's `authorize`, which must return `true`; without one, reading is
 * allowed and all else refused.
 */

import type { Action, HandlerSettings } from '../options.js'
import { denied } from './refusals.js'

/** A request and its claims. */
export interface Asking {
  readonly settings: HandlerSettings
  readonly request: Request
  readonly remote: string | undefined
}

/** Whether `action` is allowed. A throwing `authorize` refuses; only `onError` learns of it. */
export async function mayDo(asking: Asking, action: Action): Promise<boolean> {
  const { settings, request, remote } = asking
  if (settings.authorize === undefined) return action === 'read'
  const question = { action, request, ...(remote === undefined ? {} : { remote }) }
  try {
    return (await settings.authorize(question)) === true
  } catch (error) {
    settings.onError(error, request)
    return false
  }
}

/**
 * Refuses unless one of `actions`, asked in order, is allowed.
 *
 * @throws {HistoError} `HISTO_DENIED`
 */
export async function expectAllowed(asking: Asking, ...actions: readonly Action[]): Promise<void> {
  for (const action of actions) if (await mayDo(asking, action)) return
  throw denied(`not allowed: ${actions.join(' or ')}`)
}
