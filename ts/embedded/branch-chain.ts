/**
 * The chain of pending writes of one branch: whether a put or `setHead` of it is pending, and the error of the latest
 * one, for those chained on it.
 */

/** The chains of the branches that a write moves. */
export interface Chained {
  /** Called when a write begins on which others may be chained. */
  begin(): void
  /** Called when the write has ended. */
  settle(failure: Error | undefined): void
  /** The cause for writes that were chained; `index`: the part of a batch. */
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

  /** Whether a write of the branch is pending. */
  get follows(): boolean {
    return this.#unsettled > 0
  }

  /** The failure of the latest settled write, which is the cause for writes chained on it. */
  failureOf(): Error | undefined {
    return this.#failure
  }

  /** Called when a write begins on which others may be chained. */
  begin(): void {
    this.#unsettled += 1
  }

  /** Called when the write has ended; one that failed as misuse counts as never called. */
  settle(failure: Error | undefined): void {
    this.#unsettled -= 1
    if (!(failure instanceof TypeError)) this.#failure = failure
  }
}

/** The chains of a batch: for each part that of its branch, `undefined` if nothing is chained on the part. */
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
