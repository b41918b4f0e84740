/**
 * The verbs that write revisions and move heads.
 */

import type { OptionSpecs, Verb } from './verb.js'

/** The branch whose head a verb moves. */
const branchOption: OptionSpecs = {
  branch: { type: 'string', value: 'NAME', says: 'the branch whose head moves; default main' }
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
      'Reads JSON from the file, or from standard input if there is no file or it is -.\nIf --db or HISTO_DB names a folder without a database, one is created.',
    options: {
      ...branchOption,
      message: { type: 'string', short: 'm', value: 'TEXT', says: 'a message' },
      author: { type: 'string', value: 'NAME', says: 'the author' },
      binary: { type: 'boolean', says: 'store the bytes unchanged' }
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
      ['histo set-head main~1', 'takes the last revision off main'],
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
      'Data is merged as JSON. If there are conflicts, it lists them, changes nothing and exits with 1.',
    options: {
      ...branchOption,
      message: { type: 'string', short: 'm', value: 'TEXT', says: 'a message' },
      author: { type: 'string', value: 'NAME', says: 'the author' }
    },
    json: '{ kind, ref, branch }; a conflict { conflicts: [{ path, kind, base?, ours?, theirs? }] }',
    examples: [['histo merge remotes/laptop', 'merges what was last pulled from the laptop']],
    over: 'stores'
  },
  {
    name: 'undo',
    operands: '',
    count: [0, 0],
    says: 'Moves the head back to where it was before its last move',
    details:
      'Whoever made that move; a deleted branch comes back too. Only here: a pull brings back what others have.',
    options: {
      ...branchOption,
      steps: { type: 'string', value: 'N', says: 'how many moves; default 1' }
    },
    json: '{ branch, ref, previous }, null for no head',
    examples: [
      ['histo undo', 'undoes the last put, merge or set-head of main'],
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
      steps: { type: 'string', value: 'N', says: 'how many moves; default 1' }
    },
    json: '{ branch, ref, previous }, null for no head',
    examples: [['histo redo', 'as if there had been no undo']],
    over: 'stores'
  },
  {
    name: 'delete-branch',
    operands: '<name>',
    count: [1, 1],
    says: 'Deletes a branch',
    details: 'Its revisions stay until prune deletes what nothing reaches; undo brings it back.',
    json: '{ branch, previous }',
    examples: [['histo delete-branch idea', 'prints the ref of its head']],
    over: 'stores'
  },
  {
    name: 'erase',
    operands: '<ref>',
    count: [1, 1],
    says: 'Erases the data of one revision for good',
    details:
      'Its place in the history stays. Replicas are not informed. compact removes the last bytes from the file.',
    options: yes,
    json: '{ ref }',
    examples: [['histo erase 3f2a9c', 'asks first']],
    over: 'path'
  }
]
