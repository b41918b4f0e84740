/**
 * A database narrowed to one role of a synchronizer, for code that should do no more with it.
 */

import { described } from './base/arguments.js'
import { respond } from './base/callbacks.js'
import type { Jsonable, Storable } from './base/jsonify.js'
import { refuseOptions } from './base/known.js'
import type { Callback } from './base/types.js'
import { Bound } from './branch/handle.js'
import type { DB } from './db.js'

/** A database with only the functions of a source. */
export interface LocalSource<T>
  extends Pick<
    DB<never, T>,
    'name' | 'head' | 'branches' | 'refDifference' | 'createStream' | 'has'
  > {
  ready(): Promise<LocalSource<T>>
  ready(callback: Callback<LocalSource<T>>): void
}

/** A database with only the functions of a target. */
export interface LocalTarget<T>
  extends Pick<DB<never, T>, 'head' | 'remoteHead' | 'writeStream' | 'setRemoteHead' | 'has'> {
  ready(): Promise<LocalTarget<T>>
  ready(callback: Callback<LocalTarget<T>>): void
}

type Member = (...args: unknown[]) => unknown

/**
 * Narrows `db` to the functions of a source.
 *
 * @throws {TypeError} if it is not a database of `createDB`
 */
export function createLocalSource<In extends Jsonable<In>, Out>(db: DB<In, Out>): LocalSource<Out>
export function createLocalSource<In extends Jsonable<In>, Out>(
  db: DB<In, Out>,
  ...surplus: unknown[]
): LocalSource<Out> {
  refuseOptions('createLocalSource', surplus)
  const role = new Role(db)
  Object.defineProperty(role, 'name', { get: () => db.name })
  narrow(role, db, ['head', 'branches', 'refDifference', 'createStream', 'has'])
  return role as unknown as LocalSource<Out>
}

/**
 * Narrows `db` to the functions of a target.
 *
 * @throws {TypeError} if it is not a database of `createDB`
 */
export function createLocalTarget<In extends Jsonable<In>, Out>(
  db: DB<In, Out>
): LocalTarget<Storable<In, Out>>
export function createLocalTarget<In extends Jsonable<In>, Out>(
  db: DB<In, Out>,
  ...surplus: unknown[]
): LocalTarget<Storable<In, Out>> {
  refuseOptions('createLocalTarget', surplus)
  const role = new Role(db)
  narrow(role, db, ['head', 'remoteHead', 'writeStream', 'setRemoteHead', 'has'])
  return role as unknown as LocalTarget<Storable<In, Out>>
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
