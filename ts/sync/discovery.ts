/**
 * Set discovery: finds which part of our history another side has, by asking about as little of it as possible.
 *
 * If the other side has a revision, it has its ancestors; if it lacks one, it lacks the descendants. An embedded engine uses the
 * native state machine (`crates/core/src/sync/discovery`). An engine that must read each revision asks about all that
 * it reads, twice as many in each round: at most twice the difference, and never below it.
 */

import { HistoError } from '../base/errors.js'
import type { Ref } from '../base/types.js'
import type { Ask, Discovered, EngineQuestions, EngineTransfer } from '../engine.js'

export type { Ask, Discovered }

/** The parts of an engine that the search needs. */
type Searching = EngineQuestions & Pick<EngineTransfer, 'discover'>

/** Revisions to read before the first question. */
const firstLook = 16

/**
 * Finds which part of the history of `tips` the other side has. Calls `ask` with one list at a time: 28 refs, or all
 * tips, in the first; then about 256, and twice as many in each round.
 *
 * @throws {HistoError} `HISTO_NOT_FOUND` for a tip that does not exist, `HISTO_PROTOCOL` if `ask` returns another number
 *   of answers than it was asked for; errors of `ask` as they are
 */
export function discover(
  engine: Searching,
  tips: readonly Ref[],
  ask: Ask,
  { signal }: { readonly signal: AbortSignal | undefined }
): Promise<Discovered> {
  const checked: Ask = async (refs) => {
    signal?.throwIfAborted()
    const answers = await ask(refs)
    if (answers.length === refs.length) return answers
    const message = `${answers.length} answers came to ${refs.length} questions`
    throw new HistoError('HISTO_PROTOCOL', message)
  }
  if (engine.discover !== undefined) return engine.discover(tips, checked, signal)
  return new Doubling(engine, checked, signal).run(tips)
}

/** Reads twice as much in each round, from the tips down to revisions that the other side has. */
class Doubling {
  readonly #engine: EngineQuestions
  readonly #ask: Ask
  readonly #signal: AbortSignal | undefined
  readonly #seen = new Set<Ref>()
  /** The ancestors of all revisions read so far. */
  readonly #ancestors = new Map<Ref, readonly Ref[]>()
  readonly #known = new Set<Ref>()
  #rounds = 0
  #asked = 0

  constructor(engine: EngineQuestions, ask: Ask, signal: AbortSignal | undefined) {
    this.#engine = engine
    this.#ask = ask
    this.#signal = signal
  }

  async run(tips: readonly Ref[]): Promise<Discovered> {
    let waiting = this.#unseen(tips)
    for (let size = firstLook; waiting.length > 0; size *= 2) {
      const layer = await this.#look(waiting, size)
      const answers = await this.#ask(layer)
      this.#rounds += 1
      this.#asked += layer.length
      for (const [place, ref] of layer.entries()) if (answers[place]) this.#known.add(ref)
      for (const ref of layer) if (this.#known.has(ref)) this.#sink(ref)
      waiting = this.#unseen(
        layer.flatMap((ref) => (this.#known.has(ref) ? [] : (this.#ancestors.get(ref) ?? [])))
      )
    }
    return { common: this.#bounds(), rounds: this.#rounds, asked: this.#asked }
  }

  #unseen(refs: readonly Ref[]): Ref[] {
    const unseen = refs.filter((ref) => !this.#seen.has(ref))
    for (const ref of unseen) this.#seen.add(ref)
    return [...new Set(unseen)]
  }

  /** `starts` and about `size` revisions below them, breadth first. */
  async #look(starts: readonly Ref[], size: number): Promise<Ref[]> {
    const layer = [...starts]
    for (let at = 0; at < layer.length; ) {
      this.#signal?.throwIfAborted()
      const part = layer.slice(at)
      at = layer.length
      const ancestors = await Promise.all(part.map(async (ref) => this.#engine.ancestors(ref)))
      for (const [place, ref] of part.entries()) this.#ancestors.set(ref, ancestors[place] ?? [])
      if (layer.length >= starts.length + size) break
      layer.push(...this.#unseen(ancestors.flat()))
    }
    return layer
  }

  /** Marks all that a known revision reaches as known, as far as it was read. */
  #sink(ref: Ref): void {
    const stack = [ref]
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      for (const ancestor of this.#ancestors.get(next) ?? []) {
        if (this.#known.has(ancestor) || !this.#ancestors.has(ancestor)) continue
        this.#known.add(ancestor)
        stack.push(ancestor)
      }
    }
  }

  /** The known revisions that no other read one reaches; unread ones may reach some of them. */
  #bounds(): Ref[] {
    const below = new Set<Ref>()
    for (const ref of this.#known)
      for (const other of this.#ancestors.get(ref) ?? []) below.add(other)
    return [...this.#known].filter((ref) => !below.has(ref))
  }
}
