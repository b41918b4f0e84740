/**
 * Turns what was read of a revision into the API's results.
 */

import { shortened } from '../base/arguments.js'
import { HistoError, nameHint } from '../base/errors.js'
import type { RevisionHeader } from '../base/options.js'
import { parseJson } from '../base/parse.js'
import type { Meta, Ref, Revision } from '../base/types.js'
import type { Parts } from './stored-revisions.js'

/** Returns `read`; throws `HISTO_NOT_FOUND` if the revision is missing. */
export function found<R>(ref: Ref, read: R | undefined): R {
  if (read !== undefined) return read
  const message = `revision not found: ${shortened(ref)}${nameHint(ref)}`
  throw new HistoError('HISTO_NOT_FOUND', message, { ref })
}

/** The error for a missing ancestor. */
export function missingAncestor(ref: Ref): HistoError {
  return new HistoError('HISTO_MISSING_ANCESTOR', `missing ancestor: ${shortened(ref)}`, { ref })
}

/** The decoded data. */
export function dataOf(data: Parts['data']): unknown {
  return typeof data === 'string' ? parseJson(data) : data
}

/** The revision as the API returns it. */
export function revisionOf(ref: Ref, parts: Parts): Revision<unknown> {
  const { ancestors, meta } = parts
  const data = dataOf(parts.data)
  if (meta === undefined) return { ref, ancestors, data }
  return { ref, ancestors, data, meta: parseJson(meta) as Meta }
}

/** The revision without its data. */
export function headerOf(ref: Ref, { ancestors, meta }: Parts): RevisionHeader {
  return meta === undefined ? { ref, ancestors } : { ref, ancestors, meta: parseJson(meta) as Meta }
}
