/**
 * Draws the lines and dots of the visible rows.
 */

import type { GraphRow } from '../ts/page/protocol.js'

/** A row and its place. */
export interface Drawn {
  readonly row: GraphRow
  /** Its middle, in pixels from the top. */
  readonly y: number
  readonly isHead: boolean
  readonly isSelected: boolean
}

/** Sizes in pixels. */
interface Geometry {
  readonly width: number
  readonly height: number
  readonly rowHeight: number
}

/** Pixels between lanes, and before the first. */
const laneWidth = 14
const margin = 14
/** Most lanes that are drawn. */
const mostLanes = 24

/** The width of lanes in pixels. */
export function widthOfLanes(lanes: number): number {
  return margin * 2 + (Math.min(lanes, mostLanes) - 1) * laneWidth
}

/** How many lanes a row takes. */
export function lanesOf({ column, lanes, targets }: GraphRow): number {
  return Math.max(column, ...lanes, ...targets) + 1
}

/** The colours of the lanes and of their background. */
interface Colours {
  readonly lanes: readonly string[]
  readonly back: string
}

/** Draws on a canvas. */
export class LaneCanvas {
  readonly element: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D | null
  #colours: Colours | undefined
  #size = ''

  constructor() {
    this.element = document.createElement('canvas')
    this.element.setAttribute('aria-hidden', 'true')
    this.#context = this.element.getContext('2d')
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#colours = undefined
    })
  }

  /** Draws rows, from top to bottom. */
  draw(rows: readonly Drawn[], { width, height, rowHeight }: Geometry): void {
    const context = this.#context
    if (context === null) return
    this.#resize(context, width, height)
    const colours = this.#colours ?? this.#readColours()
    context.clearRect(0, 0, width, height)
    context.lineWidth = 2
    context.lineCap = 'round'
    for (const drawn of rows) lines(context, drawn, rowHeight, colours)
    for (const drawn of rows) dot(context, drawn, colours)
  }

  #resize(context: CanvasRenderingContext2D, width: number, height: number): void {
    const scale = devicePixelRatio
    const size = `${width} ${height} ${scale}`
    if (size === this.#size) return
    this.#size = size
    this.element.width = Math.round(width * scale)
    this.element.height = Math.round(height * scale)
    this.element.style.width = `${width}px`
    this.element.style.height = `${height}px`
    context.setTransform(scale, 0, 0, scale, 0, 0)
  }

  #readColours(): Colours {
    const style = getComputedStyle(document.documentElement)
    const names = Array.from({ length: 8 }, (_, at) => `--lane-${at}`)
    const lanes = names.map((name) => style.getPropertyValue(name).trim() || 'gray')
    this.#colours = { lanes, back: style.getPropertyValue('--back').trim() || 'white' }
    return this.#colours
  }
}

function xOf(lane: number): number {
  return margin + Math.min(lane, mostLanes) * laneWidth
}

function colourOf({ lanes }: Colours, lane: number): string {
  return lanes[lane % lanes.length] ?? 'gray'
}

/** The lines from the middle of a row to that of the next. */
function lines(
  context: CanvasRenderingContext2D,
  { row, y }: Drawn,
  rowHeight: number,
  colours: Colours
): void {
  const { column, lanes, targets, pulled } = row
  const draw = (from: number, to: number, lane: number) => {
    if (Math.min(from, to) > mostLanes) return
    context.strokeStyle = colourOf(colours, lane)
    context.beginPath()
    context.moveTo(xOf(from), y)
    curve(context, xOf(from), xOf(to), y, y + rowHeight)
    context.stroke()
  }
  for (const lane of lanes) draw(lane, lane === pulled ? column : lane, lane)
  for (const target of targets) draw(column, target, Math.max(column, target))
}

function curve(
  context: CanvasRenderingContext2D,
  from: number,
  to: number,
  y: number,
  below: number
): void {
  const middle = (y + below) / 2
  if (from === to) context.lineTo(to, below)
  else context.bezierCurveTo(from, middle, to, middle, to, below)
}

/** A dot: larger for a head, hollow for a merge, with a ring for the selected revision. */
function dot(
  context: CanvasRenderingContext2D,
  { row, y, isHead, isSelected }: Drawn,
  colours: Colours
): void {
  const { column, targets } = row
  if (column > mostLanes) return
  const [x, colour] = [xOf(column), colourOf(colours, column)]
  const radius = isHead ? 5.5 : 4
  if (isSelected) disc(context, x, y, radius + 4.5, colour, 0.3)
  disc(context, x, y, radius + 1.5, colours.back)
  disc(context, x, y, radius, colour)
  if (targets.length > 1) disc(context, x, y, radius - 2, colours.back)
}

function disc(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  radius: number,
  colour: string,
  alpha = 1
): void {
  context.globalAlpha = alpha
  context.fillStyle = colour
  context.beginPath()
  context.arc(x, y, radius, 0, Math.PI * 2)
  context.fill()
  context.globalAlpha = 1
}
