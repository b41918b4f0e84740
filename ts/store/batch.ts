/**
 * `batch` over stores: stages all operations on the current heads, writes the revisions, and moves all heads by
 * one `compareAndSwapMany`. If another process moved one of them meanwhile, it starts over.
 */

import { HistoError, headConflict, withIndex } from '../base/errors.js'
import { headKey } from '../base/keys.js'
import type { Ref } from '../base/types.js'
import type { HeadOperation } from '../engine.js'
import { found } from './found.js'
import type { HeadSwap } from './interfaces.js'
import { entriesOf } from './log.js'
import { type ChainLink, type Chains, chainedFailure } from './queue.js'
import { Staged, type Staging } from './staging.js'
import type { StoredHeads } from './stored-heads.js'
import type { StoredRevisions } from './stored-revisions.js'

/** Most tries of swaps that are refused although all keys hold the expected values. */
const swapTries = 100

/** What a batch needs of the rest of the engine. */
interface BatchSurroundings {
  readonly revisions: StoredRevisions
  readonly heads: StoredHeads
  readonly staging: Staging
  readonly headSeen: (branch: string, head: Ref | null) => void
}

/** The operations of one batch, and the links of their branches. */
export class StoredBatch {
  readonly #operations: readonly HeadOperation[]
  readonly #signal: AbortSignal | undefined
  readonly #links = new Map<string, ChainLink | undefined>()

  /** Chains the operations, and makes later writes of their branches chain on them. */
  constructor(
    operations: readonly HeadOperation[],
    chains: Chains,
    signal: AbortSignal | undefined
  ) {
    this.#operations = operations
    this.#signal = signal
    const leading = operations.filter(({ type }) => type !== 'deleteBranch')
    for (const branch of new Set(leading.map((operation) => operation.branch))) {
      this.#links.set(branch, chains.lead(branch, true, signal))
    }
  }

  /** Records the outcome for writes that are chained on the batch. */
  settled(failure: unknown): void {
    for (const link of this.#links.values()) link?.settled(failure)
  }

  /** Does all operations; resolves with the ref of each. */
  async run(around: BatchSurroundings): Promise<(Ref | null)[]> {
    if (this.#operations.length === 0) return []
    if (!around.heads.swapsMany) throw cannotSwapMany()
    const branches = [...new Set(this.#operations.map(({ branch }) => branch))]
    for (let refused = 0; refused < swapTries; ) {
      this.#signal?.throwIfAborted()
      const before = await this.#read(branches, around.heads)
      const { refs, after, moved } = await this.#attempt(before, around)
      const swaps = branches.map((branch) => swapOf(branch, before, after))
      const entries = around.heads.logs
        ? moved.flatMap((branch) =>
            entriesOf(branch, before.get(branch) ?? null, after.get(branch) ?? null, {
              action: 'batch'
            })
          )
        : []
      const failed = await around.heads.swapMany(swaps, this.#signal, entries)
      if (failed === -1) {
        for (const branch of branches) around.headSeen(branch, after.get(branch) ?? null)
        return refs
      }
      const { key = '', expected = null } = swaps[failed] ?? {}
      refused = (await around.heads.read(key, this.#signal)) === expected ? refused + 1 : 0
    }
    const message =
      'branchStore.compareAndSwapMany refuses swaps although what they expect is there'
    throw new HistoError('HISTO_STORE', message)
  }

  async #read(branches: readonly string[], heads: StoredHeads): Promise<Map<string, Ref | null>> {
    const values = await heads.readManySettled(branches.map(headKey), this.#signal)
    return new Map(branches.map((branch, place) => [branch, values[place] ?? null]))
  }

  /** Writes the revisions of all operations, and returns the new heads, and the branches in the order of their moves. */
  async #attempt(before: ReadonlyMap<string, Ref | null>, around: BatchSurroundings) {
    const staged = new Staged(this.#signal)
    const after = new Map(before)
    const met = new Set<string>()
    const moved = new Set<string>()
    const refs: (Ref | null)[] = []
    for (const [index, operation] of this.#operations.entries()) {
      const { branch } = operation
      try {
        if (!met.has(branch)) this.#expectUnbroken(operation)
        met.add(branch)
        const former = after.get(branch) ?? null
        const head = await this.#apply(operation, former, staged, around)
        after.set(branch, head)
        if (head !== former) moved.add(branch)
        refs.push(head)
      } catch (error) {
        throw error instanceof Error ? withIndex(error, index) : error
      }
    }
    await around.staging.store(staged)
    return { refs, after, moved: [...moved] }
  }

  /** Does one operation on the head of its branch; returns the new head. */
  async #apply(
    operation: HeadOperation,
    head: Ref | null,
    staged: Staged,
    { revisions, staging }: BatchSurroundings
  ): Promise<Ref | null> {
    const { type, previousHead } = operation
    if (type === 'setHead' && !staged.refs.has(operation.ref)) {
      const [known] = await revisions.has([operation.ref], this.#signal)
      if (known !== true) found(operation.ref, undefined)
    }
    const isThere = type === 'setHead' && head === operation.ref
    if (previousHead !== undefined && head !== previousHead && !isThere) {
      throw headConflict(operation.branch, head, previousHead)
    }
    if (type === 'deleteBranch') return null
    if (type === 'setHead') return operation.ref
    const [ref] = await staging.stage([operation.draft], head, staged)
    return ref ?? null
  }

  #expectUnbroken(operation: HeadOperation): void {
    if (operation.type !== 'put' || operation.draft.ancestors !== undefined) return
    const failure = this.#links.get(operation.branch)?.failure()
    if (failure !== undefined) throw chainedFailure(failure)
  }
}

function swapOf(
  branch: string,
  before: ReadonlyMap<string, Ref | null>,
  after: ReadonlyMap<string, Ref | null>
): HeadSwap {
  return {
    key: `heads/${branch}`,
    expected: before.get(branch) ?? null,
    value: after.get(branch) ?? null
  }
}

function cannotSwapMany(): HistoError {
  const message =
    'branchStore.compareAndSwapMany is missing: batch moves heads by it, all of them or none'
  return new HistoError('HISTO_STORE', message)
}
