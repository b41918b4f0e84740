/**
 * `changes`: the revisions of a history that changed the value at one place, newest first.
 *
 * An engine that can compare the texts does so; for any other the values are compared here.
 */

import { countOption, isOptions, refArgument, signalOption } from '../base/arguments.js'
import { calls } from '../base/calls.js'
import { HistoError } from '../base/errors.js'
import { optionsOf } from '../base/known.js'
import type { ValueChange } from '../base/options.js'
import { keysOf, pointerArgument } from '../base/pointer.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Engine, HistoryStep } from '../engine.js'
import { isEqual } from '../json/equal.js'
import { get } from '../json/get.js'
import type { Handle } from './handle.js'

/** Milliseconds that a part of the history should take. */
const longest = 10
/** How many revisions a part has at first, and at most. The first are looked at before the others are listed. */
const [first, most] = [16, 4096]

interface Question {
  readonly pointer: string
  readonly ref: Ref | undefined
  readonly limit: number
  readonly signal: AbortSignal | undefined
}

/** Iterates the changes for `args`, those of `DB.changes`. Wrong arguments are reported by `next`. */
export async function* changesOf(
  handle: Handle,
  args: readonly unknown[]
): AsyncGenerator<ValueChange, undefined, undefined> {
  const question = questionOf(args)
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
  const [pointer, second, third] = args
  const fromHead = args.length < 2 || (args.length === 2 && isOptions(second))
  const options = optionsOf(fromHead ? second : third, calls.changes)
  return {
    pointer: pointerArgument(pointer, 'pointer'),
    ref: fromHead ? undefined : refArgument(second, 'ref'),
    limit: countOption(options, 'limit', 0, Number.POSITIVE_INFINITY),
    signal: signalOption(options)
  }
}

/** The changes below `to`: those of the newest revisions before all others are listed. */
async function* foundBelow(
  handle: Handle,
  to: Ref,
  question: Question
): AsyncGenerator<ValueChange> {
  const { signal } = question
  const newest = await unlessCut(() => newestBelow(handle, to, signal))
  if (newest === undefined || handle.engine.changedAt === undefined) {
    yield* compared(handle, to, question)
    return
  }
  yield* told(handle, newest, question)
  if (newest.length < first) return
  const looked = new Set(newest)
  const refs = await unlessCut(() =>
    abortable(signal, () => handle.ask((engine) => engine.refDifference([], to, signal)))
  )
  const others = refs?.filter((ref) => !looked.has(ref))
  if (others === undefined) yield* compared(handle, to, question, looked)
  else yield* told(handle, others, question)
}

/** The first revisions of the history of `to`. */
async function newestBelow(
  handle: Handle,
  to: Ref,
  signal: AbortSignal | undefined
): Promise<Ref[]> {
  await handle.opened()
  if (handle.engine.changedAt === undefined) return []
  const range = { to, until: [], limit: first, withData: false }
  const refs: Ref[] = []
  for await (const steps of handle.engine.history(range, signal)) {
    for (const { ref } of steps) refs.push(ref)
  }
  return refs
}

/** The result of `look`; `undefined` if some of it was cut away. */
async function unlessCut<R>(look: () => Promise<R>): Promise<R | undefined> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof HistoError && error.code === 'HISTO_SHALLOW') return undefined
    throw error
  }
}

/** The changes as the engine reports them. */
async function* told(
  handle: Handle,
  refs: readonly Ref[],
  { pointer, limit, signal }: Question
): AsyncGenerator<ValueChange> {
  const keys = keysOf(pointer) ?? []
  let size = first
  for (let at = 0; at < refs.length; ) {
    const part = refs.slice(at, at + size)
    const began = performance.now()
    const { changed, looked } = await abortable(signal, () =>
      handle.ask((engine) => changedIn(engine, part, keys, Math.min(limit, most)))
    )
    const took = performance.now() - began
    size =
      took < longest / 2 ? Math.min(2 * size, most) : took > longest ? Math.ceil(size / 2) : size
    const found = changed.map(({ index }) => part[index] ?? '')
    const headers = await abortable(signal, () => handle.ask((engine) => engine.headers(found)))
    for (const [place, { before, after }] of changed.entries()) {
      signal?.throwIfAborted()
      const header = headers[place]
      if (header !== undefined) yield { ...named(header), before, after }
    }
    at += looked
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}

function changedIn(engine: Engine, refs: readonly Ref[], keys: string[], limit: number) {
  if (engine.changedAt !== undefined) return engine.changedAt(refs, keys, limit)
  throw new HistoError('HISTO_INTERNAL', 'the engine tells no changes')
}

/** The changes found by comparing all values, without those in `told`. */
async function* compared(
  handle: Handle,
  to: Ref,
  { pointer, signal }: Question,
  told?: ReadonlySet<Ref>
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
      if (told?.has(ref)) continue
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
