/**
 * What the command prints: lines on the standard output, in colour where that is a terminal, and notes on the other.
 *
 * A reader that goes away (`histo log | head`) ends the command quietly.
 */

import { once } from 'node:events'
import { shownJson } from '../base/shown.js'
import { codeOf, NobodyReads } from './fail.js'

const styles = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36
} as const

/** A colour or weight of text. */
export type Style = keyof typeof styles

/** Whether there is colour, however the output looks. */
export type Colour = 'always' | 'never' | 'auto'

/** Columns where nothing is known of the terminal. */
const usualColumns = 80

/** Whether colour may be sent to a stream. */
export function takesColour(
  stream: NodeJS.WriteStream,
  colour: Colour,
  env: NodeJS.ProcessEnv
): boolean {
  if (colour !== 'auto') return colour === 'always'
  if (env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '') return false
  return stream.isTTY === true && env['TERM'] !== 'dumb'
}

/** One of the two outputs. */
export class Output {
  readonly isTerminal: boolean
  readonly hasColour: boolean
  readonly #stream: NodeJS.WriteStream
  #failure: unknown

  constructor(stream: NodeJS.WriteStream, hasColour: boolean) {
    this.#stream = stream
    this.isTerminal = stream.isTTY === true
    this.hasColour = hasColour
    stream.on('error', (error) => {
      this.#failure = codeOf(error) === 'EPIPE' ? new NobodyReads('nobody reads') : error
    })
  }

  /** Columns of the terminal; `Infinity` where it is none, since nothing is cut there. */
  get columns(): number {
    return this.isTerminal ? (this.#stream.columns ?? usualColumns) : Number.POSITIVE_INFINITY
  }

  /** Whether the reader has gone, or the medium failed. */
  get failure(): unknown {
    return this.#failure
  }

  /** `text` in a style, where there is colour. */
  paint(style: Style, text: string): string {
    return this.hasColour && text !== '' ? `\x1b[${styles[style]}m${text}\x1b[0m` : text
  }

  /** Prints a line, and waits where the reader is slow. */
  line(text: string): Promise<void> {
    return this.write(`${text}\n`)
  }

  /** Prints a value as JSON in a line. */
  json(value: unknown): Promise<void> {
    return this.line(shownJson(value))
  }

  /** Prints text or bytes as they are. */
  async write(chunk: string | Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#stream.write(chunk)) return
    await drained(this.#stream)
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Waits until all is written, and for what that failed with. */
  async end(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#stream.write('', () => resolve())
    })
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** Waits until a stream takes more, or has ended; what it failed with is its listener's. */
async function drained(stream: NodeJS.WriteStream): Promise<void> {
  const waiting = new AbortController()
  const { signal } = waiting
  const events = ['drain', 'close'].map((event) => once(stream, event, { signal }))
  await Promise.race(events).catch(() => undefined)
  waiting.abort() // takes the other listener away
}
