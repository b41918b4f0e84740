/**
 * `news`: the state, and with it what the client lacks, if the refs that it names are enough to determine that.
 *
 * The client names some of its refs. The first ones are bounds: every revision that it has is a bound, is reached by one,
 * or is named too. If the head reaches all bounds, both sides have exactly what the named refs below the head reach.
 */

import type { Ref } from '../../base/types.js'
import { broken, type News } from '../protocol.js'
import { joint } from '../split.js'
import { type Answer, bytesAnswer } from './answers.js'
import { refsOf } from './asked-refs.js'
import { expectAllowed } from './authorize.js'
import { historyAnswer } from './history-answer.js'
import { printBelow } from './lacking.js'
import { reachedByHead } from './reach.js'
import { stateOf } from './reading.js'
import type { Visit } from './visit.js'

/** `news`: all that the head but not the named refs reach. Named refs that the head does not reach are ignored. */
export async function news(visit: Visit): Promise<Answer> {
  const { handle, url } = visit
  await expectAllowed(visit, 'read')
  const named = await refsOf(visit)
  const bounds = boundsOf(url, named.length)
  await handle.opened()
  const told = await stateOf(visit)
  const state = { ...told, ...(await printBelow(visit, told.head)) }
  const from = await commonOf(visit, state.head, named, bounds)
  if (state.head === null || from === undefined) {
    return bytesAnswer(headed({ ...state, follows: false }))
  }
  return await historyAnswer(visit, from, state.head, headed({ ...state, follows: true }))
}

/** The refs that both have, if that is decided and something is missing. */
async function commonOf(
  { handle, signal }: Visit,
  head: Ref | null,
  named: readonly Ref[],
  bounds: number | undefined
): Promise<Ref[] | undefined> {
  if (bounds === undefined || head === null || named.includes(head)) return undefined
  const reached = await reachedByHead(handle, named, signal)
  if (!reached.slice(0, bounds).every(Boolean)) return undefined
  return named.filter((_ref, place) => reached[place])
}

/** Number of bounds among the named refs; `undefined` if it is not given, so that nothing is decided. */
function boundsOf(url: URL, named: number): number | undefined {
  const given = url.searchParams.get('bounds')
  if (given === null) return undefined
  const bounds = Number(given)
  if (/^\d{1,5}$/.test(given) && bounds <= named) return bounds
  throw broken('bounds must be a number of refs')
}

function headed(told: News): Uint8Array {
  return joint(Buffer.from(JSON.stringify(told)))
}
