/**
 * Puts checkpoints.
 *
 * A checkpoint follows its parent on the parent's branch if the parent is its head; otherwise it begins a branch:
 * a fork. Either is one write with the expected head, so that if two processes continue from one checkpoint, nothing is
 * lost: the second forks.
 */

import { HistoError, hasCode } from '../base/errors.js'
import type { Ref } from '../base/types.js'
import type { Draft } from '../engine.js'
import { checkpointDraft } from './drafts.js'
import type { Lookup } from './lookup.js'
import { continued, isOf, keyOf, leafBranch, type Place } from './names.js'
import type { Recent } from './recent.js'
import type { StoredState } from './state.js'

/** A checkpoint with the branch that it was put on. */
interface Put {
  readonly branch: string
  readonly ref: Ref
}

/** A recently put checkpoint, whose children will come next. */
export interface Known extends Put {
  readonly id: string
  /** Whether an index branch leads to it. */
  readonly isIndexed: boolean
}

/** A checkpoint that another one will follow. */
interface Parent extends Known {
  readonly isRecent: boolean
}

/** A checkpoint to be put. */
interface NewCheckpoint {
  readonly place: Place
  readonly id: string
  readonly parentId: string | undefined
  readonly time: string | undefined
  readonly metadata: unknown
  /** Serializes it; `opaque`: never as JSON. */
  readonly store: (opaque: boolean) => Promise<StoredState>
}

/** Puts checkpoints. */
export class Putter {
  readonly #lookup: Lookup
  readonly #recent: Recent<Known>

  readonly #isWritten: (key: string) => boolean

  /** `isWritten`: whether writes to a checkpoint, which index it, are pending. */
  constructor(lookup: Lookup, recent: Recent<Known>, isWritten: (key: string) => boolean) {
    this.#lookup = lookup
    this.#recent = recent
    this.#isWritten = isWritten
  }

  async put(checkpoint: NewCheckpoint): Promise<Ref> {
    const { place, id, parentId } = checkpoint
    const parent = parentId === undefined ? undefined : await this.#parent(place, parentId)
    const { branch, ref } = await this.#putEither(checkpoint, parent)
    this.#recent.set(keyOf(place, id), { ref, id, branch, isIndexed: false })
    return ref
  }

  async #putEither(checkpoint: NewCheckpoint, parent: Parent | undefined): Promise<Put> {
    const state = await checkpoint.store(false)
    try {
      return await this.#putOn(checkpoint, state, parent)
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      // The database cannot represent this JSON, for example a lone surrogate.
      return await this.#putOn(checkpoint, await checkpoint.store(true), parent)
    }
  }

  async #parent(place: Place, id: string): Promise<Parent | undefined> {
    const recent = this.#recent.get(keyOf(place, id))
    if (recent !== undefined) return { ...recent, isRecent: true }
    return await this.#found(place, id)
  }

  async #found(place: Place, id: string): Promise<Parent | undefined> {
    const found = await this.#lookup.find(place, id)
    if (found === undefined) return undefined
    const { checkpoint, isIndexed } = found
    const { ref, branch = '' } = checkpoint
    return { ref, id, branch, isIndexed, isRecent: false }
  }

  async #putOn(
    checkpoint: NewCheckpoint,
    state: StoredState,
    parent: Parent | undefined
  ): Promise<Put> {
    const writer = await this.#lookup.writer()
    const { place, id } = checkpoint
    const make = (branch: string) => {
      const { parentId, metadata, time } = checkpoint
      const lostParent = parent === undefined ? parentId : undefined
      const facts = { kind: 'checkpoint', place, id, lostParent, branch, time, metadata } as const
      return checkpointDraft(this.#lookup.handle, facts, state, parent?.ref)
    }
    const next = parent && (await this.#next(parent, writer))
    if (next !== undefined) {
      const { branch } = next
      const ref = await this.#follow(place, branch, make(branch), next.previous, parent)
      if (ref !== undefined) return { branch, ref }
    }
    const fresh = parent?.isRecent ? await this.#found(place, parent.id) : undefined
    // Another process has replaced it.
    if (fresh !== undefined && fresh.ref !== parent?.ref) {
      return await this.#putOn(checkpoint, state, fresh)
    }
    // Skipped without a parent, as at the beginning of most threads.
    const again = parent && (await this.#again(checkpoint, make))
    if (again !== undefined) return again
    const fork = leafBranch(place, id, writer)
    const ref = await this.#follow(place, fork, make(fork), null, parent)
    if (ref !== undefined) return { branch: fork, ref }
    const late = await this.#again(checkpoint, make)
    if (late !== undefined) return late
    const message = `the branch '${fork}' of a new checkpoint has a head already`
    throw new HistoError('HISTO_HEAD_CONFLICT', message, { key: fork, retryable: true })
  }

  /**
   * The branch on which a child of `parent` continues, and its expected head: the parent or, if another
   * database put the parent, this database's last head of it. `undefined` if something else follows the parent.
   */
  async #next(
    { ref, branch: of, isRecent }: Parent,
    writer: string
  ): Promise<{ branch: string; previous: Ref | null } | undefined> {
    const { handle } = this.#lookup
    if (isOf(writer, of)) {
      const isHead = isRecent || (await handle.ask((engine) => engine.head(of))) === ref
      return isHead ? { branch: of, previous: ref } : undefined
    }
    const branch = continued(of, writer)
    const head = await handle.ask((engine) => engine.head(branch))
    if (head === null) return { branch, previous: null }
    const isBehind = await handle.ask((engine) => engine.isAncestor(head, ref, undefined))
    return isBehind ? { branch, previous: head } : undefined
  }

  /** Puts on a branch, and meanwhile indexes the parent, which is no longer a leaf. If indexing fails, it is done later. */
  async #follow(
    place: Place,
    branch: string,
    draft: Draft,
    previousHead: Ref | null,
    parent: Parent | undefined
  ): Promise<Ref | undefined> {
    const [ref] = await Promise.all([
      this.#write(branch, draft, previousHead),
      parent === undefined ? undefined : this.#index(place, parent)
    ])
    return ref
  }

  async #index(place: Place, parent: Parent): Promise<void> {
    const key = keyOf(place, parent.id)
    if (parent.isIndexed || this.#recent.get(key)?.isIndexed || this.#isWritten(key)) return
    if (!(await this.#lookup.index(place, parent))) return
    const recent = this.#recent.get(key)
    if (recent?.isIndexed === false) this.#recent.set(key, { ...recent, isIndexed: true })
  }

  /** Puts if the head is `previousHead`; otherwise returns `undefined`. */
  async #write(branch: string, draft: Draft, previousHead: Ref | null): Promise<Ref | undefined> {
    try {
      return await this.#lookup.handle.write((engine) =>
        engine.put(branch, draft, { previousHead, moveHead: true })
      )
    } catch (error) {
      if (hasCode(error, 'HISTO_HEAD_CONFLICT')) return undefined
      throw error
    }
  }

  /** Replaces a checkpoint with the same id that nothing follows; returns `undefined` if there is no such id. */
  async #again(
    { place, id }: NewCheckpoint,
    make: (branch: string) => Draft
  ): Promise<Put | undefined> {
    const found = await this.#lookup.findNear(place, id)
    if (found === undefined) return undefined
    const { branch = '', ref: before } = found.checkpoint
    const { handle } = this.#lookup
    const ref = await handle.write((engine) =>
      engine.put(branch, make(branch), { previousHead: undefined, moveHead: false })
    )
    if (ref === before) return { branch, ref }
    try {
      await handle.write((engine) => engine.setHead(branch, ref, before))
    } catch (error) {
      throw hasCode(error, 'HISTO_HEAD_CONFLICT') ? hasChildren(id, branch, error) : error
    }
    const own = await this.#lookup.ownEntry(place, id)
    if (own !== undefined) await this.#lookup.lead(place, own, ref)
    return { branch, ref }
  }
}

function hasChildren(id: string, branch: string, cause: unknown): HistoError {
  const message = `checkpoint '${id}' is there already, with others after it`
  return new HistoError('HISTO_CONFLICT', message, { key: branch, cause })
}
