/**
 * The verbs that maintain a database.
 */

import type { Verb } from './verb.js'

/** In the order of help. */
export const careVerbs: readonly Verb[] = [
  {
    name: 'verify',
    operands: '',
    count: [0, 0],
    says: 'Reads and hashes everything, and reports what is wrong',
    details: 'Exits with 1 if anything is damaged, missing or dangling.',
    json: '{ ok, revisions, bytes, damaged, missing, dangling, heads, file, tombstones? }',
    examples: [['histo verify --db ./notes', 'prints that all is well, or a list of faults']],
    over: 'stores'
  },
  {
    name: 'backup',
    operands: '<folder>',
    count: [1, 1],
    says: 'Copies the database into a folder',
    details: 'The copy is of one moment; others may write meanwhile.',
    json: '{ name, revisions, bytes, path }',
    examples: [['histo backup /backups/notes', 'makes a complete database']],
    over: 'stores'
  },
  {
    name: 'rescue',
    operands: '<damaged> <folder>',
    count: [2, 2],
    says: 'Copies intact revisions of a damaged database into a new one',
    details:
      'Heads are not rescued: the branches rescued/1, rescued/2 … are at revisions that no other names.',
    json: '{ revisions, heads: { branch: ref }, path }',
    examples: [
      ['histo rescue ./notes ./notes-rescued', 'then inspect it: histo --db ./notes-rescued']
    ],
    over: 'nothing'
  },
  {
    name: 'prune',
    operands: '',
    count: [0, 0],
    says: 'Deletes revisions that nothing reaches any more',
    details:
      'Deletes those that no head and no remote head reaches, and that a prune found unreached at least 30 days ago.',
    options: {
      'dry-run': { type: 'boolean', says: 'delete nothing, list what would be deleted' },
      yes: { type: 'boolean', short: 'y', says: 'do not ask' }
    },
    json: 'with --dry-run { ref } of each that would be deleted; then { deleted, waiting, bytes, dryRun }',
    examples: [
      ['histo prune --dry-run', 'which revisions would be deleted, and how many wait'],
      ['histo prune --yes', 'for a scheduled job']
    ],
    over: 'stores'
  },
  {
    name: 'compact',
    operands: '',
    count: [0, 0],
    says: 'Shrinks the file to its contents',
    details: 'No other process may have it open.',
    json: '{ before, after }',
    examples: [['histo compact', 'prints the size before and after']],
    over: 'path'
  }
]
