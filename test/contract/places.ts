/**
 * Where the contract is held: in memory and on disk. Every database opened here is closed, and every
 * folder removed, when the test is over.
 */

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type CreateOptions, createDB, type DB } from '../../ts/index.js'
import { canonical, refOf as refOfPayload } from '../support/plain-text.js'

/** A folder for one test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'histo-contract-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A ready database that the end of the test closes. */
export async function opened<T = unknown>(options: CreateOptions): Promise<DB<T>> {
  const db = createDB<T>(options)
  onTestFinished(() => db.close())
  return await db.ready()
}

/** Opens a new, empty database. */
export type Open = <T = unknown>(options?: CreateOptions) => Promise<DB<T>>

const inMemory: Open = (options) => opened({ ...options })
const onDisk: Open = (options) => opened({ path: join(folder(), 'db'), ...options })

export const places: readonly (readonly [string, Open])[] = [
  ['memory', inMemory],
  ['a path', onDisk]
]

/** The ref of a revision in plain JavaScript, by the two steps of the contract. */
export function refOf(
  data: unknown,
  ancestors: readonly string[] = [],
  meta?: Record<string, unknown>
): string {
  const payload = data instanceof Uint8Array ? data : canonical(JSON.stringify(data))
  return refOfPayload(ancestors, payload, meta && canonical(JSON.stringify(meta)))
}

/** The error of a failing call. */
export interface Failure extends Error {
  code: string
  retryable: boolean
  ref?: string
  key?: string
  path?: string
  head?: string | null
  expected?: string | null
}

/** The error that a promise is rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise
  } catch (error) {
    return error as Failure
  }
  throw new Error('the call succeeded')
}

/** A signal that the first progress aborts with `reason`, and the reported progress. */
export function abortedAtFirst(reason: unknown) {
  const controller = new AbortController()
  const told: { done: number; total: number }[] = []
  const onProgress = (progress: { done: number; total: number }) => {
    told.push(progress)
    controller.abort(reason)
  }
  return { options: { signal: controller.signal, onProgress }, told }
}

/** Some revisions of a mebibyte each: more than what any work does in its first step. */
export async function putMuch(db: DB<unknown>): Promise<void> {
  const large = () => randomBytes(1 << 20) // nothing makes it smaller
  await db.putMany(Array.from({ length: 5 }, () => ({ data: large() })))
}

/** A ref that no database has. */
export const unknownRef = '0123456789abcdef'.repeat(4)

/** All that an iterable brings. */
export async function collect<R>(items: AsyncIterable<R>): Promise<R[]> {
  const all: R[] = []
  for await (const item of items) all.push(item)
  return all
}
