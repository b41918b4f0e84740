/**
 * Asks before something is destroyed.
 */

import { once } from 'node:events'
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
  const answer = await answerOf(shell, `${deed} Go on? [y/N] `)
  if (/^(y|yes)$/i.test(answer.trim())) return
  throw new Refusal('nothing was done')
}

/** What is typed; nothing if the question is left by control-C or control-D. */
async function answerOf(shell: Shell, question: string): Promise<string> {
  const lines = createInterface({ input: shell.input, output: process.stderr })
  const left = once(lines, 'close').then(() => undefined) // the question stays open then
  const typed = lines.question(question).catch(() => undefined)
  try {
    const answer = await Promise.race([typed, left])
    if (answer === undefined) await shell.err.line('')
    return answer ?? ''
  } finally {
    lines.close()
  }
}
