/**
 * Databases of this process as the sides of a synchronizer: narrowed to one role, and, where both
 * are ours, exchanged from engine to engine.
 */

import { described } from '../base/arguments.js'
import { respond } from '../base/callbacks.js'
import { abortable } from '../base/signal.js'
import type { Callback, Ref } from '../base/types.js'
import { Bound, type Handle } from '../branch/handle.js'
import type { DB } from '../db.js'
import type { Run, Sent } from './exchange.js'

/** What a database has of a source, and nothing else. */
export interface LocalSource<T>
  extends Pick<DB<T>, 'name' | 'head' | 'refDifference' | 'createStream' | 'has'> {
  ready(): Promise<LocalSource<T>>
  ready(callback: Callback<LocalSource<T>>): void
}

/** What a database has of a target, and nothing else. */
export interface LocalTarget<T>
  extends Pick<DB<T>, 'head' | 'remoteHead' | 'writeStream' | 'setRemoteHead' | 'has'> {
  ready(): Promise<LocalTarget<T>>
  ready(callback: Callback<LocalTarget<T>>): void
}

type Member = (...args: unknown[]) => unknown

/**
 * Narrows `db` to what a synchronizer reads.
 *
 * @throws {TypeError} if it is no database of `createDB`
 */
export function createLocalSource<T>(db: DB<T>): LocalSource<T> {
  const role = new Role(db)
  Object.defineProperty(role, 'name', { get: () => db.name })
  narrow(role, db, ['head', 'refDifference', 'createStream', 'has'])
  return role as unknown as LocalSource<T>
}

/**
 * Narrows `db` to what a synchronizer writes.
 *
 * @throws {TypeError} if it is no database of `createDB`
 */
export function createLocalTarget<T>(db: DB<T>): LocalTarget<T> {
  const role = new Role(db)
  narrow(role, db, ['head', 'remoteHead', 'writeStream', 'setRemoteHead', 'has'])
  return role as unknown as LocalTarget<T>
}

/**
 * Sends `head` from engine to engine. Answers `undefined` where a side is none of ours, has members
 * of its own in place of ours, or its engine cannot.
 */
export async function transferNatively(
  source: object,
  target: object,
  head: Ref,
  { signal, onProgress, refusesTombstones }: Run
): Promise<Sent | undefined> {
  const from = untouchedHandle(source)
  const to = untouchedHandle(target)
  if (from === undefined || to === undefined) return undefined
  from.check()
  if (from.engine === to.engine) return { revisions: 0, bytes: 0 }
  const onBatch = (done: number, bytes: number, total: number) => {
    onProgress({ phase: 'revisions', done, total, bytes })
  }
  const receiving = { signal, onBatch, refusesTombstones }
  return await abortable(signal, async () =>
    to.write((engine) => engine.receiveFrom?.(from.engine, head, receiving) ?? none())
  )
}

/** An object with a database's handle; its members are defined on it, hidden as a class's are. */
class Role extends Bound {
  constructor(db: unknown) {
    const handle = Bound.handleOf(db)
    if (handle === undefined) throw new TypeError(`db must be a database, not ${described(db)}`)
    super(handle)
  }

  ready(...args: unknown[]): Promise<this> | undefined {
    return respond<this>(args, { most: 0 }, async () => {
      await this.handle.opened()
      return this
    })
  }
}

function narrow(role: Role, db: object, members: readonly string[]): void {
  for (const member of members) {
    const method = Reflect.get(db, member) as Member
    const value = (...args: unknown[]) => Reflect.apply(method, db, args)
    Object.defineProperty(role, member, { value })
  }
}

/** The handle of one of ours, unless somebody put a property on it, as a test double does. */
export function untouchedHandle(side: object): Handle | undefined {
  return Object.keys(side).length === 0 ? Bound.handleOf(side) : undefined
}

function none(): Promise<undefined> {
  return Promise.resolve(undefined)
}
