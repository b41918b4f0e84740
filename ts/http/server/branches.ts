/**
 * `branches`: finds the branches whose heads differ from those that the client knows and, for a reader, the missing
 * revisions. For a writer it compares the remote heads of its name.
 */

import { compareNames } from '../../base/names.js'
import type { Ref } from '../../base/types.js'
import { type HeadEntry, headsIn, shortOf } from '../../branch/hashed-heads.js'
import { type HeadTable, hashed } from '../../branch/head-tables.js'
import { encodeBits, encodeRefs } from '../../wire/wire-refs.js'
import {
  decodeNumbers,
  decodeShorts,
  encodeNames,
  encodeSums,
  fewBranches,
  parseParts,
  partsFor,
  sumText
} from '../compare.js'
import { broken, mostRefsOfPage } from '../protocol.js'
import { joined } from '../sections.js'
import { type Answer, listAnswer } from './answers.js'
import { namesIn, partsIn } from './asked-parts.js'
import { decided } from './asked-refs.js'
import { historyAnswer } from './history-answer.js'
import { printOfWanted } from './lacking.js'
import { branchesOf, headsNamed, notedOf, type Permitted, permitted } from './permitted.js'
import { namedRemote, type Visit } from './visit.js'

/** For more branches the client requests the revisions by `branches-pull`. */
const mostFollowed = 256
/** Most revisions below a head that are searched for the one that the client knows. */
const mostBelow = 64
/** Most bytes of a table that needs no room. */
const little = 1 << 16

/** Some branches, and the client's knowledge of them. */
interface Known {
  readonly entries: readonly HeadEntry[]
  readonly shorts: readonly number[]
}

/** Answers in the form that `what` asks for. */
export async function branches(visit: Visit): Promise<Answer> {
  const { url, handle } = visit
  const isForWriting = isForWriter(url)
  const allowed = await permitted(visit, isForWriting ? 'write' : 'read')
  await handle.opened()
  const remote = isForWriting ? namedRemote(visit) : undefined
  const what = url.searchParams.get('what') ?? 'sums'
  if (what === 'names') return await named(visit, allowed, remote)
  const table =
    remote === undefined ? await branchesOf(visit, allowed) : await notedOf(visit, remote, allowed)
  if (what === 'sums') return await compared(visit, table, isForWriting)
  if (what === 'list') return await listed(visit, table, isForWriting)
  if (what === 'parts') {
    const parts = parseParts(url.searchParams.get('parts'))
    const [numbers, shorts] = await partsIn(visit, 2)
    const wanted = decodeNumbers(numbers ?? new Uint8Array(), parts)
    const entries = headsIn(table.heads, { parts }, wanted)
    const known = { entries, shorts: decodeShorts(shorts ?? new Uint8Array()) }
    return await changed(visit, table, known, isForWriting)
  }
  throw broken(`what is unknown: ${what}`)
}

/** Compares the branches that the request names, and reads no others. */
async function named(
  visit: Visit,
  allowed: Permitted,
  remote: string | undefined
): Promise<Answer> {
  const [names, shorts] = await partsIn(visit, 2)
  const heads = await headsNamed(visit, allowed, await namesIn(names ?? new Uint8Array()), remote)
  const table = hashed([...heads].filter((entry): entry is [string, Ref] => entry[1] !== null))
  const known = { entries: [...table.heads], shorts: decodeShorts(shorts ?? new Uint8Array()) }
  return await changed(visit, table, known, remote !== undefined)
}

function isForWriter({ searchParams }: URL): boolean {
  return searchParams.get('for') === 'write'
}

/** Says that nothing differs, or else the sums of the parts; of few branches, or to a client that knows none, all of them. */
async function compared(visit: Visit, table: HeadTable, isForWriting: boolean): Promise<Answer> {
  const sums = visit.url.searchParams.get('sum')?.split(',') ?? []
  if (sums.includes(sumText(table))) return await told(visit, table, { is: 'same' }, [])
  if (sums.length === 0 || table.heads.size <= fewBranches) {
    return await listed(visit, table, isForWriting)
  }
  const parts = partsFor(table.heads.size)
  return await told(visit, table, { is: 'parts', parts }, [encodeSums(table.heads, parts)])
}

/** A page of all branches. With `bare` their revisions follow: the client has only those of earlier pages. */
async function listed(visit: Visit, table: HeadTable, isForWriting: boolean): Promise<Answer> {
  const { searchParams } = visit.url
  const after = searchParams.get('after')
  const all = [...table.heads].sort(([one], [other]) => compareNames(one, other))
  const start = after === null ? 0 : all.findIndex(([name]) => compareNames(after, name) < 0)
  const first = start < 0 ? all.length : start
  const page = all.slice(first, first + mostRefsOfPage)
  const follows = !isForWriting && searchParams.get('bare') === '1' && page.length > 0
  const more = first + page.length < all.length
  const parts = [encodeNames(page.map(([name]) => name)), encodeRefs(page.map(refOf))]
  const body = { is: 'list', more, follows }
  if (!follows) return await told(visit, table, body, parts)
  const from = all.slice(0, first).map(refOf)
  return await following(visit, await headed(visit, table, body, parts), from, page.map(refOf))
}

/** Which of the client's heads are right, the branches whose heads differ, and the missing revisions. */
async function changed(
  visit: Visit,
  table: HeadTable,
  { entries, shorts }: Known,
  isForWriting: boolean
): Promise<Answer> {
  const theirs = new Set(shorts)
  const ours = new Set(entries.map(([, head]) => head.short))
  const differ = entries.filter(([, head]) => !theirs.has(head.short))
  const isPlain = isForWriting || visit.url.searchParams.get('follow') === '0'
  const isKnown = ([, head]: HeadEntry) => theirs.has(head.short)
  const same = () => (isForParts(visit) ? unchanged(table, differ) : entries.filter(isKnown))
  const from = isPlain ? undefined : await startsOf(visit, same, differ, theirs)
  const follows = from !== undefined
  const parts = [
    encodeBits(shorts.map((short) => ours.has(short))),
    encodeNames(differ.map(([name]) => name)),
    encodeRefs(differ.map(refOf))
  ]
  const body = { is: 'changed', follows }
  if (from === undefined) return await told(visit, table, body, parts)
  return await following(visit, await headed(visit, table, body, parts), from, differ.map(refOf))
}

/**
 * The revisions that the client has of the branches that differ: for each head, a revision below it whose short hash it
 * sent. If none is found, as for a new branch, all heads that did not change.
 */
async function startsOf(
  visit: Visit,
  same: () => readonly HeadEntry[],
  differ: readonly HeadEntry[],
  theirs: ReadonlySet<number>
): Promise<Ref[] | undefined> {
  if (differ.length === 0 || differ.length > mostFollowed) return undefined
  const starts: Ref[] = []
  for (const [name, { ref }] of differ) {
    const start = theirs.size === 0 ? undefined : await knownBelow(visit, name, ref, theirs)
    if (start !== undefined) starts.push(start)
  }
  if (starts.length === differ.length) return starts
  return [...starts, ...same().map(refOf)]
}

/** Whether the client has all other branches unchanged: their parts are equal. */
function isForParts({ url }: Visit): boolean {
  return url.searchParams.get('what') === 'parts'
}

function unchanged({ heads }: HeadTable, differ: readonly HeadEntry[]): HeadEntry[] {
  const changing = new Set(differ.map(([name]) => name))
  return [...heads].filter(([name]) => !changing.has(name))
}

async function knownBelow(
  { handle, signal }: Visit,
  name: string,
  to: Ref,
  theirs: ReadonlySet<number>
): Promise<Ref | undefined> {
  const range = { to, until: [], limit: mostBelow, withData: false }
  // mostly it is the one before
  for (const ref of await handle.ask((engine) => engine.ancestors(to))) {
    if (theirs.has(shortOf(name, ref))) return ref
  }
  for await (const steps of handle.engine.history(range, signal)) {
    for (const { ref } of steps) {
      if (theirs.has(shortOf(name, ref))) return ref
    }
  }
  return undefined
}

function refOf([, { ref }]: HeadEntry): Ref {
  return ref
}

/** The first parts of an answer: JSON, then lists. */
async function headed(
  visit: Visit,
  table: HeadTable,
  body: object,
  parts: readonly Uint8Array[]
): Promise<Uint8Array> {
  const { handle, settings, url } = visit
  const { heads, maxBodyBytes } = settings
  const bases = handle.engine.wire === undefined ? undefined : true
  const name = handle.engine.name ?? ''
  const isBrief = url.searchParams.get('brief') === '1'
  const said = isBrief ? {} : { heads, maxBodyBytes, bases, sum: sumText(table) }
  const wanted = isForWriter(url) ? await printOfWanted(visit) : {}
  const json = { name, count: table.heads.size, ...said, ...wanted, ...body }
  return joined([Buffer.from(JSON.stringify(json)), ...parts])
}

async function told(
  visit: Visit,
  table: HeadTable,
  body: object,
  parts: readonly Uint8Array[]
): Promise<Answer> {
  return await listAnswer(await headed(visit, table, body, parts), visit)
}

async function following(
  visit: Visit,
  before: Uint8Array,
  from: readonly Ref[],
  to: readonly Ref[]
): Promise<Answer> {
  decided(visit)
  if (before.length > little) await visit.hold.claim('lists', before.length)
  return await historyAnswer(visit, from, [...new Set(to)], before)
}
