/**
 * The two sides of a run, which may be hand-written: checks that they have the functions of their roles, and reads heads.
 */

import { described, isRecord } from '../base/arguments.js'
import { HistoError } from '../base/errors.js'
import { askForeign, hasMethod } from '../base/foreign.js'
import type { Ref } from '../base/types.js'

/** @throws {TypeError} if `source` lacks a function of the role; `more`: functions needed besides the usual ones */
export function checkSource(source: unknown, more: readonly string[] = []): void {
  checkRole(source, 'source', ['head', 'refDifference', 'createStream', ...more])
}

/** @throws {TypeError} if `target` lacks a function of the role; `more`: functions needed besides the usual ones */
export function checkTarget(target: unknown, more: readonly string[] = []): void {
  checkRole(target, 'target', ['head', 'remoteHead', 'writeStream', 'setRemoteHead', ...more])
}

function checkRole(side: unknown, what: string, members: readonly string[]): void {
  if (typeof side !== 'object' || side === null) {
    throw new TypeError(`${what} must be an object, not ${described(side)}`)
  }
  const lacking = members.find((member) => !hasMethod(side, member))
  if (lacking !== undefined) throw new TypeError(`${what} must have a function ${lacking}`)
}

/** Reads a head of a side. */
export async function headOf(
  side: object,
  member: string,
  ...args: readonly unknown[]
): Promise<Ref | null> {
  const head: Ref | null = (await askForeign<Ref | null>(side, member, ...args)) ?? null
  if (head === null || typeof head === 'string') return head
  throw new HistoError('HISTO_PROTOCOL', `${member} returned ${described(head)} instead of a ref`)
}

/** Reads heads of a side by name: `branches` or `remotes`. */
export async function headsOf(
  side: object,
  member: 'branches' | 'remotes',
  prefix: string
): Promise<Map<string, Ref>> {
  const heads = await askForeign<unknown>(side, member, { prefix })
  if (isRecord(heads) && Object.values(heads).every((ref) => typeof ref === 'string')) {
    return new Map(Object.entries(heads as Readonly<Record<string, Ref>>))
  }
  throw new HistoError('HISTO_PROTOCOL', `${member} returned no object of refs by name`)
}
