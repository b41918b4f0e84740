/**
 * `createPage`: the page that shows the history of a database, as a fetch-style handler. It only reads.
 */

import { described } from '../base/arguments.js'
import type { Jsonable } from '../base/jsonify.js'
import { type Known, refuseSecondOptions } from '../base/known.js'
import { Bound } from '../branch/handle.js'
import { DB } from '../db.js'
import { guarded, jsonAnswer, refusalAnswer } from './answers.js'
import { assetAnswer, isAsset } from './assets.js'
import { apart, heads, row, rows, state, total, versions } from './graph.js'
import { Guard } from './guard.js'
import { News } from './news.js'
import { type PageOptions, pageCall, pageSettings } from './options.js'
import { file, piece } from './pieces.js'
import { PageRefusal, unknown } from './refusals.js'
import { changes, data, difference, merge, revision } from './revision.js'
import { search } from './search.js'
import { Sight } from './sight.js'
import { Views } from './views.js'
import { type Room, Visit } from './visit.js'

/** Answers one request; rejects only if it is not a request. Ignores further arguments, which frameworks pass. */
export type PageHandler = (request: Request, context?: unknown) => Promise<Response>

const questions: Readonly<Record<string, (visit: Visit) => Promise<unknown>>> = {
  state,
  total,
  heads,
  rows,
  row,
  versions,
  apart,
  revision,
  data,
  piece,
  difference,
  merge,
  changes,
  search
}

/**
 * Makes a page for browsers that shows the history of `db`: the graph of its branches and remote heads, each revision's
 * data and what it changed, search, comparisons, live. It only reads, and works below any path that ends with `/`.
 *
 * Cost: each request is bounded; rows are read as far as somebody scrolls, and take 4 bytes of memory each, 32 over users'
 * stores.
 *
 * @param db - the database to show
 * @param options - `token`, `authorize`, `branches`, `onError`
 * @throws {TypeError} if `db` is not a database of `createDB`, or an option is invalid
 * @example
 * ```ts
 * import { createDB } from 'histo-revisions'
 * import { createPage } from 'histo-revisions/page'
 *
 * const db = createDB<{ title: string }>()
 * const page = createPage(db, { token: 'a secret' })
 * const { status } = await page(new Request('http://localhost/?token=a+secret'))
 * console.log(status) // 303: to the address without the token, with a cookie
 * ```
 */
export function createPage<In extends Jsonable<In>, Out>(
  db: DB<In, Out>,
  options?: PageOptions
): PageHandler
export function createPage<In extends Jsonable<In>, Out>(
  db: DB<In, Out>,
  options?: PageOptions,
  ...surplus: unknown[]
): PageHandler {
  refuseSecondOptions('createPage', surplus)
  return pageOf(db, options, pageCall)
}

/** Makes the page of `call`. */
export function pageOf(given: unknown, options: unknown, call: Known): PageHandler {
  const db = given instanceof DB ? (given as DB) : undefined
  const handle = db === undefined ? undefined : Bound.handleOf(db)
  if (db === undefined || handle === undefined) {
    throw new TypeError(`db must be a database, not ${described(given)}`)
  }
  const settings = pageSettings(options, call)
  const sight = new Sight(db, handle, settings.branches)
  const room = { db, handle, sight, news: new News(db, sight), views: new Views(db, handle) }
  const guard = new Guard(settings)
  return async (request) => {
    expectRequest(request)
    try {
      return guarded(await answer(room, guard, request))
    } catch (error) {
      const { answer, isBare } = refusalAnswer(error, request)
      if (isBare && !signalOf(request).aborted) settings.onError(error, request)
      return guarded(answer)
    }
  }
}

async function answer(room: Room, guard: Guard, request: Request): Promise<Response> {
  const url = new URL(request.url)
  const sent = await guard.pass(request, url)
  if (sent !== undefined) return sent
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD') throw new PageRefusal(405, 'the page only reads')
  const full = await found(room, url, request)
  if (method === 'GET') return full
  await full.body?.cancel()
  return new Response(null, { status: full.status, headers: full.headers })
}

/** Answers by the last segments of the path. */
async function found(room: Room, url: URL, request: Request): Promise<Response> {
  const [parent, name = ''] = url.pathname.split('/').slice(-2)
  if (name === '') return assetAnswer('index.html', request)
  if (isAsset(name) && name !== 'index.html') return assetAnswer(name, request)
  const question = parent === 'api' && Object.hasOwn(questions, name) ? questions[name] : undefined
  const visit = new Visit(room, url.searchParams, signalOf(request))
  if (question !== undefined) return jsonAnswer(await question(visit))
  if (parent === 'api' && name === 'file') return await file(visit)
  const isByReader = request.headers.get('accept')?.includes('text/html') === true
  if (parent === 'api' || !isByReader) throw unknown('page')
  // The page loads its files by names relative to its folder.
  const location = `${name}/${url.search}`
  return new Response(null, { status: 307, headers: { location: `./${location}` } })
}

function expectRequest(value: unknown): void {
  if (typeof value === 'object' && value !== null && 'url' in value && 'headers' in value) return
  throw new TypeError(`the page answers a Request, not ${described(value)}`)
}

/** A request's signal, which not every server has. */
function signalOf(request: { readonly signal?: AbortSignal }): AbortSignal {
  return request.signal ?? new AbortController().signal
}
