/**
 * What one branch has under way: whether a put or `setHead` of it is unsettled, and what the latest
 * failed with, for those chained on it.
 */

/** The chains of the branches that a write concerns. */
export interface Chained {
  /** A write that others are chained on begins. */
  begin(): void
  /** It has ended. */
  settle(failure: Error | undefined): void
  /** The cause of what was chained; `index`: which part of a batch. */
  failureOf(index: number | undefined): Error | undefined
}

/** The chain of a branch. */
export class BranchChain implements Chained {
  /** The number of the branch in batches. */
  readonly branch: number
  #unsettled = 0
  #failure: Error | undefined

  constructor(branch: number) {
    this.branch = branch
  }

  /** Whether a write of the branch is unsettled. */
  get follows(): boolean {
    return this.#unsettled > 0
  }

  /** The failure of the latest write that was settled, the cause of what was chained on it. */
  failureOf(): Error | undefined {
    return this.#failure
  }

  /** A write that others are chained on begins. */
  begin(): void {
    this.#unsettled += 1
  }

  /** It has ended; misuse counts as never asked for. */
  settle(failure: Error | undefined): void {
    this.#unsettled -= 1
    if (!(failure instanceof TypeError)) this.#failure = failure
  }
}

/** The chains of a batch: of the branch of each part, `undefined` where nothing is chained on the part. */
export class BatchChains implements Chained {
  readonly #parts: readonly (BranchChain | undefined)[]
  readonly #all: ReadonlySet<BranchChain>

  constructor(parts: readonly (BranchChain | undefined)[]) {
    this.#parts = parts
    this.#all = new Set(parts.filter((chain) => chain !== undefined))
  }

  begin(): void {
    for (const chain of this.#all) chain.begin()
  }

  settle(failure: Error | undefined): void {
    for (const chain of this.#all) chain.settle(failure)
  }

  failureOf(index: number | undefined): Error | undefined {
    return index === undefined ? undefined : this.#parts[index]?.failureOf()
  }
}
