/**
 * Work of the native engine over a whole database, on a separate thread: verifying, copying, searching a
 * damaged file. It runs in rounds of 100 ms and reports progress in between.
 */

import type { BackupResult, VerifyReport } from '../base/reports.js'
import { counted } from '../base/tombstones.js'
import type { Revision } from '../base/types.js'
import type { BackupPlace, Watching } from '../engine.js'
import { fromNative, type NativeDatabase, native } from '../native.js'
import { revisionsOf } from './rows.js'
import { endOf, settle } from './walks.js'

/** Running work; must be ended with `endMaintenance`. */
type Maintenance = ReturnType<typeof native.verify>

type Progress = Awaited<ReturnType<typeof native.goOn>>

/** Checks everything in an open database. `path` is the database's, for errors. */
export async function verifyAll(
  db: NativeDatabase,
  path: string | undefined,
  watching: Watching
): Promise<VerifyReport> {
  const maintenance = fromNative(path, () => native.verify(db))
  return await carriedOut(maintenance, path, watching, ({ done, bytes }) => {
    const { damaged, missing, dangling, heads, fault, tombstones } = native.findingsOf(maintenance)
    const lost = heads.map(({ key, ref }) => ({ key, ref: ref ?? null }))
    const file = fault ?? null
    const wrong = [damaged, missing, dangling, lost].some((list) => list.length > 0)
    const ok = !wrong && file === null
    const found = { ok, revisions: done, bytes, damaged, missing, dangling, heads: lost, file }
    return { ...found, ...counted(tombstones) }
  })
}

/** Copies an open database. */
export async function backUp(
  db: NativeDatabase,
  { path, name }: BackupPlace,
  watching: Watching
): Promise<Omit<BackupResult, 'name'>> {
  const maintenance = fromNative(path, () => native.backup(db, path, name))
  return await carriedOut(maintenance, path, watching, ({ revisions, bytes }) => ({
    revisions,
    bytes
  }))
}

/** Moves a closed database from the folder `made` below `path` to `path`, durably. */
export async function publish(made: string, path: string): Promise<void> {
  const maintenance = fromNative(path, () => native.publish(made, path))
  const unwatched = { signal: undefined, onProgress: () => undefined }
  await carriedOut(maintenance, path, unwatched, () => undefined)
}

/** Searches a file for intact revisions; the search must be ended when all were taken. */
export async function searchFile(
  path: string,
  dangling: boolean,
  watching: Watching
): Promise<Maintenance> {
  const search = fromNative(path, () => native.rescue(path, dangling))
  try {
    await ended(search, path, watching)
    return search
  } catch (error) {
    endMaintenance(search)
    throw error
  }
}

/** The next revisions that a search found, at most `count`; none at the end. */
export function takeRescued(search: Maintenance, path: string, count: number): Revision<unknown>[] {
  return revisionsOf(fromNative(path, () => native.nextRescued(search, count)))
}

async function carriedOut<R>(
  maintenance: Maintenance,
  path: string | undefined,
  watching: Watching,
  take: (progress: Progress) => R
): Promise<R> {
  try {
    return take(await ended(maintenance, path, watching))
  } finally {
    endMaintenance(maintenance)
  }
}

/** Waits for work to end. Work that was complete when the signal was aborted still succeeds. */
async function ended(
  maintenance: Maintenance,
  path: string | undefined,
  { signal, onProgress }: Watching
): Promise<Progress> {
  for (;;) {
    const round = fromNative(path, () => native.goOn(maintenance, endOf(signal)))
    const progress = await settle(round, signal, path)
    const { done, total, bytes } = progress
    onProgress({ done, total, bytes })
    if (progress.ended) return progress
    signal?.throwIfAborted()
  }
}

/** Ends work and closes the files that it has open. */
export function endMaintenance(maintenance: Maintenance): void {
  native.endMaintenance(maintenance)
}
