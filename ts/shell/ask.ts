/**
 * Asks before something is destroyed.
 */

import { createInterface } from 'node:readline/promises'
import { Misuse, Refusal } from './fail.js'
import type { Shell } from './shell.js'

/**
 * Says what will be destroyed and asks; `--yes` answers in advance.
 *
 * @throws {Misuse} if nobody can be asked
 * @throws {Refusal} if the answer is not yes
 */
export async function agree(shell: Shell, deed: string): Promise<void> {
  if (shell.flag('yes')) return
  if (!shell.canAsk) throw new Misuse(`${deed} Nobody can be asked here: --yes agrees`)
  const lines = createInterface({ input: shell.input, output: process.stderr })
  try {
    const answer = await lines.question(`${deed} Go on? [y/N] `)
    if (/^(y|yes)$/i.test(answer.trim())) return
  } finally {
    lines.close()
  }
  throw new Refusal('nothing was done')
}
