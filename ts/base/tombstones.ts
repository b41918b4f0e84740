/**
 * Tombstones in a transfer: revisions without their data, which was erased in the database they come from.
 */

import { choiceOption, type Options } from './arguments.js'
import { HistoError } from './errors.js'
import type { Ref } from './types.js'

/** Whether a transfer with tombstones is accepted. */
export type TombstonesPolicy = 'accept' | 'refuse'

/** Revisions and bytes that were sent. */
interface Sent {
  readonly revisions: number
  readonly bytes: number
  readonly tombstones?: number
}

/** Whether the option `tombstones` refuses them. */
export function refusesTombstones(options: Options): boolean {
  return choiceOption(options, 'tombstones', ['accept', 'refuse']) === 'refuse'
}

/** The error of a transfer that has a tombstone, `ref`. */
export function tombstoneRefused(ref: Ref | undefined, cause?: unknown): HistoError {
  const which = ref === undefined ? 'a revision' : `revision ${ref}`
  const message = `${which} comes without its data, which was erased: refused`
  return new HistoError('HISTO_DENIED', message, {
    ...(ref === undefined ? {} : { ref }),
    ...(cause === undefined ? {} : { cause })
  })
}

/** The sum of both. */
export function added(one: Sent, other: Sent): Sent {
  const { revisions, bytes } = other
  const tombstones = (one.tombstones ?? 0) + (other.tombstones ?? 0)
  return { revisions: one.revisions + revisions, bytes: one.bytes + bytes, ...counted(tombstones) }
}

/** How many of the revisions sent are tombstones; nothing where none are. */
export function counted(tombstones: number): Pick<Sent, 'tombstones'> {
  return tombstones === 0 ? {} : { tombstones }
}
