/**
 * What one branch has under way: whether a put or `setHead` of it is unsettled, and what the latest
 * failed with, for those chained on it.
 */

/** The chain of a branch. */
export class BranchChain {
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
  get failure(): Error | undefined {
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
