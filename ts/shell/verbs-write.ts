/**
 * The verbs that write revisions and move heads.
 */

import type { OptionSpecs, Verb } from './verb.js'

/** The branch whose head a verb moves. */
export const branchOption: OptionSpecs = {
  branch: { type: 'string', value: 'NAME', says: 'the branch whose head moves; else main' }
}

const yes: OptionSpecs = { yes: { type: 'boolean', short: 'y', says: 'do not ask' } }

/** In the order of help. */
export const writeVerbs: readonly Verb[] = [
  {
    name: 'put',
    operands: '[file]',
    count: [0, 1],
    says: 'Writes a revision on top of the head',
    details:
      'JSON of the file, or of the standard input, also where the file is -.\nWhere --db or HISTO_DB names a folder without a database, one is made.',
    options: {
      ...branchOption,
      message: { type: 'string', short: 'm', value: 'TEXT', says: 'what it is about' },
      author: { type: 'string', value: 'NAME', says: 'whose it is' },
      binary: { type: 'boolean', says: 'take the bytes as they are' }
    },
    json: '{ ref, branch }',
    examples: [
      [`echo '{"title":"first"}' | histo put --db ./notes -m 'begin'`, 'the first revision'],
      ['histo put picture.png --binary --branch pictures', 'bytes, on another branch']
    ],
    over: 'stores'
  },
  {
    name: 'set-head',
    operands: '<ref>',
    count: [1, 1],
    says: 'Points the head of a branch at a revision',
    options: branchOption,
    json: '{ branch, ref, previous }',
    examples: [
      ['histo set-head main~1', 'the last revision of main is no longer in it'],
      ['histo set-head main --branch idea', 'a new branch, where main is']
    ],
    over: 'stores'
  },
  {
    name: 'merge',
    operands: '<ref>',
    count: [1, 1],
    says: 'Joins a revision into the head',
    details:
      'Data is merged as JSON. Conflicts are listed; then nothing is changed, and it exits 1.',
    options: {
      ...branchOption,
      message: { type: 'string', short: 'm', value: 'TEXT', says: 'what the merge is about' },
      author: { type: 'string', value: 'NAME', says: 'whose it is' }
    },
    json: '{ kind, ref, branch }; a conflict { conflicts: [{ path, kind, base?, ours?, theirs? }] }',
    examples: [['histo merge remotes/laptop', 'what the laptop had when it was last pulled from']],
    over: 'stores'
  },
  {
    name: 'undo',
    operands: '',
    count: [0, 0],
    says: 'Moves the head back to where it was before its last move',
    details:
      'Whoever made it; a deleted branch comes back too. Local: a pull brings back what others have.',
    options: {
      ...branchOption,
      steps: { type: 'string', value: 'N', says: 'so many moves; else 1' }
    },
    json: '{ branch, ref, previous }, null for no head',
    examples: [
      ['histo undo', 'the last put, merge or set-head of main'],
      ['histo undo --branch idea', 'after a delete-branch idea']
    ],
    over: 'stores'
  },
  {
    name: 'redo',
    operands: '',
    count: [0, 0],
    says: 'Moves the head forward again after an undo',
    options: {
      ...branchOption,
      steps: { type: 'string', value: 'N', says: 'so many moves; else 1' }
    },
    json: '{ branch, ref, previous }, null for no head',
    examples: [['histo redo', 'as if there had been no undo']],
    over: 'stores'
  },
  {
    name: 'delete-branch',
    operands: '<name>',
    count: [1, 1],
    says: 'Takes the head off a branch',
    details: 'Its revisions stay until prune deletes what nothing reaches; undo brings it back.',
    json: '{ branch, previous }',
    examples: [['histo delete-branch idea', 'prints where it was']],
    over: 'stores'
  },
  {
    name: 'erase',
    operands: '<ref>',
    count: [1, 1],
    says: 'Erases the data of one revision for good',
    details:
      'Its place in the history stays. Replicas do not hear of it. compact takes the last of it out of the file.',
    options: yes,
    json: '{ ref }',
    examples: [['histo erase 3f2a9c', 'asks first']],
    over: 'path'
  }
]
