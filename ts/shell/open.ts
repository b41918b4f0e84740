/**
 * Opens databases by their addresses, a folder or `postgres://…`.
 *
 * Creates a database only at a place that was named, never in the working folder by itself.
 */

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathArgument } from '../base/path.js'
import type { Ref } from '../base/types.js'
import type { CreateOptions } from '../create.js'
import type { DB } from '../db.js'
import type { RemoteDatabase } from '../http-entry.js'
import { codeOf, Misuse, Refusal } from './fail.js'
import type { Reader } from './reader.js'
import type { Shell } from './shell.js'

/** The address of a database. */
export type Address = Folder | Server

interface Server {
  readonly kind: 'postgres' | 'http'
  readonly url: string
}

interface Folder {
  readonly kind: 'path'
  readonly path: string
  /** Whether it was named; otherwise it is the working folder. */
  readonly isNamed: boolean
}

/** Options for opening a database. */
interface Opening {
  readonly writes: boolean
  /** Whether to create a missing database, if the place was named. */
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

/** The database for the verbs that read, also over HTTP. It is closed when the run ends. */
export async function reading(shell: Shell): Promise<Reader> {
  const address = addressOf(shell)
  if (address.kind !== 'http' || shell.verb.over !== 'http') return await openToRead(shell, address)
  const { HttpReader } = await import('./http-reader.js')
  return await HttpReader.over(await connectTo(shell, address.url))
}

/** The database of a run for reading, in a folder or on a server of stores. */
export async function readingHere(shell: Shell): Promise<DB> {
  return await openToRead(shell, addressOf(shell))
}

function openToRead(shell: Shell, address: Address): Promise<DB> {
  return openAt(shell, address, { writes: false, creates: false })
}

/** The database of a run for writing, on the branch of `--branch`; if its place was named, it may be created. */
export async function writing(shell: Shell, creates = false): Promise<DB> {
  return onBranch(shell, await openAt(shell, addressOf(shell), { writes: true, creates }))
}

/** The database on the branch of `--branch`. */
export function onBranch(shell: Shell, db: DB): DB {
  const branch = shell.option('branch')
  return branch === undefined || branch === db.branchName ? db : db.branch(branch)
}

/** A remote database, with the token of `--token` or HISTO_TOKEN. */
export async function connectTo(shell: Shell, url: string): Promise<RemoteDatabase> {
  const { connect } = await import('../http-entry.js')
  const token = shell.option('token') ?? shell.env['HISTO_TOKEN']
  return connect(url, token ? { headers: { authorization: `Bearer ${token}` } } : {})
}

/** The ref that a name means; without a name that of the head. */
export async function namedOrHead(
  db: Pick<Reader, 'resolve' | 'head' | 'branchName'>,
  name: string | undefined
): Promise<Ref> {
  if (name !== undefined) return await db.resolve(name)
  const head = db.head()
  if (head === null) throw new Refusal(`the branch ${db.branchName} has no revision yet`)
  return head
}

/** The head of a database's branch, read from its store. */
export function headOf(db: DB): Promise<Ref | null> {
  return new Promise((resolve, reject) => {
    db.head((error, head) => (error === null ? resolve(head ?? null) : reject(error)))
  })
}

/** Opens the database at an address. */
export async function openAt(shell: Shell, address: Address, opening: Opening): Promise<DB> {
  if (address.kind === 'path') {
    look(address, opening)
    const { path } = address
    return await opened(shell, opening.writes ? { path } : { path, readOnly: true })
  }
  const { name, over } = shell.verb
  if (address.kind === 'http') {
    throw new Misuse(`histo ${name} works over no HTTP address: run it where the database is`)
  }
  if (over !== 'path') return await openPostgres(shell, address.url)
  throw new Misuse(`histo ${name} works over a folder, not over PostgreSQL`)
}

/** Whether a file is there; one that may not be looked for is an error. */
function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return false
    throw error
  }
}

/** Refuses a folder without a database, unless one may be created there. */
function look({ path, isNamed }: Folder, { creates }: Opening): void {
  if (isThere(join(path, 'data.mdb'))) return
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
