/**
 * Draws the top of a history in the terminal, newest first, a lane for each line of work.
 *
 * Colours only where the output is a terminal that takes them.
 */

const palette = [36, 33, 32, 35, 34, 31]

/** Prints revisions `{ ref, ancestors }` in the order given, each with the text of `label`. */
export function drawGraph(revisions, label) {
  const lanes = [] // the ref that each lane leads down to, no two alike
  for (const revision of revisions) {
    if (!lanes.includes(revision.ref)) lanes.push(revision.ref)
    const at = lanes.indexOf(revision.ref)
    const cells = lanes.map((_ref, lane) => paint(lane === at ? '●' : '│', lane))
    console.log(`${cells.join(' ')}  ${label(revision)}`)
    descend(lanes, at, revision.ancestors)
  }
}

/** Leads the lane `at` on to the ancestors; prints a row for each lane that begins or ends. */
function descend(lanes, at, [first, ...others]) {
  for (const other of others) {
    const lane = lanes.indexOf(other)
    if (lane < 0) lanes.push(other)
    tie(lanes.length, at, lane < 0 ? lanes.length - 1 : lane, lane < 0 ? '╮' : '┤')
  }
  const twin = first === undefined ? -1 : lanes.indexOf(first)
  if (twin >= 0) tie(lanes.length, at, twin, '╯')
  if (twin >= 0 || first === undefined) {
    lanes[Math.min(at, twin < 0 ? at : twin)] = first
    lanes.splice(Math.max(at, twin), 1)
  } else {
    lanes[at] = first
  }
}

/** Prints the row that ties two lanes; `glyph` stands at the right one. */
function tie(count, one, other, glyph) {
  const [left, right] = [Math.min(one, other), Math.max(one, other)]
  const row = Array.from({ length: count }, (_empty, lane) => {
    const dash = lane >= left && lane < right ? paint('─', right) : ' '
    if (lane === left) return paint('├', lane) + dash
    if (lane === right) return paint(glyph, lane) + dash
    return paint(lane > left && lane < right ? '┼' : '│', lane) + dash
  })
  console.log(row.join('').trimEnd())
}

function paint(text, lane) {
  if (!process.stdout.isTTY || process.env.NO_COLOR) return text
  return `\x1b[${palette[lane % palette.length]}m${text}\x1b[0m`
}
