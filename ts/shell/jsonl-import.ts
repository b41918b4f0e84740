/**
 * `import jsonl`: revisions and heads of JSON Lines. Each ref is checked against its revision; the heads are set once
 * all revisions are written.
 */

import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { isRecord } from '../base/arguments.js'
import { HistoError } from '../base/errors.js'
import { isName, isRemoteName } from '../base/names.js'
import type { StreamItem } from '../base/options.js'
import { counted, shown } from '../base/shown.js'
import type { Meta, Ref } from '../base/types.js'
import { Misuse, withFile } from './fail.js'
import { readJson } from './json-place.js'
import { moveHeads } from './move-heads.js'
import { writingAfter } from './open.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'

/** Lines whose numbers are kept, for errors: more than are read before their revisions are written. */
const mostPlaces = 1024

/** A line: a revision, a head, or a remote head. */
interface Line {
  readonly ref?: unknown
  readonly ancestors?: unknown
  readonly data?: unknown
  readonly bytes?: unknown
  readonly meta?: unknown
  readonly head?: unknown
  readonly remote?: unknown
}

/** Reads a file; `-` is the standard input. */
export async function importLines(shell: Shell): Promise<number> {
  const file = shell.operand(1)
  const name = file === '-' ? 'the standard input' : shown(file)
  const lines = new Lines(name)
  // The first revision is read before the database is made: a file of something else leaves none.
  const [db, { first, rest }] = await writingAfter(shell, async () => {
    const input = file === '-' ? shell.input : (await open(file)).createReadStream()
    shell.atEnd(async () => input.destroy()) // after a failure nothing more is waited for
    const revisions = lines.revisions(linesOf(input, file))
    return { first: await revisions.next(), rest: revisions }
  })
  const progress = new Progress(shell, 'importing')
  const stream = counting(joined(first, rest), (count) => progress.show(count, 0))
  try {
    await db.writeStream(stream).finally(() => progress.end())
    await moveHeads(
      db,
      [...lines.heads].map(([branch, ref]) => ({ branch, ref }))
    )
    for (const [remote, ref] of lines.remotes) await db.setRemoteHead(remote, ref)
  } catch (error) {
    throw lines.placed(error)
  }
  const { count: revisions, heads, remotes } = lines
  const names = [...heads.keys()]
  const told = names.length === 0 ? '' : `; heads: ${names.map(shown).join(', ')}`
  await shell.tell(
    { revisions, heads: Object.fromEntries(heads), remotes: Object.fromEntries(remotes) },
    `${counted(revisions, 'revision')}${told}`
  )
  return exit.done
}

/** Starts to read when it is iterated: until then nobody would hear of an error. */
async function* linesOf(input: NodeJS.ReadableStream, file: string): AsyncGenerator<string> {
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  } catch (error) {
    throw withFile(file, error)
  }
}

async function* joined<T>(first: IteratorResult<T>, rest: AsyncIterable<T>): AsyncGenerator<T> {
  if (first.done !== true) yield first.value
  yield* rest
}

async function* counting<T>(items: AsyncIterable<T>, onCount: (count: number) => void) {
  let count = 0
  for await (const item of items) {
    yield item
    count += 1
    onCount(count)
  }
}

class Lines {
  readonly heads = new Map<string, Ref>()
  readonly remotes = new Map<string, Ref>()
  count = 0
  /** By ref: the number of the line that had it first, of the latest lines. */
  readonly #places = new Map<string, number>()
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  /** The revisions among the lines; heads are kept for later. */
  async *revisions(lines: AsyncIterable<string>): AsyncGenerator<StreamItem<unknown>> {
    let number = 0
    for await (const text of lines) {
      number += 1
      if (text.trim() === '') continue
      const line = readJson(text, this.#name, number)
      const item = this.#item(Object(line) as Line, number)
      if (item === undefined) continue
      this.count += 1
      yield item
    }
  }

  #item(line: Line, number: number): StreamItem<unknown> | undefined {
    const { ref, head, remote, ancestors, meta, bytes } = line
    if (typeof ref !== 'string') throw this.#wrong(number, 'has no ref')
    this.#keep(ref, number)
    if (typeof head === 'string') {
      if (!isName(head)) throw this.#wrong(number, 'has a head whose name no branch can have')
      this.heads.set(head, ref)
    } else if (typeof remote === 'string') {
      if (!isRemoteName(remote)) throw this.#wrong(number, 'has a name that no remote can have')
      this.remotes.set(remote, ref)
    } else {
      if (!isRefs(ancestors)) throw this.#wrong(number, 'has no list of ancestors')
      const data =
        typeof bytes === 'string' ? new Uint8Array(Buffer.from(bytes, 'base64')) : line.data
      if (data === undefined) throw this.#wrong(number, 'has neither data nor bytes')
      if (meta !== undefined && !isRecord(meta)) {
        throw this.#wrong(number, 'has a meta that is no object')
      }
      return { ref, ancestors, data, ...(meta === undefined ? {} : { meta: meta as Meta }) }
    }
    return undefined
  }

  /** An error of the database, with the line of the revision or head that it is about, if that was read lately. */
  placed(error: unknown): unknown {
    if (!(error instanceof HistoError) || error.ref === undefined) return error
    const number = this.#places.get(error.ref)
    if (number === undefined) return error
    const message = `line ${number} of ${this.#name}: ${error.message}`
    return new HistoError(error.code, message, { ref: error.ref, cause: error })
  }

  #keep(ref: string, number: number): void {
    if (this.#places.has(ref)) return
    this.#places.set(ref, number)
    const [oldest = ref] = this.#places.keys()
    if (this.#places.size > mostPlaces) this.#places.delete(oldest)
  }

  #wrong(number: number, what: string): Misuse {
    const form = '{ ref, ancestors, data or bytes, meta? }, { head, ref } or { remote, ref }'
    return new Misuse(`line ${number} of ${this.#name} ${what}; a line is ${form}`)
  }
}

function isRefs(value: unknown): value is Ref[] {
  return Array.isArray(value) && value.every((ref) => typeof ref === 'string')
}
