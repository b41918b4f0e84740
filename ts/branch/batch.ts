/**
 * `batch`: turns the operations that users pass into those that an engine does together.
 */

import {
  ancestorsArgument,
  isRecord,
  type Options,
  previousHeadArgument,
  refArgument
} from '../base/arguments.js'
import { calls } from '../base/calls.js'
import { withIndex } from '../base/errors.js'
import { type Known, optionsOf } from '../base/known.js'
import { nameArgument } from '../base/names.js'
import type { HeadOperation } from '../engine.js'
import type { Handle } from './handle.js'
import { type MetaSource, metaText } from './meta.js'
import { payloadOf } from './payload.js'

/** The table of each kind of operation. */
const kinds: Readonly<Record<HeadOperation['type'], Known>> = {
  put: calls.batchPut,
  setHead: calls.batchSetHead,
  deleteBranch: calls.batchDeleteBranch
}

/**
 * The operations of `given`, checked.
 *
 * @throws {TypeError} with the `index` of the invalid operation
 */
export function operationsOf(given: unknown, handle: Handle): HeadOperation[] {
  if (!Array.isArray(given)) throw new TypeError('operations must be an array')
  const { meta: usual } = handle
  const under = typeof usual === 'function' ? usual() : usual
  return Array.from(given as unknown[], (operation, index) => {
    try {
      return operationOf(operation, handle, under)
    } catch (error) {
      throw error instanceof Error ? withIndex(error, index) : error
    }
  })
}

function operationOf(given: unknown, handle: Handle, under: MetaSource | undefined): HeadOperation {
  const type = isRecord(given) ? given['type'] : undefined
  if (type !== 'put' && type !== 'setHead' && type !== 'deleteBranch') {
    throw new TypeError("each of operations must have the type 'put', 'setHead' or 'deleteBranch'")
  }
  const options = optionsOf(given, kinds[type])
  const { branch: name = handle.branch } = options
  const to = {
    branch: nameArgument(name, 'the name of a branch'),
    previousHead: previousHeadArgument(options['previousHead'])
  }
  if (type === 'deleteBranch') return { ...to, type }
  if (type === 'setHead') return { ...to, type, ref: refArgument(options['ref'], 'ref') }
  return { ...to, type, draft: draftOf(options, handle, under) }
}

function draftOf(options: Options, { strict }: Handle, under: MetaSource | undefined) {
  return {
    payload: payloadOf(options['data'], strict),
    ancestors: ancestorsArgument(options['ancestors']),
    meta: metaText(options['meta'], under, strict)
  }
}
