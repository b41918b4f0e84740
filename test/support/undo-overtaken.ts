/** An undo beside others who move the head away and back while it reads the log. */

import { expect } from 'vitest'
import { type BranchStore, createDB, type RevisionStore } from '../../ts/index.js'
import { overtaken } from './overtaken.js'

interface Stores {
  readonly revisionStore: RevisionStore
  readonly branchStore: BranchStore
}

/** Holds the undo to what the log says then. */
export async function expectUndoOfTheLatest(stores: Stores, again: Stores): Promise<void> {
  const other = createDB<string>(again)
  let moves = async () => undefined as unknown
  const once = async () => {
    const now = moves
    moves = async () => undefined
    await now()
  }
  const db = createDB<string>(overtaken(stores, once))
  const [a, b, c] = (await other.putMany([{ data: 'a' }, { data: 'b' }, { data: 'c' }])) as [
    string,
    string,
    string
  ]
  moves = async () => [await other.setHead(a), await other.setHead(c)]
  await db.undo()
  expect(await other.branches()).toEqual({ main: a })

  await other.branch('gone').setHead(b)
  await other.deleteBranch('gone')
  moves = async () => [await other.branch('gone').setHead(c), await other.deleteBranch('gone')]
  await db.branch('gone').undo()
  expect(await other.branches()).toEqual({ main: a, gone: c })
  await Promise.all([db.close(), other.close()])
}
