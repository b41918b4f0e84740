/**
 * Compares secrets of requests by their hashes, in a time that does not reveal where they differ.
 */

import { createHash, timingSafeEqual } from 'node:crypto'

/** The digest by which a secret is compared. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Whether two digests are the same. */
export function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

/** The digest of the token in `Authorization: Bearer`; that of an empty text if there is none. */
export function bearerDigest(request: Request): Buffer {
  const [, token = ''] = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  return digest(token)
}
