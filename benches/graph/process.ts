/**
 * A program that answers by line, asked by turns with others.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A running program. One question at a time. */
export class Answering {
  readonly #program: string
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(program: string, path: string) {
    this.#program = program
    this.#child = spawn(program, [path], { stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.#child.stdout === null) throw new Error(`${program} has no output`)
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]()
  }

  /** Waits until it says that it is ready. */
  async ready(): Promise<this> {
    await this.#line()
    return this
  }

  /** The numbers that it answers to a line. */
  async ask(line: string): Promise<number[]> {
    this.#child.stdin?.write(`${line}\n`)
    return (await this.#line()).split(' ').map(Number)
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await exited
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`${this.#program} ended`)
    return value
  }
}
