/**
 * Secrets that requests bring, compared by their hashes in a time that does not tell where they differ.
 */

import { createHash, timingSafeEqual } from 'node:crypto'

/** What a secret is known by. */
export function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Whether two digests are the same. */
export function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}

/** The digest of the token in `Authorization: Bearer`; that of an empty text where there is none. */
export function bearerDigest(request: Request): Buffer {
  const [, token = ''] = /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '') ?? []
  return digest(token)
}
