/**
 * The definition of texts and refs in plain JavaScript, by the contract's words: JCS and BLAKE3
 * from two packages, nothing of ours.
 */

import { blake3 } from '@noble/hashes/blake3.js'
import canonicalize from 'canonicalize'
import type { Ref } from '../../ts/base/types.js'
import type { Payload } from '../../ts/engine.js'

/** A payload in its canonical form. */
export function canonical(payload: Payload): Payload {
  if (typeof payload !== 'string') return payload
  const data: unknown = JSON.parse(payload)
  if (depthOf(data) > 1000) throw new TypeError('data is nested too deep')
  try {
    return canonicalize(data) as string
  } catch (error) {
    throw new TypeError('data has no canonical form', { cause: error })
  }
}

/** The ref of a revision whose payload is canonical. */
export function refOf(ancestors: readonly Ref[], payload: Payload): Ref {
  const bytes = typeof payload === 'string' ? utf8(payload) : payload
  const kind = typeof payload === 'string' ? 'data' : 'bytes'
  const hash = Buffer.from(blake3(bytes)).toString('hex')
  const record = `{"ancestors":${JSON.stringify(ancestors)},"${kind}":"${hash}"}`
  return Buffer.from(blake3(utf8(record))).toString('hex')
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Arrays and objects around the innermost value, counted level by level, without recursion. */
function depthOf(data: unknown): number {
  let depth = 0
  let level = [data].filter(isContainer)
  while (level.length > 0) {
    depth += 1
    level = level.flatMap((value) => Object.values(value)).filter(isContainer)
  }
  return depth
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
