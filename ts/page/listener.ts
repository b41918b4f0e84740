/**
 * `createPageListener`: the page for `node:http` and frameworks on top of it.
 */

import type { Jsonable } from '../base/jsonify.js'
import { refuseSecondOptions } from '../base/known.js'
import type { DB } from '../db.js'
import { type Listener, listenerOf } from '../http/server/listener.js'
import { type PageOptions, pageListenerCall } from './options.js'
import { pageOf } from './page.js'

/** Milliseconds in which the end of an answer must be read. */
const timeout = 60_000

/**
 * Makes the page of `createPage` for `node:http` (`createServer(createPageListener(db))`), Express
 * (`app.use('/history', createPageListener(db))`) and Fastify (`app.all('/history/*', createPageListener(db))`).
 *
 * @throws {TypeError} as `createPage` does
 */
export function createPageListener<In extends Jsonable<In>, Out>(
  db: DB<In, Out>,
  options?: PageOptions
): Listener
export function createPageListener<In extends Jsonable<In>, Out>(
  db: DB<In, Out>,
  options?: PageOptions,
  ...surplus: unknown[]
): Listener {
  refuseSecondOptions('createPageListener', surplus)
  const page = pageOf(db, options, pageListenerCall)
  return listenerOf(async (request) => {
    const { status, headers, body } = await page(request)
    return { status, headers: Object.fromEntries(headers), body }
  }, timeout)
}
