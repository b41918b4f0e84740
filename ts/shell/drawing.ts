/**
 * Draws revisions as a graph, each with lines of text beside it.
 */

import { type Edge, Lanes } from '../rows/lanes.js'
import { Letters } from './lane-letters.js'
import type { Output } from './output.js'
import { fitted, type Piece } from './revision-lines.js'
import { cut, padded, uncoloured } from './text.js'

/** Fewest columns of text, however many lanes there are. */
const leastText = 24

/** A graph that grows downwards. */
export class Drawing {
  readonly #out: Output
  readonly #lanes = new Lanes()
  readonly #letters: Letters
  /** The lane of a root in the line above. */
  #root: number | undefined

  constructor(out: Output) {
    this.#out = out
    this.#letters = new Letters(out)
  }

  /** The lines of a revision. After the last line of text come as many as the links need. */
  lines(ref: string, edges: readonly Edge[], mark: string, text: readonly Piece[][]): string[] {
    const row = this.#lanes.row(ref, edges)
    const letters = this.#letters
    // A root directly above another line's tip would look like its descendant.
    const gap = row.isTip && row.column === this.#root ? [letters.line(row.node).trimEnd()] : []
    const graphs = [letters.node(row, mark)]
    if (row.link !== undefined) graphs.push(letters.line(row.link))
    if (row.ends.length > 0) graphs.push(letters.ends(row.pad, row.ends))
    const pad = row.pad.map((arms, at) => (row.ends.includes(at) ? 0 : arms))
    while (graphs.length < text.length) graphs.push(letters.line(pad))
    this.#root = edges.length === 0 && graphs.length === 1 ? row.column : undefined
    const width = Math.max(...graphs.map((graph) => uncoloured(graph).length))
    const joined = graphs.map((graph, at) => this.#joined(graph, width, text[at] ?? []))
    return [...gap, ...joined]
  }

  /** The last line, if lanes lead to revisions that are not drawn; otherwise `undefined`. */
  end(): string | undefined {
    const { open } = this.#lanes
    const ends = open.flatMap((arms, at) => (arms === 0 ? [] : [at]))
    return ends.length === 0 ? undefined : this.#letters.ends(open, ends).trimEnd()
  }

  /** A line of the graph in `width` columns, and its text. */
  #joined(graph: string, width: number, pieces: readonly Piece[]): string {
    const { columns } = this.#out
    const text = fitted(pieces, Math.max(leastText, columns - width - 1), this.#out)
    const line = text === '' ? graph.trimEnd() : `${padded(graph, width)} ${text}`
    if (width + leastText < columns) return line
    const bare = uncoloured(line)
    const kept = cut(bare, columns)
    return kept === bare ? line : kept
  }
}
