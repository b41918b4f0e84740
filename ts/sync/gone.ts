/**
 * Decides whether a branch that a source no longer has was deleted there: only the source's log counts.
 *
 * A source may lack a branch for other reasons: it was restored from a backup, it is another database of that name, or
 * the client may no longer see the branch.
 */

import { HistoError } from '../base/errors.js'
import { hasMethod } from '../base/foreign.js'
import type { LogEntry } from '../base/options.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { Deletion } from './exchange.js'
import { untouchedHandle } from './local.js'
import type { HeadTable } from './tables.js'
import { hasOf } from './transfer.js'

/** Most parts of the log to read for all branches, some thousand moves each. */
const mostParts = 256

/** Those of the `gone` branches, given with their last heads, that the source reports as deleted. */
export async function deletedOf(source: object, gone: HeadTable): Promise<Map<string, Deletion>> {
  if (gone.size === 0) return new Map()
  const ours = untouchedHandle(source)
  if (ours !== undefined) return await deletedFrom(ours, gone)
  if (hasMethod(source, 'log')) return await toldBy(source, gone)
  if (!hasMethod(source, 'has')) return new Map()
  return await keptBy((refs) => hasOf(source, refs), gone)
}

/** The same for a database. */
export async function deletedFrom(handle: Handle, gone: HeadTable): Promise<Map<string, Deletion>> {
  const deleted = new Map<string, Deletion>()
  let parts = 0
  try {
    for (const name of gone.keys()) {
      let before: string | undefined
      do {
        const question = { branch: name, before, limit: 1 }
        const part = await handle.ask((engine) => engine.logPart(question))
        const [last] = part.entries
        if (last?.to === null) deleted.set(name, 'logged')
        before = last === undefined ? part.next : undefined
        parts += 1
      } while (before !== undefined && parts < mostParts)
    }
  } catch (error) {
    if (!(error instanceof HistoError) || error.code !== 'HISTO_STORE') throw error
    return await keptBy((refs) => handle.ask((engine) => engine.has(refs)), gone)
  }
  return deleted
}

async function toldBy(source: object, gone: HeadTable): Promise<Map<string, Deletion>> {
  const deleted = new Map<string, Deletion>()
  const log = Reflect.get(source, 'log') as (options: object) => AsyncIterable<LogEntry>
  for (const branch of gone.keys()) {
    for await (const { to } of Reflect.apply(log, source, [{ branch, limit: 1 }])) {
      if (to === null) deleted.set(branch, 'logged')
    }
  }
  return deleted
}

/** A source without a log: it has the revisions that its deleted branches had, another database has not. */
async function keptBy(
  has: (refs: readonly Ref[]) => Promise<readonly boolean[]>,
  gone: HeadTable
): Promise<Map<string, Deletion>> {
  const known = [...gone].filter(([, ref]) => ref !== '') // a client names no heads
  const there = await has(known.map(([, ref]) => ref))
  const kept = known.filter((_known, place) => there[place])
  return new Map(kept.map(([name]) => [name, 'kept']))
}
