/**
 * Texts that only the page uses: short refs, names, places, distances.
 */

import { grouped } from '../ts/base/shown.js'

/** The first digits of a ref. */
export function short(ref: string): string {
  return ref.length > 16 ? ref.slice(0, 10) : ref
}

/** The distance of two histories, up to `most`. */
interface Distance {
  readonly ahead: number
  readonly behind: number
  readonly most: number
}

/** The distance of a history from another one, in words. */
export function apartWords({ ahead, behind, most }: Distance, other: string): string {
  const upTo = (count: number) => `${grouped(count)}${count >= most ? '+' : ''}`
  if (ahead === 0 && behind === 0) return `same as ${other}`
  if (behind === 0) return `${upTo(ahead)} ahead of ${other}`
  if (ahead === 0) return `${upTo(behind)} behind ${other}`
  return `${upTo(ahead)} ahead, ${upTo(behind)} behind ${other}`
}

/** The name of an author without the address. */
export function nameOf(author: string): string {
  return author.replace(/ <[^<>]*>$/, '')
}

/** A pointer for people; the whole has none. */
export function placeOf(path: string): string {
  return path === '' ? '(all of it)' : path
}
