/**
 * Members of a database that is open for reading only. Those that write refuse, each by its own name, before
 * they call any function of the user.
 */

import { isOptions } from '../base/arguments.js'
import { type Arity, respond } from '../base/callbacks.js'
import { readOnlyDenial } from '../base/read-only.js'

type Method = (...args: unknown[]) => unknown

/** The members that write, and how many of their arguments are never the callback. */
const writing: Readonly<Record<string, number>> = {
  put: 1,
  putMany: 0,
  setHead: 0,
  setRemoteHead: 0,
  deleteRemote: 0,
  deleteBranch: 0,
  update: 1,
  merge: 2,
  restore: 0,
  batch: 0,
  undo: 0,
  redo: 0,
  writeStream: 1,
  pull: 1,
  erase: 0,
  compact: 0,
  prune: 0
}

/** Makes the members of `db` that write refuse. A dry run of `prune` is allowed, since it writes nothing. */
export function refuseWrites(db: object, path: string | undefined): void {
  for (const [call, required] of Object.entries(writing)) {
    const method: unknown = Reflect.get(db, call)
    if (typeof method !== 'function') continue
    const refuse = refusing(call, path, { required, most: Number.POSITIVE_INFINITY })
    const value = call === 'prune' ? butDryRuns(refuse, method as Method) : refuse
    Object.defineProperty(db, call, { value, configurable: true, writable: true })
  }
}

function refusing(call: string, path: string | undefined, arity: Arity): Method {
  return (...args) => respond(args, arity, () => Promise.reject(readOnlyDenial(path, call)))
}

function butDryRuns(refuse: Method, prune: Method): Method {
  return (...args) => {
    const isDry = isOptions(args[0]) && args[0]['dryRun'] === true
    return isDry ? prune(...args) : refuse(...args)
  }
}
