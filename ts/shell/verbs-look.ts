/**
 * The verbs that read a database.
 */

import type { Verb } from './verb.js'

/** How refs are named, for help. */
const refsHelp = `A ref is a whole ref, its first digits (4 or more), the name of a branch, or
remotes/NAME. ~N after it goes N first ancestors back, ^N is the Nth ancestor:
main~2, 3f2a9c^2.`

/** In the order of help. */
export const lookVerbs: readonly Verb[] = [
  {
    name: 'smartlog',
    operands: '',
    count: [0, 0],
    says: 'Draws the heads, forks and what is near; same as histo alone',
    details: 'A broken line leaves out revisions; ~ stands for the history below.',
    json: '{ ref, branches?, remotes?, edges: [{ ref, direct }] }',
    examples: [['histo', 'where am I?']],
    over: 'stores'
  },
  {
    name: 'log',
    operands: '[ref]',
    count: [0, 1],
    says: 'Draws the history as a graph, newest first',
    details: `Without a ref it starts from all heads. Reads only as much history as it shows.\n\n${refsHelp}`,
    options: {
      limit: { type: 'string', short: 'n', value: 'N', says: 'draw at most N revisions' },
      oneline: { type: 'boolean', says: 'one line each: ref, heads, message' }
    },
    json: '{ ref, ancestors, branches, remotes, meta? }',
    examples: [
      ['histo log -n 20', 'the newest 20 of all heads'],
      ['histo log main --oneline', 'one branch, a line each']
    ],
    over: 'http'
  },
  {
    name: 'show',
    operands: '[ref]',
    count: [0, 1],
    says: 'Shows a revision, and what it changed',
    details: `Without a ref it shows main. Changes are those against the first ancestor.\n\n${refsHelp}`,
    json: '{ ref, ancestors, meta?, data or bytes }, bytes in base64',
    examples: [
      ['histo show', 'the head of main'],
      ['histo show main~1', 'the revision before it']
    ],
    over: 'http'
  },
  {
    name: 'cat',
    operands: '<ref>[:<pointer>]',
    count: [1, 1],
    says: 'Prints the data of a revision, or a value in it',
    details: `JSON, or the bytes if it is binary. The pointer is a JSON Pointer (RFC 6901).\n\n${refsHelp}`,
    json: 'the data, or { bytes } in base64 if it is binary',
    examples: [
      ['histo cat main', 'the data of the head of main'],
      ['histo cat main~3:/items/0', 'one value of an older revision'],
      ['histo cat 3f2a9c > picture.png', 'binary data, into a file']
    ],
    over: 'http'
  },
  {
    name: 'diff',
    operands: '<from> <to>',
    count: [2, 2],
    says: 'Shows the differences between two revisions',
    details: `A line for each place: + is new, - is gone, ~ has another value, > was moved.\n\n${refsHelp}`,
    json: 'the operations of a JSON Patch (RFC 6902)',
    examples: [['histo diff main~1 main', 'what the last revision changed']],
    over: 'http'
  },
  {
    name: 'changes',
    operands: '<pointer> [ref]',
    count: [1, 2],
    says: 'Lists the revisions that changed one value, newest first',
    details: `Without a ref it reads the history of main. The pointer is a JSON Pointer (RFC 6901).\n\n${refsHelp}`,
    options: { limit: { type: 'string', short: 'n', value: 'N', says: 'list at most N' } },
    json: '{ ref, meta?, before?, after? }',
    examples: [['histo changes /title -n 1', 'who changed the title last']],
    over: 'stores'
  },
  {
    name: 'merge-base',
    operands: '<a> <b>',
    count: [2, 2],
    says: 'Prints where two histories forked',
    details: `The best common ancestors, one per line; exits with 1 if there is none.\n\n${refsHelp}`,
    json: '{ ref }',
    examples: [['histo merge-base main remotes/laptop', 'where the two forked']],
    over: 'http'
  },
  {
    name: 'branches',
    operands: '[prefix]',
    count: [0, 1],
    says: 'Lists the branches and their heads',
    json: '{ branch, ref }',
    examples: [
      ['histo branches', 'all branches'],
      ['histo branches thread/', 'those whose names begin with thread/']
    ],
    over: 'http'
  },
  {
    name: 'remotes',
    operands: '[prefix]',
    count: [0, 1],
    says: 'Lists the remote databases and their heads',
    json: '{ remote, ref }',
    examples: [['histo remotes', 'all remote heads']],
    over: 'stores'
  },
  {
    name: 'stats',
    operands: '',
    count: [0, 0],
    says: 'Prints counts and sizes',
    details: 'For stores on a server nothing is counted.',
    json: '{ revisions, branches, remotes, dataBytes, storedBytes, fileBytes, memoryBytes }, null where unknown',
    examples: [['histo stats', 'revisions, heads, and bytes of data, file and memory']],
    over: 'stores'
  },
  {
    name: 'oplog',
    operands: '',
    count: [0, 0],
    says: 'Lists the moves of the heads, newest first',
    options: {
      branch: { type: 'string', value: 'NAME', says: 'only of this branch; default: all' },
      limit: { type: 'string', short: 'n', value: 'N', says: 'list at most N' }
    },
    json: '{ id, time, branch, from, to, action, steps?, remote? }',
    examples: [['histo oplog -n 10', 'the latest moves']],
    over: 'stores'
  }
]
