/**
 * A graph of revisions in lanes, a row at a time: where each revision stands, and which lines lead to its ancestors.
 *
 * Knows only the lanes that are open, so that a history of any length is drawn as it is read, descendants before
 * ancestors. The rules are those of the renderer of Sapling and jj (`renderdag`): a lane leads to one revision; a
 * revision goes into the lane that leads to it; its first new ancestor takes over its lane, others the first free
 * one; a single ancestor that already has a lane to the right pulls that to the left. Draws no letters.
 */

/** A line from a revision down to an ancestor; without a `ref` to one that is not drawn. */
export interface Edge {
  readonly ref: string | undefined
  /** Whether it is an ancestor itself, or what is between is left out. */
  readonly isDirect: boolean
}

/** The arms of a cell, as bits. */
export const arm = { up: 1, down: 2, left: 4, right: 8, dashed: 16, crossed: 32 } as const

/** The arms of the cells of a line; 0 is an empty one. */
export type Cells = readonly number[]

/** The lines of a revision, from above. */
export interface Row {
  /** The lane of the revision; what its line has beside it are the lanes that pass. */
  readonly column: number
  /** Whether no lane led to it. */
  readonly isTip: boolean
  readonly node: Cells
  /** Lines to the ancestors; `undefined` where they only go straight down. */
  readonly link: Cells | undefined
  /** Lanes that end since their ancestor is not drawn. */
  readonly ends: readonly number[]
  /** The lanes below, as for another line of text. */
  readonly pad: Cells
  /** The lane below of each line to an ancestor. */
  readonly targets: readonly number[]
  /** The lane whose line bends into the revision's below it. */
  readonly pulled: number | undefined
}

/** A lane that is open. */
export interface Lane {
  readonly ref: string | undefined
  isDirect: boolean
}

/** The lanes of a drawing. */
export class Lanes {
  readonly #lanes: (Lane | undefined)[]

  /** Goes on from the open lanes of another drawing. */
  constructor(state: readonly (Lane | undefined)[] = []) {
    this.#lanes = copied(state)
  }

  /** What a drawing goes on from below this row. */
  get state(): readonly (Lane | undefined)[] {
    return copied(this.#lanes)
  }

  /** The lanes that lead on. */
  get open(): Cells {
    return this.#lanes.map(through)
  }

  /** The row of a revision; every descendant of it that is drawn has had its own. */
  row(ref: string, edges: readonly Edge[]): Row {
    const found = this.#lanes.findIndex((lane) => lane?.ref === ref)
    const isTip = found < 0
    const column = isTip ? this.#freeLane(0) : found
    const node = this.#lanes.map((lane, at) => (at === column ? 0 : through(lane)))
    this.#lanes[column] = undefined
    const before = [...this.#lanes]
    const targets = edges.map((edge) => this.#assign(edge, column))
    const pulled = this.#pull(column, targets)
    const link = this.#link(column, targets, before, pulled)
    const ends = this.#ends()
    const pad = this.#lanes.map(through)
    this.#free(ends)
    return { column, isTip, node, link, ends, pad, targets, pulled }
  }

  /** The first free lane, `preferred` before all others; a new one where there is none. */
  #freeLane(preferred: number): number {
    if (preferred < this.#lanes.length && this.#lanes[preferred] === undefined) return preferred
    const found = this.#lanes.indexOf(undefined)
    if (found >= 0) return found
    this.#lanes.push(undefined)
    return this.#lanes.length - 1
  }

  /** The lane that an edge leads down in. */
  #assign({ ref, isDirect }: Edge, column: number): number {
    const found = this.#lanes.findIndex((lane) => ref !== undefined && lane?.ref === ref)
    const lane = this.#lanes[found]
    if (lane !== undefined) {
      lane.isDirect ||= isDirect
      return found
    }
    const free = this.#freeLane(column)
    this.#lanes[free] = { ref, isDirect }
    return free
  }

  /** Brings a single ancestor's lane from the right into the revision's; the lane that it was in. */
  #pull(column: number, targets: number[]): number | undefined {
    const [from] = targets
    if (from === undefined || targets.length > 1 || from <= column) return undefined
    this.#lanes[column] = this.#lanes[from]
    this.#lanes[from] = undefined
    targets[0] = column
    return from
  }

  #link(
    column: number,
    targets: readonly number[],
    before: readonly (Lane | undefined)[],
    pulled: number | undefined
  ): number[] | undefined {
    const ends = pulled === undefined ? targets : [pulled]
    if (ends.every((at) => at === column)) return undefined
    const [first, last] = [Math.min(column, ...ends), Math.max(column, ...ends)]
    return this.#lanes.map((lane, at) => {
      const isTied = at === column || ends.includes(at)
      const isBetween = at >= first && at <= last
      let arms = 0
      if (at === column || before[at] !== undefined) arms |= arm.up
      if (lane !== undefined) arms |= arm.down
      if (isBetween && at > first) arms |= arm.left
      if (isBetween && at < last) arms |= arm.right
      if (isBetween && !isTied && lane !== undefined) arms |= arm.crossed
      return lane?.isDirect === false ? arms | arm.dashed : arms
    })
  }

  /** The lanes that lead to nothing that is drawn. */
  #ends(): number[] {
    return this.#lanes.flatMap((lane, at) =>
      lane !== undefined && lane.ref === undefined ? [at] : []
    )
  }

  #free(ends: readonly number[]): void {
    for (const at of ends) this.#lanes[at] = undefined
    while (this.#lanes.length > 0 && this.#lanes.at(-1) === undefined) this.#lanes.pop()
  }
}

function copied(lanes: readonly (Lane | undefined)[]): (Lane | undefined)[] {
  return lanes.map((lane) => (lane === undefined ? undefined : { ...lane }))
}

function through(lane: Lane | undefined): number {
  if (lane === undefined) return 0
  return arm.up | arm.down | (lane.isDirect ? 0 : arm.dashed)
}
