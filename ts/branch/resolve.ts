/**
 * `resolve`: the ref that a name means, as people type it at a shell.
 */

import { shortened } from '../base/arguments.js'
import { HistoError } from '../base/errors.js'
import { isName, isRemoteName } from '../base/names.js'
import { abortable } from '../base/signal.js'
import type { Ref } from '../base/types.js'
import type { Engine } from '../engine.js'
import { firstAncestor } from './first-parents.js'

/** A beginning of a ref has at least this many digits. */
const leastDigits = 4
/** Most candidates that are reported for an ambiguous name. */
const mostCandidates = 16
const remotePrefix = 'remotes/'

/**
 * The ref that `name` means: a whole ref, a branch, `remotes/<name>`, or a unique beginning of a ref, followed by any
 * number of `~n` and `^n`.
 *
 * @throws {HistoError} `HISTO_NOT_FOUND`; `HISTO_AMBIGUOUS` with the `candidates`
 */
export async function resolveName(
  engine: Engine,
  name: string,
  signal: AbortSignal | undefined
): Promise<Ref> {
  const ref = await meaning(engine, name, signal)
  if (ref !== undefined) return ref
  const message = `no revision, branch or remote is named '${shortened(name)}'`
  throw new HistoError('HISTO_NOT_FOUND', message, { key: name })
}

/** The ref that `name` means, as a whole or without its last step; `undefined` if it means none. */
async function meaning(
  engine: Engine,
  name: string,
  signal: AbortSignal | undefined
): Promise<Ref | undefined> {
  signal?.throwIfAborted()
  const named = (await namedRef(engine, name, signal)) ?? (await begunRef(engine, name, signal))
  if (named !== undefined) return named
  const [, start, sign, digits] = /^(.+)([~^])(\d*)$/su.exec(name) ?? []
  if (start === undefined) return undefined
  const from = await meaning(engine, start, signal)
  if (from === undefined) return undefined
  const steps = digits === '' ? 1 : Number(digits)
  if (sign === '^') return await ancestorAt(engine, from, steps)
  const ref = await firstAncestor(engine, from, steps, signal)
  if (ref === undefined) throw noAncestor(from, `${steps} first ancestors back`)
  return ref
}

/** The ref that a complete name means. */
async function namedRef(
  engine: Engine,
  name: string,
  signal: AbortSignal | undefined
): Promise<Ref | undefined> {
  const [isRef] = await abortable(signal, async () => engine.has([name], signal))
  if (isRef === true) return name
  const head = isName(name) ? await abortable(signal, async () => engine.head(name)) : null
  if (head !== null) return head
  if (!name.startsWith(remotePrefix)) return undefined
  const remote = name.slice(remotePrefix.length)
  if (!isRemoteName(remote)) return undefined
  return (await abortable(signal, async () => engine.remoteHead(remote))) ?? undefined
}

/** The only ref that begins with `name`. */
async function begunRef(
  engine: Engine,
  name: string,
  signal: AbortSignal | undefined
): Promise<Ref | undefined> {
  if (name.length < leastDigits || engine.refsStartingWith === undefined) return undefined
  const found = await engine.refsStartingWith(name, mostCandidates, signal)
  if (found.length < 2) return found[0]
  const candidates = found.toSorted()
  const message = `'${name}' is the beginning of several refs: ${candidates.join(', ')}`
  throw new HistoError('HISTO_AMBIGUOUS', message, { key: name, candidates })
}

/** The `number`th direct ancestor, counted from 1; 0 is the revision itself. */
async function ancestorAt(engine: Engine, from: Ref, number: number): Promise<Ref> {
  const ref = number === 0 ? from : (await engine.ancestors(from))[number - 1]
  if (ref === undefined) throw noAncestor(from, `as number ${number}`)
  return ref
}

function noAncestor(ref: Ref, which: string): HistoError {
  return new HistoError('HISTO_NOT_FOUND', `${shortened(ref)} has no ancestor ${which}`, { ref })
}
