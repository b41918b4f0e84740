/**
 * Many small objects as one text: V8 prints an array of them in half the time that it takes for each by itself, and the
 * engine takes it apart.
 *
 * Only what comes out alike either way goes so. What is refused is found, and told, by making the drafts one by one.
 */

import { isRecord } from '../base/arguments.js'
import type { DraftRun } from '../engine.js'
import { refuseForgotten } from './forgotten.js'

/** The length of an array's text, in UTF-16 units, that is worth more elements. */
const goodLength = 1 << 16
const mostElements = 128
/** Elements of the first one, which tells how long they are. */
const firstElements = 16

/** Makes the runs of one `putMany`. */
export class Runs {
  readonly #items: readonly unknown[]
  #most = firstElements

  constructor(items: readonly unknown[]) {
    this.#items = items
  }

  /** The items from `start` on that go as one text; `undefined` where that is not for them. */
  from(start: number): DraftRun | undefined {
    if (this.#most < 2) return undefined
    try {
      return this.#take(start)
    } catch {
      this.#most = 0 // refused when it is made by itself
      return undefined
    }
  }

  #take(start: number): DraftRun | undefined {
    const data: object[] = []
    const end = Math.min(this.#items.length, start + this.#most)
    for (let at = start; at < end; at += 1) {
      const plain = plainData(this.#items[at])
      if (plain === undefined) break
      data.push(plain)
    }
    if (data.length < 2 || 'toJSON' in data) return undefined
    const array = JSON.stringify(data)
    const mean = array.length / data.length
    this.#most = Math.min(mostElements, Math.floor(goodLength / mean))
    return { array, count: data.length }
  }
}

/** The data of an item that has nothing else; `undefined` where it is no plain object or array, or prints itself. */
function plainData(item: unknown): object | undefined {
  if (!isRecord(item)) return undefined
  for (const name in item) if (name !== 'data') return undefined
  const { data } = item as { readonly data?: unknown }
  if (typeof data !== 'object' || data === null || ArrayBuffer.isView(data)) return undefined
  const prototype: unknown = Object.getPrototypeOf(data)
  if (prototype !== Object.prototype && prototype !== Array.prototype) return undefined
  if ('toJSON' in data) return undefined
  refuseForgotten(data)
  return data
}
