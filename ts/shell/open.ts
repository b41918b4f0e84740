/**
 * Opens databases by their addresses: a folder, `postgres://…`, or refuses.
 *
 * Nothing is made where nobody named the place: the working folder is only looked at.
 */

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathArgument } from '../base/path.js'
import type { Ref } from '../base/types.js'
import type { CreateOptions } from '../create.js'
import type { DB } from '../db.js'
import { Misuse, Refusal } from './fail.js'
import type { Shell } from './shell.js'

/** Where a database is. */
export type Address = Folder | Server

interface Server {
  readonly kind: 'postgres' | 'http'
  readonly url: string
}

interface Folder {
  readonly kind: 'path'
  readonly path: string
  /** Whether somebody named it; else it is the working folder. */
  readonly isNamed: boolean
}

/** How a database is opened. */
export interface Opening {
  readonly writes: boolean
  /** Whether a database is made where there is none, if the place was named. */
  readonly creates: boolean
}

/** The address of `--db`, of HISTO_DB, or the working folder. */
export function addressOf(shell: Shell): Address {
  const given = shell.option('db') ?? shell.env['HISTO_DB']
  if (shell.option('db') === '') throw new Misuse('--db is empty; leave it out for this folder')
  return given === undefined || given === '' ? placeOf('.', false) : addressNamed(given)
}

/** The address that a text names. */
export function addressNamed(text: string): Address {
  if (/^https?:\/\//i.test(text)) return { kind: 'http', url: text }
  if (/^postgres(ql)?:\/\//i.test(text)) return { kind: 'postgres', url: text }
  const [scheme] = /^[a-z][a-z0-9+.-]+:\/\//i.exec(text) ?? []
  if (scheme !== undefined && !/^file:/i.test(scheme)) {
    throw new Misuse(`a database is a folder, postgres://… or http://…, not ${scheme}…`)
  }
  return placeOf(text, true)
}

function placeOf(path: string, isNamed: boolean): Folder {
  return { kind: 'path', path: pathArgument(path), isNamed }
}

/** The database of a run for reading. It is closed when the run ends. */
export async function reading(shell: Shell): Promise<DB> {
  return await openAt(shell, addressOf(shell), { writes: false, creates: false })
}

/** The database of a run for writing, on the branch of `--branch`; where its place is named it may be made. */
export async function writing(shell: Shell, creates = false): Promise<DB> {
  const db = await openAt(shell, addressOf(shell), { writes: true, creates })
  const branch = shell.option('branch')
  return branch === undefined || branch === db.branchName ? db : db.branch(branch)
}

/** The ref that a name means, that of the head where none is given. */
export async function namedOrHead(db: DB, name: string | undefined): Promise<Ref> {
  if (name !== undefined) return await db.resolve(name)
  const head = db.head()
  if (head === null) throw new Refusal(`the branch ${db.branchName} has no revision yet`)
  return head
}

/** Opens the database at an address. */
export async function openAt(shell: Shell, address: Address, opening: Opening): Promise<DB> {
  if (address.kind === 'path') {
    look(address, opening)
    return await opened(shell, { path: address.path })
  }
  const { name, over } = shell.verb
  if (address.kind === 'http') {
    throw new Misuse(`histo ${name} works over no HTTP address: run it where the database is`)
  }
  if (over !== 'path') return await openPostgres(shell, address.url)
  throw new Misuse(`histo ${name} works over a folder, not over PostgreSQL`)
}

/** Refuses a folder without a database, unless one may be made there. */
function look({ path, isNamed }: Folder, { creates }: Opening): void {
  if (existsSync(join(path, 'data.mdb'))) return
  const isFile = existsSync(path) && !statSync(path).isDirectory()
  if (isFile) throw new Refusal(`${path} is a file; a database is a folder`)
  if (creates && isNamed) return
  const hint = isNamed ? '' : creates ? '; name one by --db, and it is made' : '; name one by --db'
  throw new Refusal(`there is no database in ${path}${hint}`)
}

async function opened(shell: Shell, options: CreateOptions): Promise<DB> {
  const { createDB } = await import('../create.js')
  const db = createDB(options)
  shell.atEnd(() => db.close())
  return await db.ready()
}

async function openPostgres(shell: Shell, address: string): Promise<DB> {
  const [{ postgresStores }, { poolOf }] = await Promise.all([
    import('../postgres-entry.js'),
    import('./postgres.js')
  ])
  const { pool, names } = await poolOf(address)
  shell.atEnd(() => pool.end())
  return await opened(shell, postgresStores(pool, names))
}
