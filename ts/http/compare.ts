/**
 * What both ends say of heads by branch, to find the ones that differ: sums of hashes over parts of the branches, and short
 * hashes of those in parts whose sums differ.
 */

import type { HashedHead, HashedHeads, HeadTable } from '../branch/head-tables.js'
import { decodeRefs, encodeRefs } from '../wire/wire-refs.js'
import { broken, mostRefsAsked } from './protocol.js'

/** Branches are listed whole up to so many, and divided into parts above. */
export const fewBranches = 64
/** Most parts. */
const mostParts = 1 << 15

/** Bytes of the sum of a part, of the number of one, and of a short hash. */
const [sumBytes, numberBytes, shortBytes] = [4, 2, 8]

/** The number of parts for so many branches: both the sums and a few parts of them are small then. */
export function partsFor(branches: number): number {
  return Math.min(mostParts, 2 ** Math.round(Math.log2(Math.sqrt(branches * 32))))
}

/** The number of parts that the other end names. */
export function parseParts(text: string | null): number {
  const parts = Number(text)
  if (parts >= 1 && parts <= mostParts && Number.isInteger(Math.log2(parts))) return parts
  throw broken('parts must be a power of two')
}

/** The part of a branch: FNV-1a of the UTF-8 of its name. */
export function partOfBranch(branch: string, parts: number): number {
  let hash = 0x811c_9dc5
  for (const byte of Buffer.from(branch)) hash = Math.imul(hash ^ byte, 0x0100_0193)
  return (hash >>> 0) % parts
}

/** The sums of the parts, as bytes. */
export function encodeSums(heads: HashedHeads, parts: number): Uint8Array {
  const sums = new Uint32Array(parts)
  for (const [branch, { hash }] of heads) {
    const part = partOfBranch(branch, parts)
    sums[part] = (sums[part] ?? 0) + Number(hash & 0xffff_ffffn)
  }
  const bytes = Buffer.alloc(parts * sumBytes)
  for (const [part, sum] of sums.entries()) bytes.writeUInt32LE(sum, part * sumBytes)
  return bytes
}

/** The numbers of the parts whose sums differ. */
export function differing(one: Uint8Array, other: Uint8Array): number[] {
  if (one.length !== other.length) throw broken('the sums are not those of as many parts')
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  const numbers: number[] = []
  for (let at = 0; at < a.length; at += sumBytes) {
    if (a.readUInt32LE(at) !== b.readUInt32LE(at)) numbers.push(at / sumBytes)
  }
  return numbers
}

/** The short hash of a head: its upper 64 bits. */
export function shortOf({ hash }: HashedHead): bigint {
  return hash >> 192n
}

/** A sum as text: 64 hexadecimal digits. */
export function sumText({ sum }: HeadTable): string {
  return sum.toString(16).padStart(64, '0')
}

export function encodeNumbers(numbers: readonly number[]): Uint8Array {
  const bytes = Buffer.alloc(numbers.length * numberBytes)
  for (const [place, number] of numbers.entries()) bytes.writeUInt16LE(number, place * numberBytes)
  return bytes
}

export function decodeNumbers(bytes: Uint8Array): number[] {
  const buffer = whole(bytes, numberBytes)
  return Array.from({ length: buffer.length / numberBytes }, (_number, place) =>
    buffer.readUInt16LE(place * numberBytes)
  )
}

export function encodeShorts(shorts: readonly bigint[]): Uint8Array {
  const bytes = Buffer.alloc(shorts.length * shortBytes)
  for (const [place, short] of shorts.entries()) bytes.writeBigUInt64LE(short, place * shortBytes)
  return bytes
}

export function decodeShorts(bytes: Uint8Array): bigint[] {
  const buffer = whole(bytes, shortBytes)
  return Array.from({ length: buffer.length / shortBytes }, (_short, place) =>
    buffer.readBigUInt64LE(place * shortBytes)
  )
}

/** Names of branches as bytes: as a list of refs. */
export function encodeNames(names: readonly string[]): Uint8Array {
  return encodeRefs(names)
}

export function decodeNames(bytes: Uint8Array): string[] {
  return decodeRefs(bytes, mostRefsAsked)
}

function whole(bytes: Uint8Array, size: number): Buffer {
  if (bytes.length % size !== 0) throw broken('a list is cut short')
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
