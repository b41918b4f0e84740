/**
 * The virtual base of a merge of histories that crossed: the merge of their merge bases, as in git's recursive
 * strategy.
 *
 * The first base is merged with each further one, over the merge bases of these, which are merged in the same way.
 * The recursion ends since it always goes down to ancestors. If bases conflict, the value of the first in order is
 * taken.
 */

import { type Options, signalOption } from '../base/arguments.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import { merge3 } from '../json/merge.js'
import type { Handle } from './handle.js'

/** Makes virtual bases over one branch's engine; computes each set of bases once. */
export class VirtualBases {
  readonly #handle: Handle
  readonly #options: Options
  readonly #signal: AbortSignal | undefined
  readonly #made = new Map<string, Promise<unknown>>()

  /** `options` are those of `merge3`. */
  constructor(handle: Handle, options: Options, signal: AbortSignal | undefined) {
    this.#handle = handle
    this.#options = options
    this.#signal = signal ?? signalOption(options)
  }

  /** The data of the merge of revisions, none of which reaches another; `undefined` if there are none. */
  of(refs: readonly Ref[]): Promise<unknown> {
    const key = refs.join(' ')
    const made = this.#made.get(key) ?? this.#merged(refs)
    this.#made.set(key, made)
    return made
  }

  async #merged([first, ...others]: readonly Ref[]): Promise<unknown> {
    if (first === undefined) return undefined
    let data = await this.#data(first)
    const joined = [first]
    for (const next of others) {
      const base = await this.of(await this.#basesOf(joined, next))
      data = merge3(base, data, await this.#data(next), this.#options).data
      joined.push(next)
    }
    return data
  }

  #data(ref: Ref): Promise<unknown> {
    return abortable(this.#signal, () => this.#handle.ask((engine) => engine.get(ref)))
  }

  /** The merge bases of `next` and a revision that would join `joined`, ascending. */
  async #basesOf(joined: readonly Ref[], next: Ref): Promise<Ref[]> {
    const all = new Set<Ref>()
    for (const ref of joined) for (const base of await this.#mergeBases(ref, next)) all.add(base)
    const bases = [...all].sort()
    if (joined.length === 1) return bases
    const isBelow = await Promise.all(bases.map((base) => this.#isBelow(base, bases)))
    return bases.filter((_base, at) => isBelow[at] === false)
  }

  #mergeBases(one: Ref, other: Ref): Promise<Ref[]> {
    const signal = this.#signal
    const ask = () => this.#handle.ask((engine) => engine.mergeBases(one, other, signal))
    return abortable(signal, ask)
  }

  /** Whether another of `bases` reaches `base`. */
  async #isBelow(base: Ref, bases: readonly Ref[]): Promise<boolean> {
    for (const other of bases) {
      if (other === base) continue
      const ask = () => this.#handle.ask((engine) => engine.isAncestor(base, other, this.#signal))
      if (await abortable(this.#signal, ask)) return true
    }
    return false
  }
}
