/**
 * Converts values between LangGraph's serializer and the JSON of a revision.
 *
 * Values that the serializer writes as JSON are stored as JSON, so that an appended message costs only itself, and
 * `db.diff` can compare them. Anything else, and JSON that the database cannot represent, is stored as a string with its
 * type.
 */

import { MemorySaver, type SerializerProtocol } from '@langchain/langgraph-checkpoint'
import { isRecord } from '../base/arguments.js'
import { HistoError } from '../base/errors.js'
import { parseJson } from '../base/parse.js'

/** A value as stored in a revision: JSON text, and the serializer's type if it is a string instead of JSON. */
export interface Stored {
  readonly text: string
  readonly type: string | undefined
}

/** A value as it is read back; `type` as in `Stored`. */
interface Kept {
  readonly value: unknown
  readonly type: string | undefined
}

/** A value with more levels, or with a cycle, is left to the serializer. */
const deepest = 200

/** The mark of all objects from which LangGraph's own serializer makes something else. */
const mark = '"lc":'

/** The class of LangGraph's own serializer, which not all its versions export. */
const usualSerializer = new MemorySaver().serde.constructor

/** Writes and reads values by a serializer. */
export class Values {
  readonly #serde: SerializerProtocol
  /** Whether it is LangGraph's own, whose JSON is that of `JSON.stringify`, and needs reviving only if marked. */
  readonly #isUsual: boolean

  constructor(serde: SerializerProtocol) {
    this.#serde = serde
    this.#isUsual = serde.constructor === usualSerializer
  }

  /** The JSON of a value of which the serializer would write the same; `undefined` if that is not certain. */
  plain(value: unknown): string | undefined {
    return this.#isUsual && isPlain(value, 0) ? JSON.stringify(value) : undefined
  }

  /**
   * `value` in its stored form; `opaque`: never as JSON.
   *
   * @throws what the serializer throws, and a TypeError if it does not return a type and bytes
   */
  async store(value: unknown, opaque: boolean): Promise<Stored> {
    const plain = opaque ? undefined : this.plain(value)
    if (plain !== undefined) return { text: plain, type: undefined }
    const dumped: unknown = await this.#serde.dumpsTyped(value)
    const [type, bytes] = typed(dumped)
    if (type !== 'json') {
      return { text: JSON.stringify(Buffer.from(bytes).toString('base64')), type }
    }
    const text = typeof bytes === 'string' ? bytes : bufferOf(bytes).toString()
    if (!opaque && (this.#isUsual || isExact(text))) return { text, type: undefined }
    return { text: JSON.stringify(text), type }
  }

  /** Restores the value. */
  async load({ value, type }: Kept): Promise<unknown> {
    if (type !== undefined) {
      if (typeof value !== 'string') throw damaged(type)
      const bytes = Buffer.from(value, type === 'json' ? 'utf8' : 'base64')
      return await this.#serde.loadsTyped(type, new Uint8Array(bytes))
    }
    if (this.#isUsual && typeof value !== 'object') return value
    const text = JSON.stringify(value)
    if (this.#isUsual && !text.includes(mark)) return value
    return await this.#serde.loadsTyped('json', Buffer.from(text))
  }

  /** Whether every JSON value in `text` is the same as `load` would make it. */
  isPlain(text: string): boolean {
    return this.#isUsual && !text.includes(mark)
  }
}

/**
 * Whether a value consists only of what JSON has. Then LangGraph's serializer writes the same as
 * `JSON.stringify`, in twice the time.
 */
function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'number':
      return true
    case 'object':
      return value === null || (depth < deepest && isPlainObject(value, depth))
    default:
      return false
  }
}

function isPlainObject(value: object, depth: number): boolean {
  if (Array.isArray(value)) {
    if (Object.getPrototypeOf(value) !== Array.prototype || 'toJSON' in value) return false
    for (let at = 0; at < value.length; at += 1) {
      if (!isPlain(value[at], depth + 1)) return false // a hole too
    }
    return true
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return false
  if ('toJSON' in value) return false
  for (const key in value) {
    if (!isPlain((value as Record<string, unknown>)[key], depth + 1)) return false
  }
  return true
}

function typed(dumped: unknown): readonly [string, Uint8Array | string] {
  const [type, bytes] = Array.isArray(dumped) ? (dumped as unknown[]) : []
  const isText = typeof bytes === 'string'
  if (typeof type === 'string' && (isText || bytes instanceof Uint8Array)) return [type, bytes]
  throw new TypeError('dumpsTyped of the serializer must resolve with a type and bytes')
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Whether another serializer's text comes back unchanged except for the order of keys. */
function isExact(text: string): boolean {
  try {
    return JSON.stringify(parseJson(text)) === text
  } catch {
    return false
  }
}

function damaged(type: string): HistoError {
  return new HistoError('HISTO_CORRUPT', `a value of the type '${type}' is no string`)
}

/** `value` as an object, without inherited members. */
export function members(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {}
}
