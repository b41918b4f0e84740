/**
 * Questions to the graph that take long or find much: awaited while the addon's walkers answer them,
 * and their refs taken in slices with a turn of the event loop between.
 */

import type { Ref } from '../base/types.js'
import type { Awaitable } from '../engine.js'
import { fromNative, isBehind, type NativeDatabase, native } from '../native.js'
import { inSlices } from './ref-chunks.js'

/** A question that the addon could not answer at once. */
export type Question = Exclude<ReturnType<typeof native.mergeBases>, Ref[]>

/** Where this environment is told of its questions; made with the first one. */
let channel: ReturnType<typeof native.channel> | undefined
let lastTicket = 0
const waiting = new Map<number, () => void>()

/** Questions that a signal can end, and what listens to it. */
interface Abortable {
  readonly questions: Set<Question>
  readonly listener: () => void
}

const abortable = new WeakMap<AbortSignal, Abortable>()

/** The questions to one database that are under way. */
export class Walks {
  readonly #db: NativeDatabase
  readonly #path: string | undefined
  readonly #underWay = new Set<Promise<unknown>>()

  /** `path` is the database's, for its errors. */
  constructor(db: NativeDatabase, path: string | undefined) {
    this.#db = db
    this.#path = path
  }

  /** Reads: at once, or, where another process wrote much, when the walkers have taken that in. */
  read<R>(call: () => Awaitable<R>): Awaitable<R> {
    return fromNative(this.#path, () => {
      try {
        return call()
      } catch (error) {
        if (!isBehind(error)) throw error
        return this.#readLater(call)
      }
    })
  }

  /** Waits for the answer to a question and takes it; whatever comes of it, the question is freed. */
  take<R>(
    question: Question,
    signal: AbortSignal | undefined,
    take: (question: Question) => R | Promise<R>
  ): Promise<R> {
    const taken = takeOnce(question, signal, (answered) =>
      fromNative(this.#path, () => take(answered))
    )
    this.#note(taken)
    return taken
  }

  /** Waits until a question is answered, for one that is asked on. */
  answered(question: Question, signal: AbortSignal | undefined): Promise<void> {
    const answered = answer(question, signal)
    this.#note(answered)
    return answered
  }

  /** Resolves when none is under way; `undefined` if none is. */
  settled(): Promise<unknown> | undefined {
    return this.#underWay.size === 0 ? undefined : Promise.allSettled(this.#underWay)
  }

  async #readLater<R>(call: () => Awaitable<R>): Promise<R> {
    const question = fromNative(this.#path, () => native.behind(this.#db))
    await this.take(question, undefined, native.countOf)
    return await this.read(call)
  }

  /** Has closing wait for what goes on in several steps. */
  track<R>(promise: Promise<R>): Promise<R> {
    this.#note(promise)
    return promise
  }

  #note(promise: Promise<unknown>): void {
    this.#underWay.add(promise)
    const forget = () => this.#underWay.delete(promise)
    promise.then(forget, forget)
  }
}

/** The refs that an answered question found, in their order; of them `limit` from number `start` on. */
export function refsOf(
  question: Question,
  signal: AbortSignal | undefined,
  { start, limit }: { start: number; limit: number } = { start: 0, limit: Number.POSITIVE_INFINITY }
): Promise<Ref[]> {
  const write = (place: number, room: Uint8Array) => native.refsOf(question, start + place, room)
  return inSlices(Math.min(limit, native.countOf(question) - start), write, signal)
}

/** Ends a question and frees what it found. */
export function withdraw(question: Question): void {
  native.withdraw(question)
}

/** Has the walkers answer a question, takes the answer, and frees the question whatever comes of it. */
export async function takeOnce<R>(
  question: Question,
  signal: AbortSignal | undefined,
  take: (question: Question) => R | Promise<R>
): Promise<R> {
  try {
    await answer(question, signal)
    return await take(question)
  } finally {
    withdraw(question)
  }
}

async function answer(question: Question, signal: AbortSignal | undefined): Promise<void> {
  await settle(question, signal)
  signal?.throwIfAborted()
}

/** Waits until a question is answered, has failed or was withdrawn by its signal: taking it tells which. */
export async function settle(question: Question, signal: AbortSignal | undefined): Promise<void> {
  const forget = withdrawOnAbort(question, signal)
  try {
    await comeBack(question)
  } finally {
    forget()
  }
}

/** Has a question ended by its signal, with one listener for all questions of a signal. */
function withdrawOnAbort(question: Question, signal: AbortSignal | undefined): () => void {
  if (signal === undefined) return () => undefined
  const known = abortable.get(signal)
  const { questions, listener } = known ?? listenerFor(signal)
  questions.add(question)
  return () => {
    questions.delete(question)
    if (questions.size > 0) return
    signal.removeEventListener('abort', listener)
    abortable.delete(signal)
  }
}

function listenerFor(signal: AbortSignal): Abortable {
  const questions = new Set<Question>()
  const made = { questions, listener: () => questions.forEach(withdraw) }
  signal.addEventListener('abort', made.listener, { once: true })
  abortable.set(signal, made)
  return made
}

/** Resolves when a question is answered, has failed or was withdrawn: taking the answer tells which. */
function comeBack(question: Question): Promise<void> {
  channel ??= native.channel(wake)
  lastTicket = (lastTicket + 1) >>> 0
  const ticket = lastTicket
  const here = channel
  if (!fromNative(undefined, () => native.sendAway(here, question, ticket))) {
    return Promise.resolve()
  }
  return new Promise((resolve) => waiting.set(ticket, resolve))
}

function wake(): void {
  if (channel === undefined) return
  for (const ticket of native.takeTickets(channel)) {
    waiting.get(ticket)?.()
    waiting.delete(ticket)
  }
}
