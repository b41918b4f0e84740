/**
 * `search`: searches the rows of a view, a part in each request.
 */

import { parseJson } from '../base/parse.js'
import type { Ref } from '../base/types.js'
import type { HistoryStep } from '../engine.js'
import { codeOf } from './failures.js'
import { claimsOf } from './line.js'
import { findIn } from './pieces.js'
import type { Found, SearchAnswer } from './protocol.js'
import { isLarge, mostParsed } from './read.js'
import { PageRefusal, wrong } from './refusals.js'
import type { View } from './view.js'
import type { Room, Visit } from './visit.js'

/** Rows that are read per call, most hits in an answer, most heads. */
const [atOnce, mostFound, mostNames] = [64, 50, 20]
/** Milliseconds after which an answer ends. */
const longest = 400
/** Characters before a hit, and in all, of the text around it. */
const [before, around] = [30, 160]

/** The places that can be searched. */
const places = ['all', 'ref', 'author', 'message', 'data'] as const
type Where = (typeof places)[number]

/** A search, in lower case. */
interface Wanted {
  readonly text: string
  /** The text as it is written in JSON. */
  readonly escaped: string
  readonly where: Where
}

/** Searches for `q` in `in`, from the row `from` on. */
export async function search(visit: Visit): Promise<SearchAnswer> {
  const view = visit.view()
  const text = visit.needed('q').trim().toLowerCase()
  const where = (visit.text('in') ?? 'all') as Where
  if (!places.includes(where)) throw wrong(`in must be one of ${places.join(', ')}`)
  if (text === '') throw wrong('the parameter q is missing')
  const escaped = JSON.stringify(text).slice(1, -1)
  const start = visit.count('from', 0, Number.MAX_SAFE_INTEGER)
  const wanted = { text, escaped, where }
  const names = start === 0 ? await namesOf(visit.room, visit.needed('q').trim(), where) : []
  const { found, next } = await inRows(visit, view, wanted, start)
  return { names, found, next }
}

/** Branches and remotes whose names begin with the text, and the revision that it resolves to, like `main~3`. */
async function namesOf({ db, sight }: Room, text: string, where: Where) {
  if (where !== 'all' && where !== 'ref') return []
  const named: SearchAnswer['names'][number][] = []
  try {
    const ref = await db.resolve(text)
    await sight.expectSeen(ref)
    named.push({ name: text, ref, kind: 'revision' })
  } catch (error) {
    if (!(error instanceof PageRefusal) && codeOf(error) === undefined) throw error
  }
  const branches = await sight.branches(text, undefined, mostNames)
  const remotes = await sight.remotes(text.replace(/^remotes\//, ''), undefined, mostNames)
  return [
    ...named,
    ...branches.map((head) => ({ ...head, kind: 'branch' as const })),
    ...remotes.map((head) => ({ ...head, kind: 'remote' as const }))
  ]
}

async function inRows(visit: Visit, view: View, wanted: Wanted, start: number) {
  const end = performance.now() + longest
  const found: Found[] = []
  for (let at = start; ; at += atOnce) {
    await view.read(at + atOnce, longest)
    const refs = await view.refs(at, atOnce)
    const { walked, isDone } = view.walked
    if (refs.length < atOnce && !isDone) return { found, next: at } // they are still read
    const searched = await inRefs(visit, wanted, refs, at, end)
    found.push(...searched.found)
    if (searched.count < refs.length) return { found, next: at + searched.count }
    if (isDone && at + refs.length >= walked) return { found, next: null }
    const isOver = found.length >= mostFound || performance.now() > end || visit.signal.aborted
    if (isOver) return { found, next: at + atOnce }
  }
}

/** Searches some revisions: until `end`, or all. */
async function inRefs(
  visit: Visit,
  wanted: Wanted,
  refs: readonly Ref[],
  first: number,
  end: number
): Promise<{ found: Found[]; count: number }> {
  const found: Found[] = []
  const byRef = wanted.where === 'ref'
  const headers: readonly HistoryStep[] = byRef
    ? refs.map((ref) => ({ ref, ancestors: [] }))
    : await visit.room.handle.ask((engine) => engine.headers(refs))
  for (const [at, header] of headers.entries()) {
    if (at > 0 && performance.now() > end) return { found, count: at }
    const hit = inHeader(header, wanted) ?? (await inData(visit, header.ref, wanted))
    if (hit === undefined) continue
    found.push({ ref: header.ref, row: first + at, ...claimsOf(header.meta), ...hit })
  }
  return { found, count: refs.length }
}

type Hit = Pick<Found, 'where' | 'path' | 'excerpt'>

function inHeader({ ref, meta }: HistoryStep, { text, where }: Wanted): Hit | undefined {
  const looksIn = (place: Where) => where === 'all' || where === place
  if (looksIn('ref') && text.length >= 4 && ref.startsWith(text)) {
    return { where: 'ref', excerpt: ref }
  }
  for (const place of ['author', 'message'] as const) {
    const value = meta?.[place]
    if (looksIn(place) && typeof value === 'string' && value.toLowerCase().includes(text)) {
      return { where: place, excerpt: excerpt(value, text) }
    }
  }
  return undefined
}

/** Searches the data. Its text is searched before it is parsed; a large one is not parsed, and the hit has no place. */
async function inData(visit: Visit, ref: Ref, wanted: Wanted): Promise<Hit | undefined> {
  const { handle } = visit.room
  const { text, escaped, where } = wanted
  if (where !== 'all' && where !== 'data') return undefined
  try {
    if (await isLarge(handle, ref)) {
      const excerpt = await findIn(visit, ref, escaped, excerptAt)
      return excerpt === undefined ? undefined : { where: 'data', excerpt }
    }
    const payload = await handle.ask((engine) => engine.payload(ref, undefined))
    if (typeof payload !== 'string') return undefined
    const lower = payload.toLowerCase()
    const found = lower.indexOf(escaped)
    if (found < 0) return undefined
    if (payload.length > mostParsed) return { where: 'data', excerpt: excerptAt(payload, found) }
    const hit = placeIn(parseJson(payload), text, '')
    return hit === undefined ? undefined : { where: 'data', ...hit }
  } catch (error) {
    const code = codeOf(error)
    if (code === 'HISTO_SHALLOW' || code === 'HISTO_CORRUPT') return undefined
    throw error
  }
}

/** The first key or value with the text, and its pointer. */
function placeIn(
  value: unknown,
  text: string,
  path: string
): { path: string; excerpt: string } | undefined {
  if (typeof value !== 'object' || value === null) {
    const written = String(value)
    if (!written.toLowerCase().includes(text)) return undefined
    return { path, excerpt: excerpt(written, text) }
  }
  for (const [key, member] of Object.entries(value)) {
    const below = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
    const isNamed = !Array.isArray(value) && key.toLowerCase().includes(text)
    if (isNamed) return { path: below, excerpt: excerpt(`${key}: ${JSON.stringify(member)}`, text) }
    const hit = placeIn(member, text, below)
    if (hit !== undefined) return hit
  }
  return undefined
}

function excerpt(value: string, text: string): string {
  return excerptAt(value, value.toLowerCase().indexOf(text))
}

function excerptAt(value: string, found: number): string {
  const at = Math.max(0, found - before)
  const cut = value.slice(at, at + around)
  return `${at > 0 ? '…' : ''}${cut}${at + around < value.length ? '…' : ''}`.toWellFormed()
}
