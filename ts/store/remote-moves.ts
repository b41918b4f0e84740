/**
 * Sets and deletes remote heads over stores together: by one `compareAndSwapMany` if the store has it, otherwise one
 * after the other.
 */

import { HistoError } from '../base/errors.js'
import { remoteKey } from '../base/keys.js'
import type { RemoteMove } from '../engine.js'
import type { StoredHeads } from './stored-heads.js'

/** Most tries of swaps while other processes move some of the heads. */
const swapTries = 100

/** Makes `moves`; the revisions that they name exist. */
export async function moveRemotes(heads: StoredHeads, moves: readonly RemoteMove[]): Promise<void> {
  if (moves.length === 0) return
  if (heads.swapsMany) await together(heads, moves)
  else for (const move of moves) await alone(heads, move)
}

async function together(heads: StoredHeads, moves: readonly RemoteMove[]): Promise<void> {
  const keys = moves.map(({ name }) => remoteKey(name))
  for (let tries = 0; tries < swapTries; tries += 1) {
    const now = await heads.readManySettled(keys)
    const swaps = moves.flatMap(({ ref }, place) => {
      const [key = '', expected = null] = [keys[place], now[place]]
      return expected === ref ? [] : [{ key, expected, value: ref }]
    })
    if (swaps.length === 0 || (await heads.swapMany(swaps)) === -1) return
  }
  const message = `remote heads moved in all of ${swapTries} tries to set them`
  throw new HistoError('HISTO_STORE', message, { key: keys[0], retryable: true })
}

async function alone(heads: StoredHeads, { name, ref }: RemoteMove): Promise<void> {
  const key = remoteKey(name)
  for (let moved = false; !moved; ) {
    const now = await heads.readSettled(key)
    if (ref === null && now !== null) await heads.remove(key, now)
    moved = now === ref || ref === null || (await heads.move(key, now, ref))
  }
}
