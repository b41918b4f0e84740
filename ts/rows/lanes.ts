/**
 * Lays out a graph of revisions in lanes, row by row: the place of each revision, and the lines to its ancestors.
 *
 * Keeps only the open lanes, so that a history of any length is laid out as it is read, descendants before
 * ancestors. The rules are those of the renderer of Sapling and jj (`renderdag`). A lane leads to one revision, and a
 * revision goes into the lane that leads to it. Its first new ancestor takes over its lane, others take the first free
 * one. If its single ancestor already has a lane to the right, that lane is pulled to the left. Draws no characters.
 */

import type { Ref } from '../base/types.js'

/** A line from a revision down to an ancestor; without `ref`, its ref or number, that ancestor is not drawn. */
export interface Edge<K = Ref> {
  readonly ref: K | undefined
  /** Whether it is a direct ancestor; otherwise revisions in between are left out. */
  readonly isDirect: boolean
}

/** The arms of a cell, as bits. */
export const arm = { up: 1, down: 2, left: 4, right: 8, dashed: 16, crossed: 32 } as const

/** The arms of the cells of a line; 0 is an empty cell. */
export type Cells = readonly number[]

/** The layout of a revision's lines, from top to bottom. */
export interface Row {
  /** The lane of the revision; the other cells of its line are lanes that pass. */
  readonly column: number
  /** Whether no lane leads to it from above. */
  readonly isTip: boolean
  readonly node: Cells
  /** Lines to the ancestors; `undefined` if they only go straight down. */
  readonly link: Cells | undefined
  /** Lanes that end because their ancestor is not drawn. */
  readonly ends: readonly number[]
  /** The lanes below, for further lines of text. */
  readonly pad: Cells
  /** For each line to an ancestor, its lane below this row. */
  readonly targets: readonly number[]
  /** The lane whose line bends into the revision's lane below it. */
  readonly pulled: number | undefined
}

/** An open lane. */
export interface Lane<K = Ref> {
  ref: K | undefined
  isDirect: boolean
}

/** The lanes of a drawing of revisions, each named by a key: its ref, or a number. */
export class Lanes<K = Ref> {
  readonly #lanes: (Lane<K> | undefined)[]

  /** Continues from the open lanes of another drawing. */
  constructor(state: readonly (Lane<K> | undefined)[] = []) {
    this.#lanes = copied(state)
  }

  /** The state from which a drawing continues below this row. */
  get state(): readonly (Lane<K> | undefined)[] {
    return copied(this.#lanes)
  }

  /** The lanes that continue. */
  get open(): Cells {
    return this.#lanes.map(through)
  }

  /** The row of a revision; the rows of all its drawn descendants must have been made before. */
  row(ref: K, edges: readonly Edge<K>[]): Row {
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

  /** As `row` with direct edges, for a row that is not drawn. Makes nothing where a single ancestor takes over the lane. */
  pass(ref: K, ancestors: readonly K[]): void {
    const [only] = ancestors
    let own: Lane<K> | undefined
    let isMet = ancestors.length !== 1
    for (const lane of this.#lanes) {
      if (lane === undefined) continue
      if (lane.ref === ref) own = lane
      else if (lane.ref === only) isMet = true
    }
    if (own === undefined || isMet) {
      this.row(ref, directEdges(ancestors))
      return
    }
    own.ref = only
    own.isDirect = true
  }

  /** A free lane: `preferred` if it is free, otherwise the first, or a new one. */
  #freeLane(preferred: number): number {
    if (preferred < this.#lanes.length && this.#lanes[preferred] === undefined) return preferred
    const found = this.#lanes.indexOf(undefined)
    if (found >= 0) return found
    this.#lanes.push(undefined)
    return this.#lanes.length - 1
  }

  /** The lane in which an edge leads down. */
  #assign({ ref, isDirect }: Edge<K>, column: number): number {
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

  /** Moves a single ancestor's lane from the right into the revision's; returns the lane that it was in. */
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
    before: readonly (Lane<K> | undefined)[],
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

  /** The lanes that lead to nothing drawn. */
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

/** Edges to all ancestors, each direct. */
export function directEdges<K>(ancestors: readonly K[]): Edge<K>[] {
  return ancestors.map((ref) => ({ ref, isDirect: true }))
}

function copied<K>(lanes: readonly (Lane<K> | undefined)[]): (Lane<K> | undefined)[] {
  return lanes.map((lane) => (lane === undefined ? undefined : { ...lane }))
}

function through(lane: Lane<unknown> | undefined): number {
  if (lane === undefined) return 0
  return arm.up | arm.down | (lane.isDirect ? 0 : arm.dashed)
}
