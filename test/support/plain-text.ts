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

/** The ref of a revision whose payload and meta are canonical. */
export function refOf(ancestors: readonly Ref[], payload: Payload, meta?: Payload): Ref {
  const kind = typeof payload === 'string' ? 'data' : 'bytes'
  const beside = meta === undefined ? '' : `,"meta":"${hashOf(meta)}"`
  return hashOf(
    `{"ancestors":${JSON.stringify(ancestors)},"${kind}":"${hashOf(payload)}"${beside}}`
  )
}

function hashOf(payload: Payload): string {
  const bytes = typeof payload === 'string' ? utf8(payload) : payload
  return Buffer.from(blake3(bytes)).toString('hex')
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
