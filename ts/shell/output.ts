/**
 * The output of the command: lines on standard output, in colour on a terminal, and notes on standard error.
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

/** The option `--color`. */
export type Colour = 'always' | 'never' | 'auto'

/** Columns if the width of the terminal is not known. */
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

  /** Columns of the terminal; `Infinity` if it is not one, since lines are not cut then. */
  get columns(): number {
    return this.isTerminal ? (this.#stream.columns ?? usualColumns) : Number.POSITIVE_INFINITY
  }

  /** The error if the reader has gone or the medium failed. */
  get failure(): unknown {
    return this.#failure
  }

  /** `text` in a style, if there is colour. */
  paint(style: Style, text: string): string {
    return this.hasColour && text !== '' ? `\x1b[${styles[style]}m${text}\x1b[0m` : text
  }

  /** Prints a line, and waits for a slow reader. */
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

  /** Waits until all is written; throws if that failed. */
  async end(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#stream.write('', () => resolve())
    })
    if (this.#failure !== undefined) throw this.#failure
  }
}

/** Waits until a stream takes more, or has ended; its listener handles errors. */
async function drained(stream: NodeJS.WriteStream): Promise<void> {
  const waiting = new AbortController()
  const { signal } = waiting
  const events = ['drain', 'close'].map((event) => once(stream, event, { signal }))
  await Promise.race(events).catch(() => undefined)
  waiting.abort() // removes the other listener
}
