/** What took how long, as a table. */

import { number } from './progress.mjs'

const header = ['step', 'revisions', 'time', 'a second']

/** Prints rows of `{ step, revisions?, ms }`. */
export function printTable(rows) {
  const cells = [header, ...rows.map(cellsOf)]
  const widths = header.map((_title, column) => Math.max(...cells.map((row) => row[column].length)))
  console.log()
  for (const [index, row] of cells.entries()) {
    const line = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])
    )
    console.log(line.join('  '))
    if (index === 0) console.log(widths.map((width) => '─'.repeat(width)).join('  '))
  }
}

function cellsOf({ step, revisions, ms }) {
  const time = ms < 1000 ? `${ms.toFixed(1)} ms` : `${(ms / 1000).toFixed(2)} s`
  if (revisions === undefined) return [step, '', time, '']
  return [step, number(revisions), time, number((revisions / ms) * 1000)]
}
