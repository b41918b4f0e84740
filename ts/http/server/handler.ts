/**
 * `createHandler`: a database as a fetch-style handler.
 *
 * Finds the operation, runs it, and turns failures into answers. The operations are in
 * `news.ts`, `reading.ts`, `lacking.ts`, `writing.ts` and `changes.ts`.
 */

import { described } from '../../base/arguments.js'
import type { Jsonable } from '../../base/jsonify.js'
import { type Known, refuseSecondOptions } from '../../base/known.js'
import { mainBranch } from '../../base/names.js'
import type { Handle } from '../../branch/handle.js'
import { Bound } from '../../branch/handle.js'
import { DB } from '../../db.js'
import {
  type HandlerOptions,
  type HandlerSettings,
  handlerCall,
  handlerSettings
} from '../options.js'
import {
  abilitiesHeader,
  broken,
  isAble,
  isForMany,
  type Operation,
  operations,
  parseName,
  parseRemote,
  protocolVersion,
  versionHeader
} from '../protocol.js'
import { type Answer, failureAnswer, responseOf } from './answers.js'
import { branches } from './branches.js'
import {
  deletedBranches,
  hasInBranches,
  nextChanges,
  pullBranches,
  revisionsOfBranches
} from './branches-reading.js'
import { deleteBranches, moveBranches, noteBranches } from './branches-writing.js'
import { nextChange } from './changes.js'
import { difference } from './difference.js'
import { lacking } from './lacking.js'
import { news } from './news.js'
import { has, pull, revisions, state } from './reading.js'
import { misplaced } from './refusals.js'
import { Hold, type Visit } from './visit.js'
import { moveHead, push, setRemoteHead } from './writing.js'

/**
 * Answers one request; never rejects. Ignores further arguments, which frameworks pass. Accepts a string or a URL too, as
 * `fetch` does, so that it can replace it.
 */
export interface Handler {
  (request: Request, context?: unknown): Promise<Response>
  (url: string | URL, init?: RequestInit): Promise<Response>
}

const answers: Readonly<Record<Operation, (visit: Visit) => Promise<Answer>>> = {
  state,
  changes: nextChange,
  news,
  has,
  lacking,
  difference,
  revisions,
  pull,
  push,
  'remote-head': setRemoteHead,
  head: moveHead,
  branches,
  'branches-has': hasInBranches,
  'branches-pull': pullBranches,
  'branches-revisions': revisionsOfBranches,
  'branches-deleted': deletedBranches,
  'branches-changes': nextChanges,
  'branches-noted': noteBranches,
  'branches-head': moveBranches,
  'branches-delete': deleteBranches
}

/**
 * Makes a fetch-style handler through which clients read the branch of `db` and, if `authorize` allows it, write. It
 * works below any path: only the last segment counts.
 *
 * @param db - the database to serve
 * @param options - `authorize`, `heads`, limits and others
 * @throws {TypeError} if `db` is not a database of `createDB`, or an option is invalid
 * @example
 * ```ts
 * import { createDB } from 'histo-revisions'
 * import { createHandler } from 'histo-revisions/http'
 *
 * const db = createDB({ name: 'server' })
 * const handler = createHandler(db, { authorize: ({ action }) => action === 'read' })
 * const { status } = await handler(new Request('https://notes.example/state'))
 * console.log(status) // 200
 * ```
 */
export function createHandler<In extends Jsonable<In>, Out>(
  db: DB<In, Out>,
  options?: HandlerOptions
): Handler
export function createHandler<In extends Jsonable<In>, Out>(
  db: DB<In, Out>,
  options?: HandlerOptions,
  ...surplus: unknown[]
): Handler {
  refuseSecondOptions('createHandler', surplus)
  const answered = answererOf(db, options, handlerCall)
  return async (input: Request | string | URL, beside?: unknown) =>
    responseOf(await answered(requestOf(input, beside)))
}

/** Makes what answers the requests of `call`. */
export function answererOf(
  db: unknown,
  options: unknown,
  call: Known
): (request: Request) => Promise<Answer> {
  const handle = db instanceof DB ? Bound.handleOf(db) : undefined
  if (handle === undefined) throw new TypeError(`db must be a database, not ${described(db)}`)
  const settings = handlerSettings(options, call)
  return (request) => answer(handle, settings, request)
}

async function answer(
  handle: Handle,
  settings: HandlerSettings,
  request: Request
): Promise<Answer> {
  let hold: Hold | undefined
  try {
    handle.check()
    hold = new Hold(handle, signalOf(request))
    const url = urlOf(request)
    const operation = operationOf(url, request.method)
    const visit = visitOf(handle, settings, { request, url, operation }, hold)
    return await answers[operation](visit)
  } catch (error) {
    hold?.end()
    const { answer, isBare } = failureAnswer(error)
    if (isBare && !signalOf(request).aborted) settings.onError(error, request)
    return answer
  } finally {
    hold?.over()
  }
}

/** A request, taken apart. */
interface Asked {
  readonly request: Request
  readonly url: URL
  readonly operation: Operation
}

function urlOf(request: Request): URL {
  const version = request.headers.get(versionHeader)
  if (version === null || version === protocolVersion) return new URL(request.url)
  throw broken(`this server speaks version ${protocolVersion} of the protocol`)
}

function visitOf(handle: Handle, settings: HandlerSettings, asked: Asked, hold: Hold): Visit {
  const { request, url } = asked
  const name = url.searchParams.get('remote')
  const remote = name === null ? undefined : parseRemote(name)
  const served = servedOf(handle, settings, asked)
  const can = request.headers.get(abilitiesHeader)
  const [metas, deltas] = [isAble(can, 'meta'), isAble(can, 'deltas')]
  return { ...served, settings, request, url, remote, metas, deltas, signal: hold.signal, hold }
}

/** A name that no branch can have, so that it never has a head. */
const nowhere = '\0'

/** The branch that a request names. One that is not served looks like one that does not exist. */
function servedOf(
  root: Handle,
  { served }: HandlerSettings,
  { request, url, operation }: Asked
): Pick<Visit, 'handle' | 'branch' | 'isServed'> {
  if (isForMany(operation) && url.searchParams.has('prefix')) {
    return { handle: root, branch: undefined, isServed: true }
  }
  const given = url.searchParams.get('branch')
  const named = given === null ? undefined : parseName(given, 'branch')
  const branch = named ?? (served === undefined ? root.branch : mainBranch)
  const isServed = served === undefined ? branch === root.branch : served.has(branch, request)
  const handle =
    isServed && branch === root.branch ? root : root.branchOff(isServed ? branch : nowhere)
  return { handle, branch: served === undefined && isServed ? undefined : branch, isServed }
}

function operationOf(url: URL, method: string): Operation {
  const name = url.pathname.split('/').findLast((segment) => segment !== '') ?? ''
  if (!Object.hasOwn(operations, name)) throw misplaced(404, 'there is no such operation')
  const operation = name as Operation
  if (operations[operation] !== method) throw misplaced(405, `${operation} has another method`)
  return operation
}

function requestOf(input: Request | string | URL, beside: unknown): Request {
  const isObject = typeof input === 'object' && input !== null
  if (isObject && 'headers' in input) return input
  if (typeof input === 'string' || (isObject && 'href' in input)) {
    return new Request(input, beside as RequestInit | undefined)
  }
  throw new TypeError(`request must be a Request, a URL or a string, not ${described(input)}`)
}

/** A request's signal, which not every server has. */
function signalOf(request: { readonly signal?: AbortSignal }): AbortSignal {
  return request.signal ?? new AbortController().signal
}
