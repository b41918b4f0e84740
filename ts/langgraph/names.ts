/**
 * The names of the branches that hold threads.
 *
 * The branches of the leaves of a thread and namespace have the prefix `<thread>/<namespace>/`. The index branches, which
 * find a checkpoint by its id and hold its pending writes, are below `~langgraph/`. Names end in the writer: a database
 * moves only its own branches, so that those of another one can always be fast-forwarded.
 */

import { createHash } from 'node:crypto'
import { Recent } from './recent.js'

/** A thread and a namespace in it. */
export interface Place {
  readonly thread: string
  readonly namespace: string
}

/** The prefix of all branches that are not leaves. No thread's prefix begins with it. */
export const indexRoot = '~langgraph/'

/** Most bytes of a thread's and a namespace's part of a name, so that no name has over 255. */
const threadBytes = 128
const namespaceBytes = 96

/** A leaf's name ends in its first checkpoint and its writer. */
const leafName = /^[^/]+\/[^/]*\/[\w-]{12}\.[\w-]{8}$/
const unprintable = /[\p{Control}\p{Surrogate}%/]/gu
const plainId = /^[\w:-]{1,48}$/

/** Recently made parts of names. */
const parts = new Recent<string>(512)

/** The prefix of a thread's branches. */
export function threadPrefix(thread: string): string {
  return kept(`prefix ${thread}`, () => newThreadPrefix(thread))
}

function newThreadPrefix(thread: string): string {
  const part = partOf(thread, threadBytes)
  return `${part.startsWith('~') ? `%7E${part.slice(1)}` : part}/`
}

/** The prefix of the leaves of a place. */
export function leafPrefix({ thread, namespace }: Place): string {
  return `${threadPrefix(thread)}${partOf(namespace, namespaceBytes)}/`
}

/** The branch of the leaf that begins with the checkpoint `id`. */
export function leafBranch(place: Place, id: string, writer: string): string {
  return `${leafPrefix(place)}${digest(id, 12)}.${writer}`
}

/** The branch on which `writer` continues what another database wrote on `branch`. */
export function continued(branch: string, writer: string): string {
  return `${branch.slice(0, branch.lastIndexOf('.'))}.${writer}`
}

/** Whether `writer` moves this branch. */
export function isOf(writer: string, branch: string): boolean {
  return branch.endsWith(`.${writer}`)
}

/** Whether a name is that of a leaf, or is below `~langgraph/`. */
export function isOurs(branch: string): boolean {
  return branch.startsWith(indexRoot) || leafName.test(branch)
}

/** The prefix of the index branches of a thread. */
export function threadIndex(thread: string): string {
  return kept(`index ${thread}`, () => `${indexRoot}${digest(thread, 12)}/`)
}

/** The prefix of the index branches of a place. */
export function placeIndex({ thread, namespace }: Place): string {
  if (namespace === '') return `${threadIndex(thread)}/`
  return `${threadIndex(thread)}${kept(`namespace ${namespace}`, () => digest(namespace, 8))}/`
}

/** The prefix of the index branches, one for each writer, of the checkpoint `id`. */
export function indexPrefix(place: Place, id: string): string {
  return `${placeIndex(place)}${plainId.test(id) ? id : `%${digest(id, 22)}`}.`
}

/** The branch that holds what is still to be erased of a thread. */
export function erasingBranch(thread: string): string {
  return `${indexRoot}erasing/${digest(thread, 12)}`
}

/** A writer's part of names: 8 characters for the name of its database. */
export function writerOf(database: string): string {
  return digest(database, 8)
}

/** A checkpoint's key in maps. */
export function keyOf({ thread, namespace }: Place, id: string): string {
  return JSON.stringify([thread, namespace, id])
}

/** A text as a part of a name: control characters, `/` and `%` are escaped; a long one is cut to `most` bytes and ends in a hash. */
function partOf(text: string, most: number): string {
  const escaped = text.replace(unprintable, escapeOf)
  if (Buffer.byteLength(escaped) <= most) return escaped
  const room = most - 24
  const kept = Buffer.from(escaped)
    .subarray(0, room)
    .toString()
    .replace(/\uFFFD$/, '')
  return `${kept.replace(/%\w?$/, '')}%~${digest(text, 22)}`
}

/** `%` and the hexadecimal digits of each UTF-8 byte; of a lone surrogate those of the code unit. */
function escapeOf(character: string): string {
  const unit = character.charCodeAt(0)
  const hex = unit.toString(16).toUpperCase()
  return unit < 0x80 ? `%${hex.padStart(2, '0')}` : `%u${hex.padStart(4, '0')}`
}

/** The result of `make`, cached under `key`, since hashes cost microseconds. */
function kept(key: string, make: () => string): string {
  const found = parts.get(key)
  if (found !== undefined) return found
  const made = make()
  parts.set(key, made)
  return made
}

/** The first `length` characters of a hash, 6 bits each. Lone surrogates count as themselves. */
function digest(text: string, length: number): string {
  return createHash('sha256').update(text, 'utf16le').digest('base64url').slice(0, length)
}
