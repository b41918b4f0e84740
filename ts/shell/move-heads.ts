/**
 * Moves many heads, some hundred at once, so that they share commits.
 */

import type { Ref } from '../base/types.js'
import type { DB } from '../db.js'

/** A move; `previous` is the expected head, `null` for none, left out for any. */
export interface HeadMove {
  readonly branch: string
  readonly ref: Ref
  readonly previous?: Ref | null
}

const atOnce = 256

/** Makes all moves; stops at the first that fails. */
export async function moveHeads(db: DB, moves: readonly HeadMove[]): Promise<void> {
  for (let at = 0; at < moves.length; at += atOnce) {
    await Promise.all(
      moves.slice(at, at + atOnce).map(({ branch, ref, previous }) => {
        const moved = db.branch(branch)
        return previous === undefined ? moved.setHead(ref) : moved.setHead(ref, previous)
      })
    )
  }
}
