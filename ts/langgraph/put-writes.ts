/**
 * Puts pending writes.
 *
 * All writes of a checkpoint are one revision, whose first ancestor is the checkpoint; each call puts a new one. Writes
 * may come before their checkpoint, since LangGraph sends them while it saves that. Concurrent writes are put together.
 */

import type { PendingWrite } from '@langchain/langgraph-checkpoint'
import { hasCode } from '../base/errors.js'
import type { Ref } from '../base/types.js'
import { type NewWrites, writesDraft } from './drafts.js'
import type { Entry, Lookup } from './lookup.js'
import { keyOf, type Place } from './names.js'
import { joined, type Write, writesOf } from './pending.js'
import type { Known } from './put.js'
import type { Recent } from './recent.js'
import type { Values } from './values.js'

/** Writes that wait until earlier ones are put. */
interface Waiting {
  /** The number of calls. */
  calls: number
  writes: Write[]
  /** Settles when the earlier ones are put. */
  done: Promise<void> | undefined
}

/** The writes of one task. */
interface TaskWrites {
  readonly writes: readonly PendingWrite[]
  readonly task: string
  readonly path: string
}

/** Puts pending writes. */
export class WritesPutter {
  readonly #lookup: Lookup
  readonly #recent: Recent<Known>
  /** By checkpoint, only while some are pending. */
  readonly #waiting = new Map<string, Waiting>()

  constructor(lookup: Lookup, recent: Recent<Known>) {
    this.#lookup = lookup
    this.#recent = recent
  }

  /** Whether writes to a checkpoint are pending. */
  isBusy(key: string): boolean {
    return this.#waiting.has(key)
  }

  /** Adds writes to those of a checkpoint, which need not exist yet. */
  async put(place: Place, id: string, given: TaskWrites, values: Values): Promise<void> {
    const key = keyOf(place, id)
    const waiting = this.#waiting.get(key) ?? { calls: 0, writes: [], done: undefined }
    this.#waiting.set(key, waiting)
    waiting.calls += 1
    try {
      const writes = await writesOf(values, given.writes, given.task, given.path)
      waiting.writes = joined(waiting.writes, writes)
      const { done: before } = waiting
      await before?.catch(() => undefined)
      // The first that waited puts all of them.
      if (waiting.done === before) waiting.done = this.#takeTurn(place, id, waiting)
      await waiting.done
    } finally {
      waiting.calls -= 1
      if (waiting.calls === 0) this.#waiting.delete(key)
    }
  }

  async #takeTurn(place: Place, id: string, waiting: Waiting): Promise<void> {
    const { writes } = waiting
    waiting.writes = []
    await this.#add(place, id, writes)
  }

  async #add(place: Place, id: string, writes: readonly Write[]): Promise<void> {
    const branch = await this.#lookup.indexBranch(place, id)
    for (;;) {
      const own = await this.#lookup.ownEntry(place, id)
      const checkpoint = await this.#checkpointOf(place, id, own)
      const all = joined(await this.#lookup.writesIn(own?.facts), writes)
      const before = own?.facts.ref
      if (await this.#write(branch, { place, id, writes: all, checkpoint, before })) {
        if (checkpoint !== undefined) this.#noteIndexed(keyOf(place, id))
        return
      }
    }
  }

  /** Puts writes if the head is still the revision that they replace. */
  async #write(branch: string, writes: NewWrites, opaque = false): Promise<boolean> {
    const { handle } = this.#lookup
    const move = { previousHead: writes.before ?? null, moveHead: true }
    try {
      await handle.write((engine) => engine.put(branch, writesDraft(handle, writes, opaque), move))
      return true
    } catch (error) {
      if (hasCode(error, 'HISTO_HEAD_CONFLICT')) return false
      // The database cannot represent this JSON, for example a lone surrogate.
      if (error instanceof TypeError && !opaque) return await this.#write(branch, writes, true)
      throw error
    }
  }

  async #checkpointOf(place: Place, id: string, own: Entry | undefined): Promise<Ref | undefined> {
    if (own?.facts.kind === 'checkpoint') return own.facts.ref
    if (own?.facts.kind === 'writes') return own.facts.ancestors[0]
    const recent = this.#recent.get(keyOf(place, id))
    return recent?.ref ?? (await this.#lookup.find(place, id))?.checkpoint.ref
  }

  #noteIndexed(key: string): void {
    const recent = this.#recent.get(key)
    if (recent?.isIndexed === false) this.#recent.set(key, { ...recent, isIndexed: true })
  }
}
