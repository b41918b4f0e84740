/**
 * The option `arrayKey`, as the addon takes it.
 */

import { described, type Options } from './arguments.js'

const byDefault: readonly string[] = ['id', 'key']

/** Member names for all arrays, or a function that returns those of each. */
interface KeysGiven {
  readonly names: string[]
  readonly ask: ((pointer: string) => string[]) | undefined
}

/** How elements of arrays are identified in one call. */
export class ArrayKeys {
  readonly #given: KeysGiven
  #failed: { readonly error: unknown } | undefined

  constructor(given: KeysGiven) {
    const { names, ask } = given
    this.#given = { names, ask: ask && ((pointer) => this.#asked(ask, pointer)) }
  }

  /** Runs a call of the addon. Rethrows what the user's function throws. */
  during<R>(call: (given: KeysGiven) => R): R {
    let result: R
    try {
      result = call(this.#given)
    } finally {
      this.#rethrow()
    }
    return result
  }

  #rethrow(): void {
    const failed = this.#failed
    this.#failed = undefined
    if (failed !== undefined) throw failed.error
  }

  /** Keeps what the function throws, since the addon must not see an exception. */
  #asked(ask: (pointer: string) => string[], pointer: string): string[] {
    if (this.#failed !== undefined) return []
    try {
      return ask(pointer)
    } catch (error) {
      this.#failed = { error }
      return []
    }
  }
}

/** The option `arrayKey`. */
export function keysGiven(options: Options): ArrayKeys {
  const { arrayKey } = options as { arrayKey?: unknown }
  if (typeof arrayKey !== 'function') {
    return new ArrayKeys({ names: namesOf(arrayKey, 'arrayKey'), ask: undefined })
  }
  const ask = (pointer: string) => namesOf(arrayKey(pointer), 'what arrayKey returns')
  return new ArrayKeys({ names: [], ask })
}

function namesOf(value: unknown, what: string): string[] {
  if (value === undefined) return [...byDefault]
  const names: unknown[] = Array.isArray(value) ? value : [value]
  const wrong = names.find((name) => typeof name !== 'string')
  if (wrong === undefined) return names as string[]
  throw new TypeError(`${what} must be a name or an array of names, not ${described(wrong)}`)
}
