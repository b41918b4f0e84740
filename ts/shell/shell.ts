/**
 * The context in which a verb runs: its operands and options, the outputs, the environment, and its databases.
 */

import { exit, Misuse } from './fail.js'
import type { Output } from './output.js'
import type { Parsed } from './parse.js'
import type { Verb } from './verb.js'

/** The surroundings of the command. */
interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly out: Output
  readonly err: Output
  readonly input: NodeJS.ReadStream
}

/** The numbers that an option takes. */
interface Bounds {
  readonly least?: number
  readonly most?: number
}

/** One run of a verb. */
export class Shell {
  readonly verb: Verb
  readonly operands: readonly string[]
  readonly out: Output
  readonly err: Output
  readonly env: NodeJS.ProcessEnv
  readonly json: boolean
  readonly #surroundings: Surroundings
  readonly #options: Parsed['options']
  readonly #typed: Parsed['typed']
  readonly #endings: (() => Promise<unknown>)[] = []

  constructor(verb: Verb, { operands, options, typed }: Parsed, surroundings: Surroundings) {
    const { env, out, err } = surroundings
    this.#surroundings = surroundings
    this.verb = verb
    this.operands = operands
    this.#options = options
    this.#typed = typed
    this.env = env
    this.out = out
    this.err = err
    this.json = options.has('json')
  }

  /** The standard input, which is opened where it is first asked for. */
  get input(): NodeJS.ReadStream {
    return this.#surroundings.input
  }

  /** Whether an option without a value is given. */
  flag(name: string): boolean {
    return this.#options.has(name)
  }

  /** The value of an option. */
  option(name: string): string | undefined {
    const value = this.#options.get(name)
    return typeof value === 'string' ? value : undefined
  }

  /**
   * The value of an option as a count.
   *
   * @throws {Misuse} if it is not a count, or not one of at least `least` and at most `most`
   */
  count(
    name: string,
    { least = 0, most = Number.MAX_SAFE_INTEGER }: Bounds = {}
  ): number | undefined {
    const text = this.option(name)
    if (text === undefined) return undefined
    const count = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (count >= least && count <= most) return count
    const from = least > 0 ? ` of at least ${least}` : ''
    const upTo = most < Number.MAX_SAFE_INTEGER ? ` up to ${most}` : ''
    throw new Misuse(`${this.typed(name)} must be a whole number${from}${upTo}, not '${text}'`)
  }

  /** An option as it was typed, `-n` or `--limit`; with its long name if it was not given. */
  typed(name: string): string {
    return this.#typed.get(name) ?? `--${name}`
  }

  /** An operand that the table of verbs requires. */
  operand(at: number): string {
    const value = this.operands[at]
    if (value === undefined) throw new Misuse(`histo ${this.verb.name} ${this.verb.operands}`)
    return value
  }

  /** Whether somebody can be asked. */
  get canAsk(): boolean {
    return this.input.isTTY === true && this.err.isTerminal
  }

  /** Prints a value as JSON with `--json`, otherwise lines for people. */
  async tell(value: unknown, ...lines: readonly string[]): Promise<void> {
    if (this.json) return await this.out.json(value)
    for (const line of lines) await this.out.line(line)
  }

  /** Tells somebody at a terminal why nothing is printed, or what to do next; a pipe gets nothing. */
  async note(text: string): Promise<void> {
    if (this.out.isTerminal && !this.json) await this.err.line(`histo: ${text}`)
  }

  /** Registers work to do when the verb ends, whether it succeeds or fails. */
  atEnd(ending: () => Promise<unknown>): void {
    this.#endings.push(ending)
  }

  /** Closes all that was opened, the last first. */
  async close(): Promise<void> {
    for (let ending = this.#endings.pop(); ending; ending = this.#endings.pop()) await ending()
  }
}

/** Does the work of a verb; returns the exit code. */
export type Work = (shell: Shell) => Promise<number>

export { exit }
