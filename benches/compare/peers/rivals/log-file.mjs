/** The file of those that keep a document in memory and leave its storage to others: chunks are appended and synced. */

import { existsSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'

/** Opens the file; `chunks` are what it had, each behind its length in 4 bytes. */
export async function openLog(path) {
  const chunks = existsSync(path) ? split(readFileSync(path)) : []
  const file = await open(path, 'a')
  return {
    chunks,
    async append(chunk) {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(chunk.length)
      await file.writev([length, chunk])
      await file.datasync()
    },
    close: () => file.close()
  }
}

function split(bytes) {
  const chunks = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at)
    chunks.push(bytes.subarray(at + 4, end))
    at = end
  }
  return chunks
}
