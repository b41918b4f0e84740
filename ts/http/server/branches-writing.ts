/**
 * The operations that write to many branches: remote heads of the client's name, moves of the branches' own heads, and
 * deletions.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { HistoError } from '../../base/errors.js'
import { eachInTurns } from '../../base/in-turns.js'
import { nameOfBranch } from '../../base/names.js'
import type { Ref } from '../../base/types.js'
import type { HeadMoved } from '../../sync/delegate.js'
import { deleteOurs, moveOurs } from '../../sync/move-heads.js'
import { encodeBits, encodeRefs } from '../../wire/wire-refs.js'
import { joined } from '../sections.js'
import { type Answer, bytesAnswer, jsonAnswer, listAnswer } from './answers.js'
import { namesIn, pairsIn, partsIn } from './asked-parts.js'
import { decided } from './asked-refs.js'
import { type Permitted, permitted } from './permitted.js'
import { denied, unknownRef } from './refusals.js'
import { namedRemote, type Visit } from './visit.js'

/** Most heads that are moved at the same time. */
const atOnce = 256

/** `branches-noted`: sets remote heads of the client's name and deletes others, in one commit. */
export async function noteBranches(visit: Visit): Promise<Answer> {
  const { handle } = visit
  const allowed = await permitted(visit, 'write')
  const remote = namedRemote(visit)
  const [names, refs, forgotten] = await partsIn(visit, 3)
  const heads = await pairsIn(names ?? none, refs ?? none)
  const gone = await namesIn(forgotten ?? none)
  const expect = (name: string) => expectPermitted(allowed, name, 'write')
  await eachInTurns([...heads.keys(), ...gone], expect)
  await handle.opened()
  const wanted = [...heads.values()]
  const known = await handle.ask((engine) => engine.has(wanted))
  const unknown = wanted.find((_ref, place) => known[place] !== true)
  if (unknown !== undefined) throw unknownRef(unknown)
  const moves = [
    ...[...heads].map(([name, ref]) => ({ name: nameOfBranch(remote, name), ref })),
    ...gone.map((name) => ({ name: nameOfBranch(remote, name), ref: null }))
  ]
  decided(visit)
  await handle.write((engine) => engine.setRemoteHeads(moves))
  return jsonAnswer({ count: moves.length })
}

/** The outcomes of moves, by their numbers in an answer. */
const outcomes = ['moved', 'ahead', 'apart', 'denied'] as const

/** `branches-head`: moves heads of branches forward, each separately; returns the outcome of each. */
export async function moveBranches(visit: Visit): Promise<Answer> {
  const { handle, settings, signal, remote } = visit
  if (settings.heads === 'never') {
    throw denied('clients may not move the heads of this database')
  }
  const allowed = await permitted(visit, 'head')
  const [names, refs] = await partsIn(visit, 2)
  const heads = await pairsIn(names ?? none, refs ?? none)
  await handle.opened()
  const wanted = [...heads.values()]
  const known = await handle.ask((engine) => engine.has(wanted))
  const entries = [...heads].map(([name, ref], place) => ({ name, ref, isKnown: known[place] }))
  const moved: (HeadMoved | undefined)[] = []
  for (let at = 0; at < entries.length; at += atOnce) {
    const part = entries.slice(at, at + atOnce).map(async ({ name, ref, isKnown }) => {
      if (!(await allowed.has(name))) return undefined
      // A missing revision looks like one that the head does not move to.
      if (isKnown !== true) return { is: 'apart', there: null } as const
      return await moveOurs(handle, name, ref, signal, remote)
    })
    moved.push(...(await Promise.all(part)))
    await turn()
  }
  const numbers = moved.map((each) => outcomes.indexOf(each === undefined ? 'denied' : told(each)))
  const apart = moved.flatMap((each) => (each?.is === 'apart' ? [each.there ?? noRef] : []))
  return await listAnswer(joined([Uint8Array.from(numbers), encodeRefs(apart)]), visit)
}

/** Stands for a missing head. */
const noRef = '-'

function told({ is }: HeadMoved): (typeof outcomes)[number] {
  if (is === 'fixed') throw new HistoError('HISTO_INTERNAL', 'a head that cannot move')
  return is
}

/** `branches-delete`: deletes branches whose heads are these refs; returns which. */
export async function deleteBranches(visit: Visit): Promise<Answer> {
  const { handle, settings, remote } = visit
  if (settings.heads === 'never') {
    throw denied('clients may not delete branches of this database')
  }
  const allowed = await permitted(visit, 'delete')
  const [names, refs] = await partsIn(visit, 2)
  const heads = await pairsIn(names ?? none, refs ?? none)
  await handle.opened()
  const meant = new Map<string, Ref>()
  await eachInTurns(heads, async ([name, ref]) => {
    if (await allowed.has(name)) meant.set(name, ref)
  })
  const deleted = await deleteOurs(handle, meant, remote)
  return bytesAnswer(encodeBits([...heads.keys()].map((name) => deleted.has(name))))
}

const none = new Uint8Array()

async function expectPermitted(allowed: Permitted, name: string, action: string): Promise<void> {
  if (!(await allowed.has(name))) throw denied(`not allowed: ${action} of branch '${name}'`)
}
