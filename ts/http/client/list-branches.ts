/**
 * `branches` of a remote database: pages of names and heads.
 */

import type { NameRange } from '../../base/names.js'
import type { Ref } from '../../base/types.js'
import { broken } from '../protocol.js'
import { BranchCalls } from './branch-calls.js'
import type { Calls } from './calls.js'

/** The branches of a range, in the order of their names, except that whole numbers come first. */
export async function listBranches(
  calls: Calls,
  { prefix, after, limit }: NameRange,
  signal: AbortSignal | undefined
): Promise<Record<string, Ref>> {
  const branches = new BranchCalls(calls)
  const asked = { prefix, remote: undefined, signal }
  const record: Record<string, Ref> = Object.create(null)
  let [count, last] = [0, after]
  while (count < limit) {
    const page = await calls.retrying(signal, () =>
      branches.branches(asked, { what: 'list', after: last }, new Uint8Array())
    )
    if (page.is !== 'list') throw broken('the server did not send a list')
    for (const [name, ref] of page.listed) {
      if (count === limit) return record
      record[name] = ref
      last = name
      count += 1
    }
    if (!page.more) return record
  }
  return record
}
