/**
 * Drives the native state machines for set discovery over an embedded database, and for which revisions a tip
 * reaches.
 */

import { setImmediate as turn } from 'node:timers/promises'
import type { Ref } from '../base/types.js'
import type { Ask, Awaitable, Discovered } from '../engine.js'
import { type NativeDatabase, native } from '../native.js'
import { type End, refsOf, type Walks } from './walks.js'

/** Most refs that are looked up without a turn of the event loop. */
const slice = 8192

/** Finds the part of the history of `tips` that the other side has. */
export async function discoverNatively(
  db: NativeDatabase,
  walks: Walks,
  tips: readonly Ref[],
  ask: Ask,
  signal: AbortSignal | undefined
): Promise<Discovered> {
  const seed = Math.floor(Math.random() * 2 ** 32)
  const discovery = await walks.read(() => native.discovery(db, [...tips], seed))
  let [rounds, asked] = [0, 0]
  let answers: boolean[] | undefined
  try {
    for (;;) {
      const next = (end?: End) => native.nextTurn(discovery, answers, end)
      const turn = await walks.ask(signal, next, (it) => it)
      const refs = await refsOf(turn.refs, signal)
      if (turn.isDone) return { common: refs, rounds, asked }
      rounds += 1
      asked += refs.length
      answers = [...(await ask(refs))]
    }
  } finally {
    native.endDiscovery(discovery)
  }
}

/** Whether each of `refs` exists and is reached by one of `tips`. */
export function reachedBy(
  db: NativeDatabase,
  walks: Walks,
  tips: readonly Ref[],
  refs: readonly Ref[],
  signal: AbortSignal | undefined
): Awaitable<boolean[]> {
  // What several tips reach is not cached from one call to the next.
  if (refs.length > slice && tips.length === 1) {
    return reachedInSlices(db, walks, tips, refs, signal)
  }
  const reached = (end?: End) => native.reachedBy(db, tips as Ref[], refs as Ref[], end)
  return walks.ask(signal, reached, (answer) => answer)
}

async function reachedInSlices(
  db: NativeDatabase,
  walks: Walks,
  tips: readonly Ref[],
  refs: readonly Ref[],
  signal: AbortSignal | undefined
): Promise<boolean[]> {
  const all: boolean[] = []
  for (let at = 0; at < refs.length; at += slice) {
    signal?.throwIfAborted()
    const part = await reachedBy(db, walks, tips, refs.slice(at, at + slice), signal)
    for (const isReached of part) all.push(isReached)
    await turn()
  }
  return all
}
