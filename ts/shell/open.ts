/**
 * Opens databases by their addresses, a folder or `postgres://…`.
 *
 * Creates a database only at a place that was named, never in the working folder by itself.
 */

import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
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
export interface Opening {
  readonly writes: boolean
  /** Whether to create a missing database, if the place was named. */
  readonly creates: boolean
  /** Ms for which a server is waited for; default: until it answers. */
  readonly patience?: number
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
  const [, server] = /^(?:https?:\/*)?([\w.-]{2,}:\d+(?:\/.*)?)$/i.exec(text) ?? []
  if (server !== undefined && !existsSync(text)) {
    throw new Misuse(`the address of a server begins with http:// or https://: http://${server}`)
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

/** As `readingHere`, where nobody waits for a server that does not answer within so many ms. */
export async function readingSoon(shell: Shell, patience: number): Promise<DB> {
  return await openAt(shell, addressOf(shell), { writes: false, creates: false, patience })
}

function openToRead(shell: Shell, address: Address): Promise<DB> {
  return openAt(shell, address, { writes: false, creates: false })
}

/** The database of a run for writing, on the branch of `--branch`; if its place was named, it may be created. */
export async function writing(shell: Shell, creates = false): Promise<DB> {
  return onBranch(shell, await openAt(shell, addressOf(shell), { writes: true, creates }))
}

/**
 * The database for writing what `read` returns, and that. One that exists is opened before, so that nothing is read or
 * typed in vain; one that does not is created after, so that nothing is left if there is nothing to write.
 */
export async function writingAfter<R>(
  shell: Shell,
  read: () => Promise<R>
): Promise<readonly [DB, R]> {
  const address = addressOf(shell)
  admit(shell, address, { writes: true, creates: true })
  const isNew = address.kind === 'path' && !hasDatabase(address.path)
  if (!isNew) return [await writing(shell, true), await read()]
  mayCreate(address.path)
  const what = await read()
  return [await writing(shell, true), what]
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
  if (head === null) throw new Refusal(`the branch '${db.branchName}' has no revision yet`)
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
  admit(shell, address, opening)
  if (address.kind !== 'path') return await openPostgres(shell, address.url, opening)
  const { path } = address
  return await opened(shell, opening.writes ? { path } : { path, readOnly: true })
}

/** Refuses a kind of address over which the verb does not work, and a folder without a database. */
function admit({ verb }: Shell, address: Address, opening: Opening): void {
  if (address.kind === 'path') look(address, opening)
  if (address.kind === 'http') {
    const [what, hint] =
      verb.name === 'smartlog'
        ? ['histo alone, the smartlog,', "'histo log' does"]
        : [`histo ${verb.name}`, 'run it where the database is']
    throw new Misuse(`${what} does not work over HTTP; ${hint}`)
  }
  if (address.kind === 'postgres' && verb.over === 'path') {
    throw new Misuse(`histo ${verb.name} works over a folder, not over PostgreSQL`)
  }
}

/** Whether a folder has a database. */
function hasDatabase(path: string): boolean {
  return isThere(join(path, 'data.mdb'))
}

/** Refuses a place where no folder can be made. */
function mayCreate(path: string): void {
  let place = path
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place)
  refuseFile(place)
  accessSync(place, constants.W_OK)
}

function refuseFile(path: string): void {
  const isFile = existsSync(path) && !statSync(path).isDirectory()
  if (isFile) throw new Refusal(`${path} is a file; a database is a folder`)
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
  if (hasDatabase(path)) return
  refuseFile(path)
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

/** A database on a server of PostgreSQL; its tables are made only where a folder would be. */
async function openPostgres(
  shell: Shell,
  address: string,
  { creates, patience }: Opening
): Promise<DB> {
  const [{ postgresStores }, { poolOf }] = await Promise.all([
    import('../postgres-entry.js'),
    import('./postgres.js')
  ])
  const { pool, names, expectTables } = await poolOf(address, patience)
  shell.atEnd(() => pool.end())
  if (!creates) await expectTables()
  return await opened(shell, postgresStores(pool, names))
}
