/**
 * `changes`: the revisions of a history that changed the value at one place, newest first.
 *
 * An engine that can compare stored texts finds them; for any other the values are compared here.
 */

import { countOption, isOptions, refArgument, signalOption } from '../base/arguments.js'
import { calls } from '../base/calls.js'
import { caught } from '../base/each.js'
import { optionsOf, refuseSecondOptions } from '../base/known.js'
import type { ValueChange } from '../base/options.js'
import { keysOf, pointerArgument } from '../base/pointer.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { ChangedValue, HistoryStep } from '../engine.js'
import { isEqual } from '../json/equal.js'
import { get } from '../json/get.js'
import type { Handle } from './handle.js'

interface Question {
  readonly pointer: string
  readonly ref: Ref | undefined
  readonly limit: number
  readonly signal: AbortSignal | undefined
}

/** Iterates the changes for `args`, those of `DB.changes`. Wrong arguments are reported by `next`. */
export function changesOf(
  handle: Handle,
  args: readonly unknown[]
): AsyncGenerator<ValueChange, undefined, undefined> {
  return found(
    handle,
    caught(() => questionOf(args))
  )
}

async function* found(
  handle: Handle,
  questionOrThrow: () => Question
): AsyncGenerator<ValueChange, undefined, undefined> {
  const question = questionOrThrow()
  const { signal, limit } = question
  const to =
    question.ref ?? (await abortable(signal, () => handle.ask((e) => e.head(handle.branch))))
  if (to === null || limit === 0) return
  let count = 0
  for await (const change of foundBelow(handle, to, question)) {
    yield change
    count += 1
    if (count >= limit) return
  }
}

function questionOf(args: readonly unknown[]): Question {
  const [pointer, second, third, ...surplus] = args
  const fromHead = args.length < 2 || (args.length === 2 && isOptions(second))
  const options = optionsOf(fromHead ? second : third, calls.changes)
  refuseSecondOptions('changes', surplus)
  return {
    pointer: pointerArgument(pointer, 'pointer'),
    ref: fromHead ? undefined : refArgument(second, 'ref'),
    limit: countOption(options, 'limit', 0, Number.POSITIVE_INFINITY),
    signal: signalOption(options)
  }
}

/** The changes below `to`, from an engine that finds them, or by comparing all values. */
async function* foundBelow(
  handle: Handle,
  to: Ref,
  question: Question
): AsyncGenerator<ValueChange> {
  const { pointer, limit, signal } = question
  await abortable(signal, () => handle.opened())
  const range = { to, keys: keysOf(pointer) ?? [], limit }
  const parts = handle.engine.changes?.(range, signal)
  if (parts === undefined) yield* compared(handle, to, question)
  else yield* described(handle, parts, signal)
}

/** Changes with the metas of their revisions. */
async function* described(
  handle: Handle,
  parts: AsyncIterable<readonly ChangedValue[]>,
  signal: AbortSignal | undefined
): AsyncGenerator<ValueChange> {
  for await (const part of parts) {
    handle.check()
    if (part.length === 0) continue
    const refs = part.map(({ ref }) => ref)
    const headers = await abortable(signal, () => handle.ask((engine) => engine.headers(refs)))
    for (const [place, { before, after }] of part.entries()) {
      signal?.throwIfAborted()
      const header = headers[place]
      if (header !== undefined) yield { ...named(header), before, after }
    }
  }
}

/** The changes found by comparing all values. */
async function* compared(
  handle: Handle,
  to: Ref,
  { pointer, signal }: Question
): AsyncGenerator<ValueChange> {
  const values = new Values(handle, pointer, signal)
  const all = { to, until: [], limit: Number.POSITIVE_INFINITY, withData: true }
  const batches = handle.engine.history(all, signal)
  for await (const batch of batches) {
    values.note(batch)
    for (const revision of batch) {
      const { ref, ancestors } = revision
      signal?.throwIfAborted()
      const after = await values.take(ref)
      const before = await values.of(ancestors)
      const isNew = ancestors.length === 0 && after !== undefined
      if (isNew || (ancestors.length > 0 && before.every((value) => !isEqual(value, after)))) {
        yield { ...named(revision), before: before[0], after }
      }
    }
  }
}

function named({ ref, meta }: HistoryStep): Pick<ValueChange, 'ref' | 'meta'> {
  return meta === undefined ? { ref } : { ref, meta }
}

/** Values at one place, kept until their revision is reached, which comes after its descendants. */
class Values {
  readonly #handle: Handle
  readonly #pointer: string
  readonly #signal: AbortSignal | undefined
  readonly #known = new Map<Ref, unknown>()

  constructor(handle: Handle, pointer: string, signal: AbortSignal | undefined) {
    this.#handle = handle
    this.#pointer = pointer
    this.#signal = signal
  }

  note(revisions: readonly HistoryStep[]): void {
    for (const { ref, data } of revisions) this.#known.set(ref, get(data, this.#pointer))
  }

  async take(ref: Ref): Promise<unknown> {
    const [value] = await this.of([ref])
    this.#known.delete(ref)
    return value
  }

  async of(refs: readonly Ref[]): Promise<unknown[]> {
    const missing = refs.filter((ref) => !this.#known.has(ref))
    if (missing.length > 0) {
      const data = await abortable(this.#signal, () =>
        this.#handle.ask((engine) => engine.getMany(missing, this.#signal))
      )
      for (const [at, ref] of missing.entries()) this.#known.set(ref, get(data[at], this.#pointer))
    }
    return refs.map((ref) => this.#known.get(ref))
  }
}
