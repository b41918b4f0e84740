/** Damaging database files on purpose. */

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

const pageSize = 4096
const leaf = 2

/** Spoils the header of each leaf page on which the record of a revision stands, in an open file too. */
export function breakPageOf(file: string, ref: string): void {
  const bytes = readFileSync(file)
  const raw = Buffer.from(ref, 'hex')
  const open = openSync(file, 'r+')
  let broken = 0
  for (let at = bytes.indexOf(raw); at >= 0; at = bytes.indexOf(raw, at + 1)) {
    const start = at - (at % pageSize)
    if (bytes.readUInt16LE(start + 10) !== leaf) continue
    writeSync(open, Buffer.alloc(32, 0xff), 0, 32, start + 8)
    broken += 1
  }
  closeSync(open)
  if (broken === 0) throw new Error(`no leaf page holds ${ref}`)
}

/** CRC-32C, a bit at a time, to forge checksums with. */
export function crc32c(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (sum & 1 ? 0x82f63b78 : 0)
  }
  return ~sum >>> 0
}
