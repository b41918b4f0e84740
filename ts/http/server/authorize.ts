/**
 * Whether a request is allowed: by the user's `authorize`, which alone says yes by `true`; without
 * one, reading is allowed and all else refused.
 */

import type { Action, HandlerSettings } from '../options.js'
import { denied } from './refusals.js'

/** Who asks for what. */
export interface Asking {
  readonly settings: HandlerSettings
  readonly request: Request
  readonly remote: string | undefined
}

/** Whether `action` is allowed. What `authorize` throws is no, and told to nobody but the operator. */
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
 * Refuses unless one of `actions` is allowed, asked in their order.
 *
 * @throws {HistoError} `HISTO_DENIED`
 */
export async function expectAllowed(asking: Asking, ...actions: readonly Action[]): Promise<void> {
  for (const action of actions) if (await mayDo(asking, action)) return
  throw denied(`not allowed: ${actions.join(' or ')}`)
}
