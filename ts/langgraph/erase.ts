/**
 * Deletes threads: for good on a path and in memory; over users' stores the next `prune` does that.
 *
 * One commit replaces all heads of the thread by one that keeps everything reachable for erasing. An interruption leaves
 * that head, and the next deletion of the thread continues with it.
 */

import type { NamedRef } from '../base/names.js'
import type { Ref } from '../base/types.js'
import type { HeadOperation } from '../engine.js'
import type { Lookup } from './lookup.js'
import { erasingBranch, isOurs, threadIndex, threadPrefix } from './names.js'

/** Erasures in one commit. */
const group = 256

/** Deletes all checkpoints and writes of a thread. Revisions that a branch outside of threads reaches keep their data. */
export async function deleteThread(lookup: Lookup, thread: string): Promise<void> {
  await lookup.writer()
  const index = await lookup.heads(threadIndex(thread))
  const leaves = await lookup.heads(threadPrefix(thread))
  const heads = [...leaves, ...index]
  // Absent if the engine cannot erase, as over users' stores.
  if (lookup.handle.engine.dataOf === undefined) return await forget(lookup, heads)
  const held = await hold(lookup, erasingBranch(thread), heads)
  if (held === null) return
  await eraseAll(lookup, held, new Set(heads.map(({ name }) => name)))
  await lookup.handle.write((engine) => engine.deleteBranch(erasingBranch(thread), held))
}

/** Deletes the heads, those of leaves first. */
async function forget({ handle }: Lookup, heads: readonly NamedRef[]): Promise<void> {
  for (const { name } of heads) {
    await handle.write((engine) => engine.deleteBranch(name, undefined))
  }
}

/** Replaces all heads by a revision that has them as ancestors; returns `null` if there is nothing. */
async function hold(
  { handle }: Lookup,
  branch: string,
  heads: readonly NamedRef[]
): Promise<Ref | null> {
  const left = await handle.ask((engine) => engine.head(branch))
  if (heads.length === 0) return left
  const refs = heads.map(({ ref }) => ref)
  const ancestors = [...new Set(left === null ? refs : [left, ...refs])]
  const draft = { payload: 'null', ancestors }
  const [held] = await handle.write((engine) =>
    engine.batch([
      { type: 'put', branch, draft, previousHead: left },
      ...heads.map(
        ({ name, ref }): HeadOperation => ({
          type: 'deleteBranch',
          branch: name,
          previousHead: ref
        })
      )
    ])
  )
  return held ?? null
}

/** Erases what `held` but no branch outside of threads reaches, newest first, so that no stored delta needs an erased base. */
async function eraseAll({ handle }: Lookup, held: Ref, own: ReadonlySet<string>): Promise<void> {
  const all = { prefix: '', after: undefined, limit: Number.POSITIVE_INFINITY }
  const branches = await handle.ask((engine) => engine.heads('heads/', all))
  const others = branches.filter(({ name }) => !isOurs(name) && !own.has(name))
  const refs = await handle.ask((engine) =>
    engine.refDifference([...new Set(others.map(({ ref }) => ref))], held, undefined)
  )
  for (let at = 0; at < refs.length; at += group) {
    const part = refs.slice(at, at + group)
    await handle.write((engine) => engine.erase(part, true)).catch(() => each(handle, part))
  }
}

/** Erases all that can be erased (a damaged revision cannot); throws the first failure at the end. */
async function each(handle: Lookup['handle'], refs: readonly Ref[]): Promise<void> {
  const done = await Promise.allSettled(
    refs.map((ref) => handle.write((engine) => engine.erase([ref], true)))
  )
  const failed = done.find((outcome) => outcome.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
