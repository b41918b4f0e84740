/**
 * Plots: lines over two logarithmic axes, as SVG that reads well on light and on dark ground.
 */

/** A line of a plot: `[x, y]`, both above 0. */
export interface Line {
  readonly name: string
  readonly points: readonly (readonly [number, number])[]
}

const width = 760
const height = 420
const box = { left: 70, right: 190, top: 40, bottom: 50 }
const colours = [
  '#0969da',
  '#cf222e',
  '#1a7f37',
  '#9a6700',
  '#8250df',
  '#bf3989',
  '#6e7781',
  '#0a7ea4'
]

/** Draws lines; the axes say what they count. */
export function plot(title: string, xName: string, yName: string, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points)
  const x = axis(
    points.map(([at]) => at),
    box.left,
    width - box.right
  )
  const y = axis(
    points.map(([, at]) => at),
    height - box.bottom,
    box.top
  )
  const grid = [
    ...x.marks.map((at) => rule(x.at(at), box.top, x.at(at), height - box.bottom)),
    ...y.marks.map((at) => rule(box.left, y.at(at), width - box.right, y.at(at)))
  ]
  const labels = [
    ...x.marks.map((at) => label(x.at(at), height - box.bottom + 18, short(at), 'middle')),
    ...y.marks.map((at) => label(box.left - 8, y.at(at) + 4, short(at), 'end')),
    label(box.left, 22, title, 'start', 'bold'),
    label((box.left + width - box.right) / 2, height - 10, xName, 'middle'),
    `<g transform="rotate(-90 16 ${height / 2})">${label(16, height / 2, yName, 'middle')}</g>`
  ]
  const drawn = lines.map(({ name, points: own }, n) => {
    const colour = colours[n % colours.length]
    const path = own.map(([a, b]) => `${round(x.at(a))},${round(y.at(b))}`).join(' ')
    const dots = own.map(
      ([a, b]) => `<circle cx="${round(x.at(a))}" cy="${round(y.at(b))}" r="3"/>`
    )
    const key = label(width - box.right + 16, box.top + 14 + n * 20, name, 'start')
    const line = `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`
    return `<g fill="${colour}">${line}${dots.join('')}${key}</g>`
  })
  const frame = `viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12"`
  const body = [...grid, `<g fill="#6e7781">${labels.join('\n')}</g>`, ...drawn].join('\n')
  return `<svg xmlns="http://www.w3.org/2000/svg" ${frame}>\n<title>${title}</title>\n${body}\n</svg>\n`
}

/** A logarithmic axis over whole decades. */
function axis(values: readonly number[], from: number, to: number) {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  return {
    at: (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
    marks: Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n))
  }
}

const round = (value: number) => Math.round(value * 10) / 10

function rule(x1: number, y1: number, x2: number, y2: number): string {
  const ends = `x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}"`
  return `<line ${ends} stroke="#6e7781" stroke-opacity="0.25"/>`
}

function label(x: number, y: number, text: string, anchor: string, weight = 'normal'): string {
  const place = `x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-weight="${weight}"`
  return `<text ${place}>${text}</text>`
}

/** 1,000 as 1k, 1,000,000 as 1M. */
function short(value: number): string {
  if (value >= 1e6) return `${value / 1e6}M`
  return value >= 1e3 ? `${value / 1e3}k` : `${Number(value.toPrecision(3))}`
}
