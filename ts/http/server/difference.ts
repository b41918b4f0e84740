/**
 * `difference`: the refs that the first one reaches and the others do not, newest first, in pages.
 */

import { type Page, type Paged, pageOf } from '../../base/pages.js'
import { abortable } from '../../base/signal.js'
import type { Ref } from '../../base/types.js'
import { encodeRefs } from '../../wire/wire-refs.js'
import { broken, mostRefsOfPage, totalHeader } from '../protocol.js'
import { type Answer, listAnswer } from './answers.js'
import { decided, refsOf } from './asked-refs.js'
import { expectAllowed } from './authorize.js'
import { turnToWalk } from './history-answer.js'
import { expectReached } from './reading.js'
import { limitExceeded, unknownRef } from './refusals.js'
import type { Visit } from './visit.js'

/** Most UTF-16 units of a page: those of a full page of built-in refs. */
const mostUnits = mostRefsOfPage * 64

/** `difference`: one page, and the number of all refs. */
export async function difference(visit: Visit): Promise<Answer> {
  await expectAllowed(visit, 'read')
  const [to, ...from] = await refsOf(visit)
  if (to === undefined) throw broken('difference needs a ref')
  const { isAsked, ...page } = pageIn(visit.url)
  await expectReached(visit, [to, ...from])
  decided(visit)
  await turnToWalk(visit, from, to)
  const found = await pageFrom(visit, from, to, page)
  visit.hold.release('lists')
  if (found === undefined) throw unknownRef(page.after ?? '')
  const refs = fitting(found.refs)
  if (!isAsked && refs.length < found.total) {
    throw limitExceeded(`it has ${found.total} refs: ask for pages, with limit and after`)
  }
  await visit.hold.turn(false)
  const headers = { [totalHeader]: String(found.total) }
  const answer = await listAnswer(encodeRefs(refs), visit, headers)
  // Released only now, since a page that waits for room is held as strings, three times its encoded size.
  visit.hold.release('walks')
  return answer
}

async function pageFrom(
  { handle, signal }: Visit,
  from: readonly Ref[],
  to: Ref,
  page: Page
): Promise<Paged | undefined> {
  const { differencePage } = handle.engine
  return await abortable(signal, () =>
    handle.ask(async (engine) =>
      differencePage === undefined
        ? pageOf(await engine.refDifference(from, to, signal), page)
        : engine.differencePage?.(from, to, page, signal)
    )
  )
}

function pageIn(url: URL): Page & { readonly isAsked: boolean } {
  const [given, after] = [url.searchParams.get('limit'), url.searchParams.get('after')]
  const limit = Number(given ?? mostRefsOfPage)
  if (!Number.isSafeInteger(limit) || limit < 1) throw broken('limit must be a count of refs')
  return {
    isAsked: given !== null,
    limit: Math.min(limit, mostRefsOfPage),
    after: after ?? undefined
  }
}

/** As many refs as fit into a page; at least one. */
function fitting(refs: readonly Ref[]): readonly Ref[] {
  let units = 0
  const end = refs.findIndex((ref, place) => {
    units += ref.length
    return place > 0 && units > mostUnits
  })
  return end < 0 ? refs : refs.slice(0, end)
}
