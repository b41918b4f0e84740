/**
 * The characters of lanes: two columns for each lane.
 */

import { arm, type Cells, type Row } from '../rows/lanes.js'
import type { Output, Style } from './output.js'

const { up, down, left, right, dashed, crossed } = arm

const letters: Readonly<Record<number, string>> = {
  0: ' ',
  [up]: '╵',
  [down]: '╷',
  [up | down]: '│',
  [left | right]: '─',
  [up | right]: '╰',
  [up | left]: '╯',
  [down | right]: '╭',
  [down | left]: '╮',
  [up | down | right]: '├',
  [up | down | left]: '┤',
  [down | left | right]: '┬',
  [up | left | right]: '┴',
  [up | down | left | right]: '┼'
}

const palette: readonly Style[] = ['cyan', 'yellow', 'magenta', 'green', 'blue', 'red']

/** Draws lines of cells; where a horizontal line crosses a lane, the lane is drawn and the line interrupted. */
export class Letters {
  readonly #out: Output

  constructor(out: Output) {
    this.#out = out
  }

  /** The line of the revision, with its mark. */
  node({ node, column }: Row, mark: string): string {
    return this.#cells(node, (at) => (at === column ? mark : undefined))
  }

  /** A line of lanes, or of links. */
  line(cells: Cells): string {
    return this.#cells(cells, () => undefined)
  }

  /** A line of lanes, of which those at `ends` end. */
  ends(pad: Cells, ends: readonly number[]): string {
    return this.#cells(pad, (at) => (ends.includes(at) ? '~' : undefined))
  }

  #cells(cells: Cells, markAt: (at: number) => string | undefined): string {
    return cells.map((arms, at) => this.#cell(arms, at, markAt(at))).join('')
  }

  #cell(arms: number, at: number, mark: string | undefined): string {
    const tail = (arms & right) === 0 ? ' ' : '─'
    if (mark !== undefined) return `${mark}${tail}`
    const style = palette[at % palette.length] ?? 'cyan'
    return arms === 0 ? '  ' : this.#out.paint(style, letterOf(arms) + tail)
  }
}

function letterOf(arms: number): string {
  const isStraight = (arms & (left | right)) === 0 || (arms & crossed) !== 0
  if (isStraight && (arms & down) !== 0) return (arms & dashed) === 0 ? '│' : '┆'
  return letters[arms & (up | down | left | right)] ?? ' '
}
