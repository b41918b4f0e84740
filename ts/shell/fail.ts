/**
 * How the command fails: exit codes, and errors in one line.
 */

import { shown } from '../base/shown.js'

/** Exit codes: success, refused or failed, wrong usage. */
export const exit = { done: 0, no: 1, misuse: 2 } as const

/** The command was used wrongly; its message says how to use it. */
export class Misuse extends Error {
  override readonly name = 'Misuse'
}

/** The command refuses: there is no database, or nobody agreed; its message says all that matters of its cause. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
}

/** The reader of the output has gone, which is not a failure. */
export class NobodyReads extends Error {
  override readonly name = 'NobodyReads'
}

/** Misuse ends with 2, all else with 1. */
export function exitCodeOf(error: unknown): number {
  return error instanceof Misuse || error instanceof TypeError ? exit.misuse : exit.no
}

/** The code of a `HistoError` or of a system error. */
export function codeOf(error: unknown): string | undefined {
  const { code } = Object(error) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** How many digits of a ref are shown in a list. */
export const shortRef = 10

/** The message of an error in one line, with the cause if that says more. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return shown(String(error))
  const { message } = error
  const { candidates } = error as { candidates?: readonly string[] }
  if (candidates !== undefined) return shown(ambiguous(error, candidates))
  if (codeOf(error) === 'HISTO_HEAD_CONFLICT') return conflict(error)
  const ofPlace = systemMessage(error) ?? serverMessage(error)
  if (ofPlace !== undefined) return shown(ofPlace)
  const isWhole = error instanceof Misuse || error instanceof Refusal
  const deeper = isWhole ? '' : deepestOf(error)
  const more = deeper === '' || message.includes(deeper) ? '' : `: ${deeper}`
  return shown(`${message}${more}${hintOf(error)}`)
}

/** The message of the first cause, `connect ECONNREFUSED …` of `fetch failed`. */
function deepestOf(error: Error): string {
  const deepest = causesOf(error).at(-1)
  return deepest === undefined ? '' : wordsOf(deepest)
}

function causesOf(error: Error): Error[] {
  const causes: Error[] = []
  for (let { cause } = error; cause instanceof Error; cause = cause.cause) causes.push(cause)
  return causes
}

/** The message of an error; that of its first one if it is a bundle without a message, or else its code. */
function wordsOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : []
  const ofFirst = first instanceof Error ? first.message : ''
  return error.message || ofFirst || (codeOf(error) ?? '')
}

/** Marks an error as one of the server at an address. */
export function ofServer(server: string, error: unknown): unknown {
  return error instanceof Error ? Object.assign(error, { server }) : error
}

/** `postgres://…: connect ECONNREFUSED …` of a server's error: the address says more than the call of a store. */
function serverMessage(error: Error): string | undefined {
  const causes = causesOf(error)
  const [server] = [error, ...causes].flatMap((each: Error & { server?: string }) => {
    return each.server ?? []
  })
  const [why = error] = causes
  return server === undefined ? undefined : `${server}: ${wordsOf(why)}`
}

/** What to do next, by the code of an error and its message. */
const hints: readonly (readonly [code: string, message: RegExp, hint: string])[] = [
  ['HISTO_CORRUPT', / is damaged: /, "'histo rescue' copies what is intact"],
  [
    'HISTO_CORRUPT',
    / is not a database of /,
    "if it was one, 'histo rescue' copies what is intact"
  ],
  ['HISTO_DENIED', / not allowed: read/, 'HISTO_TOKEN or --token must be the token of the server'],
  ['HISTO_DENIED', / not allowed: write/, "'histo serve --write' lets clients push"],
  ['HISTO_NOT_FOUND', / is named '[^']*:(?:\/[^']*)?'/, "'histo cat' takes a pointer"]
]

function hintOf(error: Error): string {
  const found = hints.find(([code, message]) => {
    return codeOf(error) === code && message.test(error.message)
  })
  return found === undefined ? '' : `; ${found[2]}`
}

/** `x: no such file or directory` of `ENOENT: no such file or directory, open 'x'`; `undefined` for other errors. */
function systemMessage(error: Error): string | undefined {
  const { path, syscall } = error as NodeJS.ErrnoException
  const [, what] = /^E[A-Z0-9]+: ([^,]+), /.exec(error.message) ?? []
  const isOfFile = typeof path === 'string' && typeof syscall === 'string' && what !== undefined
  return isOfFile ? `${path}: ${what}` : undefined
}

/** Gives an error of a file that is open the file's name: that of a folder has none. `part`: the file's other name, for now. */
export function withFile(file: string, error: unknown, part?: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  const { path } = error as NodeJS.ErrnoException
  return path === undefined || path === part ? Object.assign(error, { path: file }) : error
}

function conflict(error: Error): string {
  const { head } = error as { head?: string | null }
  const place = typeof head === 'string' ? `to ${head.slice(0, shortRef)}` : 'away'
  return `the head was moved ${place} meanwhile; nothing was done, try again`
}

function ambiguous(error: Error, candidates: readonly string[]): string {
  const { key = '' } = error as { key?: string }
  const refs = candidates.map((ref) => ref.slice(0, Math.max(shortRef, key.length + 4)))
  return `'${key}' is the beginning of several refs: ${refs.join(', ')}`
}

/** What `--debug` prints: the stacks of the error and its causes. */
export function stackOf(error: unknown): string {
  const lines: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) {
    for (const line of (at.stack ?? at.message).split('\n')) lines.push(shown(line))
  }
  return lines.join('\n')
}
