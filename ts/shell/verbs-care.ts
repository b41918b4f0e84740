/**
 * The verbs that look after a database.
 */

import type { Verb } from './verb.js'

/** In the order of help. */
export const careVerbs: readonly Verb[] = [
  {
    name: 'verify',
    operands: '',
    count: [0, 0],
    says: 'Reads and hashes everything, and tells what is wrong',
    details: 'It exits 1 where anything is damaged, missing or dangling.',
    json: '{ ok, revisions, bytes, damaged, missing, dangling, heads, file, tombstones? }',
    examples: [['histo verify --db ./notes', 'all is well, or a list of what is not']],
    over: 'stores'
  },
  {
    name: 'backup',
    operands: '<folder>',
    count: [1, 1],
    says: 'Copies the database into a folder',
    details: 'As it is at one moment; others may write meanwhile.',
    json: '{ name, revisions, bytes, path }',
    examples: [['histo backup /backups/notes', 'a database by itself']],
    over: 'stores'
  },
  {
    name: 'rescue',
    operands: '<damaged> <folder>',
    count: [2, 2],
    says: 'Writes what is whole of a damaged file into a new one',
    details:
      'Heads are not rescued: rescued/1, rescued/2 … are the revisions that no other one names.',
    json: '{ revisions, heads: { branch: ref }, path }',
    examples: [
      ['histo rescue ./notes ./notes-rescued', 'then look at them: histo --db ./notes-rescued']
    ],
    over: 'nothing'
  },
  {
    name: 'prune',
    operands: '',
    count: [0, 0],
    says: 'Deletes revisions that nothing reaches any more',
    details:
      'That no head and no remote head reaches, and that a prune of 30 days ago or more found so.',
    options: {
      'dry-run': { type: 'boolean', says: 'delete nothing, name what would go' },
      yes: { type: 'boolean', short: 'y', says: 'do not ask' }
    },
    json: 'with --dry-run { ref } of each that would go; then { deleted, waiting, bytes, dryRun }',
    examples: [
      ['histo prune --dry-run', 'which revisions would go, and how many wait'],
      ['histo prune --yes', 'from a timer']
    ],
    over: 'stores'
  },
  {
    name: 'compact',
    operands: '',
    count: [0, 0],
    says: 'Makes the file as small as what is in it',
    details: 'No other process may have it open.',
    json: '{ before, after }',
    examples: [['histo compact', 'the size before and after']],
    over: 'path'
  }
]
