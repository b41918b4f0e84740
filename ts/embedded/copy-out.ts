/**
 * Backs up through the members of an engine: writes what its heads and remote heads reach
 * into a new embedded database.
 */

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { HistoError } from '../base/errors.js'
import { allNames, type NamedRef } from '../base/names.js'
import type { BackupResult } from '../base/reports.js'
import type { Ref, Revision } from '../base/types.js'
import { payloadOf, textOfJson } from '../branch/payload.js'
import type {
  BackupPlace,
  EngineQuestions,
  EngineReads,
  EngineState,
  EngineTransfer,
  ReorderBuffer,
  Watching
} from '../engine.js'
import { openEmbedded } from './engine.js'
import { publish } from './maintenance.js'

/** Revisions that are read and written per call. */
const batchSize = 256

/** The parts of the copied engine that are used. */
type Copied = EngineReads & EngineQuestions & Pick<EngineState, 'name'>

/** Branches and remotes with their heads. */
interface Named {
  readonly branches: readonly NamedRef[]
  readonly remotes: readonly NamedRef[]
}

/** Copies an open engine; a copy that fails leaves nothing. */
export async function copyOut(
  source: Copied,
  place: BackupPlace,
  watching: Watching
): Promise<BackupResult> {
  const { path } = place
  if (existsSync(join(path, 'data.mdb'))) throw taken(path)
  const isNew = !existsSync(path)
  const made = join(path, `backup-${randomUUID()}.partial`)
  await mkdir(made, { recursive: true })
  try {
    const result = await fill(source, place, made, watching)
    await publish(made, path)
    return result
  } catch (error) {
    await rm(made, { recursive: true, force: true })
    if (isNew) await rmdir(path).catch(() => undefined) // fails if somebody else has put something there
    throw error
  }
}

async function fill(
  source: Copied,
  place: BackupPlace,
  made: string,
  watching: Watching
): Promise<BackupResult> {
  const name = place.name ?? source.name ?? ''
  // The largest limits of this package, since the source has accepted its revisions already.
  const limits = {
    durability: 'relaxed',
    deltas: true,
    logDays: 0,
    maxRevisionBytes: Number.MAX_SAFE_INTEGER
  } as const
  const copy = openEmbedded({ path: made, name, ...limits })
  try {
    const named = await headsOf(source, place.branch)
    const counted = await carry(source, copy, named, watching)
    for (const { name: branch, ref } of named.branches) await copy.setHead(branch, ref, undefined)
    for (const { name: remote, ref } of named.remotes) await copy.setRemoteHead(remote, ref)
    return { name, ...counted }
  } finally {
    await copy.close()
  }
}

/** All heads if they can be listed, otherwise that of `branch`. */
export async function headsOf(source: EngineReads, branch: string): Promise<Named> {
  if (source.listsHeads) {
    const branches = await source.heads('heads/', allNames)
    return { branches, remotes: await source.heads('remotes/', allNames) }
  }
  const ref = await source.head(branch)
  return { branches: ref === null ? [] : [{ name: branch, ref }], remotes: [] }
}

async function carry(
  source: Copied,
  copy: EngineTransfer,
  { branches, remotes }: Named,
  { signal, onProgress }: Watching
): Promise<{ revisions: number; bytes: number }> {
  const reorderBuffer = copy.reorderBuffer(0)
  const tips: Ref[] = []
  let total = 0
  let revisions = 0
  let bytes = 0
  for (const tip of new Set([...branches, ...remotes].map(({ ref }) => ref))) {
    const newestFirst = await source.refDifference(tips, tip, signal)
    tips.push(tip)
    total += newestFirst.length
    const refs = newestFirst.toReversed()
    for (let at = 0; at < refs.length; at += batchSize) {
      signal?.throwIfAborted()
      const batch = await source.revisions(refs.slice(at, at + batchSize))
      bytes += await write(reorderBuffer, batch)
      revisions += batch.length
      onProgress({ done: revisions, total, bytes })
    }
  }
  await reorderBuffer.finish()
  return { revisions, bytes }
}

/** Writes whole revisions, ancestors first; returns the bytes of their data. */
async function write(
  reorderBuffer: ReorderBuffer,
  batch: readonly Revision<unknown>[]
): Promise<number> {
  const arrivals = batch.map(({ ref, ancestors, data, meta }) => {
    const payload = payloadOf(data)
    return {
      ref,
      ancestors,
      payload,
      meta: meta === undefined ? undefined : textOfJson(meta, false)
    }
  })
  await reorderBuffer.add(arrivals)
  const sizes = arrivals.map(({ payload }) =>
    typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function taken(path: string): HistoError {
  const message = `${path} holds a database already`
  return new HistoError('HISTO_STORE', message, { path, cause: new Error('data.mdb is there') })
}
