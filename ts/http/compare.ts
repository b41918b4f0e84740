/**
 * Encodes heads by branch so that both ends find the ones that differ: as sums of hashes over parts of the branches, and
 * as short hashes of the branches in parts whose sums differ.
 */

import { divided, type HashedHeads } from '../branch/hashed-heads.js'
import type { HeadTable } from '../branch/head-tables.js'
import { decodeRefs, encodeRefs } from '../wire/wire-refs.js'
import { broken, mostRefsAsked } from './protocol.js'

/** Up to this many branches are listed whole; more are divided into parts. */
export const fewBranches = 64
/** Most parts. */
const mostParts = 1 << 15

/** Bytes of the sum of a part, of the number of one, and of a short hash. */
const [sumBytes, numberBytes, shortBytes] = [3, 2, 6]

/** The number of parts for a number of branches, chosen so that both the sums and a few parts are small. */
export function partsFor(branches: number): number {
  return Math.min(mostParts, 2 ** Math.round(Math.log2(Math.sqrt(branches * 32))))
}

/** Parses the number of parts that the other end sent. */
export function parseParts(text: string | null): number {
  const parts = Number(text)
  if (parts >= 1 && parts <= mostParts && Number.isInteger(Math.log2(parts))) return parts
  throw broken('parts must be a power of two')
}

/** The sums of the parts, as bytes. */
export function encodeSums(heads: HashedHeads, parts: number): Uint8Array {
  const bytes = new Uint8Array(parts * sumBytes)
  let at = 0
  for (const sum of divided(heads, parts).sums) {
    bytes[at] = sum
    bytes[at + 1] = sum >>> 8
    bytes[at + 2] = sum >>> 16
    at += sumBytes
  }
  return bytes
}

/** The numbers of the parts whose sums differ. */
export function differing(one: Uint8Array, other: Uint8Array): number[] {
  if (one.length !== other.length) throw broken('the sums are not those of as many parts')
  const numbers: number[] = []
  for (let at = 0; at < one.length; at += 1) {
    if (one[at] === other[at]) continue
    const number = Math.floor(at / sumBytes)
    numbers.push(number)
    at = number * sumBytes + sumBytes - 1 // the last byte of this sum
  }
  return numbers
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

/** The numbers of some of `parts` parts. */
export function decodeNumbers(bytes: Uint8Array, parts: number): number[] {
  if (bytes.length > parts * numberBytes) throw broken('it names more parts than there are')
  const buffer = whole(bytes, numberBytes)
  return Array.from({ length: buffer.length / numberBytes }, (_number, place) =>
    buffer.readUInt16LE(place * numberBytes)
  )
}

export function encodeShorts(shorts: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(shorts.length * shortBytes)
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const short of shorts) {
    view.setUint32(at, short, true) // its lowest 32 bits
    view.setUint16(at + 4, short / 2 ** 32, true)
    at += shortBytes
  }
  return bytes
}

export function decodeShorts(bytes: Uint8Array): number[] {
  if (bytes.length > mostRefsAsked * shortBytes) {
    throw broken(`a request has more than ${mostRefsAsked} short hashes`)
  }
  const buffer = whole(bytes, shortBytes)
  return Array.from({ length: buffer.length / shortBytes }, (_short, place) =>
    buffer.readUIntLE(place * shortBytes, shortBytes)
  )
}

/** Names of branches as bytes, encoded as a list of refs. */
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
