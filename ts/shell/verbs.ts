/**
 * The table of verbs, used by help, completion and the parser. Their work is in `works.ts`.
 */

import type { Verb } from './verb.js'
import { careVerbs } from './verbs-care.js'
import { exchangeVerbs } from './verbs-exchange.js'
import { lookVerbs } from './verbs-look.js'
import { writeVerbs } from './verbs-write.js'

const otherVerbs: readonly Verb[] = [
  {
    name: 'completion',
    operands: 'bash|zsh|fish',
    count: [1, 1],
    says: 'Prints a script that completes verbs, options and branches',
    examples: [
      ['eval "$(histo completion bash)"', 'in ~/.bashrc; for fish: histo completion fish | source']
    ],
    over: 'stores'
  },
  {
    name: 'help',
    operands: '[verb]',
    count: [0, 1],
    says: 'Prints the list of verbs, or help for one',
    examples: [['histo help put', 'how to write a revision']],
    over: 'nothing'
  }
]

/** The verbs as help lists them. */
export const groups: readonly { readonly title: string; readonly verbs: readonly Verb[] }[] = [
  { title: 'Look', verbs: lookVerbs },
  { title: 'Write', verbs: writeVerbs },
  { title: 'Exchange', verbs: exchangeVerbs },
  { title: 'Maintain', verbs: careVerbs },
  { title: 'Else', verbs: otherVerbs }
]

/** All verbs. */
export const verbs: readonly Verb[] = groups.flatMap((group) => group.verbs)
