/**
 * Heads by branch, each with a hash, and divided into parts by the names of the branches, so that two sides find what differs
 * between them at the cost of what does.
 */

import { hash } from 'node:crypto'
import type { Ref } from '../base/types.js'

/** A head, and the hash of it and its branch. */
export interface HashedHead {
  readonly ref: Ref
  /** 256 bits. */
  readonly hash: bigint
  /** Its highest 48 bits, and its lowest 24. */
  readonly short: number
  readonly low: number
  /** The FNV-1a of the branch, of 32 bits. */
  readonly place: number
}

/** Heads by branch. */
export type HashedHeads = ReadonlyMap<string, HashedHead>

/** Hexadecimal digits of a short hash, and of the low bits. */
const [shortDigits, lowDigits] = [12, 6]

/** A head with its hash: the SHA-256 of the branch, a line feed, and the ref. */
export function hashedHead(branch: string, ref: Ref): HashedHead {
  const digits = digitsOf(branch, ref)
  return {
    ref,
    hash: BigInt(`0x${digits}`),
    short: shortIn(digits),
    low: Number.parseInt(digits.slice(-lowDigits), 16),
    place: placeOf(branch)
  }
}

/** The short hash of a head. */
export function shortOf(branch: string, ref: Ref): number {
  return shortIn(digitsOf(branch, ref))
}

function digitsOf(branch: string, ref: Ref): string {
  return hash('sha256', `${branch}\n${ref}`, 'hex')
}

function shortIn(digits: string): number {
  return Number.parseInt(digits.slice(0, shortDigits), 16)
}

/** FNV-1a of the UTF-8 of a name. */
function placeOf(branch: string): number {
  let place = 0x811c_9dc5
  for (const byte of Buffer.from(branch)) place = Math.imul(place ^ byte, 0x0100_0193)
  return place >>> 0
}

/** A branch and its head. */
export type HeadEntry = readonly [name: string, head: HashedHead]

/** Heads divided into parts. */
interface Division {
  /** How many parts there are. */
  readonly parts: number
  /** The sum of the low bits of each; its lowest 24 bits count. */
  readonly sums: Uint32Array
  /** The branches of each. */
  readonly names: readonly string[][]
}

/** The latest division of each collection of heads that was divided. */
const divisions = new WeakMap<HashedHeads, Division>()

/** Divides heads. It is kept with them, so that the next time costs nothing. */
export function divided(heads: HashedHeads, parts: number): Division {
  const kept = divisions.get(heads)
  if (kept?.parts === parts) return kept
  const sums = new Uint32Array(parts)
  const names = Array.from({ length: parts }, (): string[] => [])
  for (const [name, { place, low }] of heads) {
    const part = place % parts
    sums[part] = (sums[part] ?? 0) + low
    names[part]?.push(name)
  }
  const division = { parts, sums, names }
  divisions.set(heads, division)
  return division
}

/** The heads of some parts. */
export function headsIn(
  heads: HashedHeads,
  { parts }: Pick<Division, 'parts'>,
  numbers: Iterable<number>
): HeadEntry[] {
  const { names } = divided(heads, parts)
  const entries: HeadEntry[] = []
  for (const number of new Set(numbers)) {
    for (const name of names[number] ?? []) {
      const head = heads.get(name)
      if (head !== undefined) entries.push([name, head])
    }
  }
  return entries
}

/** How many heads some parts have. */
export function countIn(
  heads: HashedHeads,
  { parts }: Pick<Division, 'parts'>,
  numbers: readonly number[]
): number {
  const { names } = divided(heads, parts)
  return numbers.reduce((count, number) => count + (names[number]?.length ?? 0), 0)
}

/** Sets or removes a head, in the division that is kept too; returns the one before it. */
export function replaceHead(
  heads: Map<string, HashedHead>,
  branch: string,
  head: HashedHead | undefined
): HashedHead | undefined {
  const before = heads.get(branch)
  if (head === undefined) heads.delete(branch)
  else heads.set(branch, head)
  const division = divisions.get(heads)
  const place = (head ?? before)?.place
  if (division === undefined || place === undefined) return before
  const { parts, sums, names } = division
  const part = place % parts
  sums[part] = (sums[part] ?? 0) - (before?.low ?? 0) + (head?.low ?? 0)
  const there = names[part]
  if (before === undefined) there?.push(branch)
  else if (head === undefined) there?.splice(there.indexOf(branch), 1)
  return before
}
