/**
 * The verbs between databases, and between them and files.
 */

import type { OptionSpecs, Verb } from './verb.js'

const exchangeOptions: OptionSpecs = {
  branch: { type: 'string', value: 'NAME', says: 'our branch; else main' },
  branches: { type: 'string', value: 'PREFIX', says: 'all branches whose names begin so' },
  prune: { type: 'boolean', says: 'forget branches that the other one no longer has' }
}

const exchangeHelp =
  'Data is merged as JSON. Conflicts are listed; then no head is moved, and it exits 1.\nOver HTTP HISTO_TOKEN is sent, or --token. --branches and --prune wait for a later version.'

/** In the order of help. */
export const exchangeVerbs: readonly Verb[] = [
  {
    name: 'pull',
    operands: '<db>',
    count: [1, 1],
    says: 'Brings what another database has, and merges it',
    details: exchangeHelp,
    options: exchangeOptions,
    json: '{ branch, head, revisions, bytes, tombstones?, merge: { kind, ref } or null }',
    examples: [
      ['histo pull https://notes.example/db', 'from a server'],
      ['histo pull ../laptop', 'from a folder']
    ],
    over: 'http'
  },
  {
    name: 'push',
    operands: '<db>',
    count: [1, 1],
    says: 'Brings what is here to another database',
    details: `${exchangeHelp}\nIt exits 1 where the other head was not moved, and says why.`,
    options: exchangeOptions,
    json: '{ branch, head, revisions, bytes, tombstones?, moved, reason? }',
    examples: [['HISTO_TOKEN=... histo push https://notes.example/db', 'to a server']],
    over: 'http'
  },
  {
    name: 'serve',
    operands: '',
    count: [0, 0],
    says: 'Serves the database over HTTP, until it is stopped',
    details:
      'To this machine, and for reading. With --write, and on any other host, every request\nneeds the token: HISTO_TOKEN, or one that is made and printed. Writers can only add\nrevisions and move the head forward. Put a proxy with TLS before it on a network.',
    options: {
      port: { type: 'string', value: 'PORT', says: '4680; 0 for any that is free' },
      host: { type: 'string', value: 'HOST', says: '127.0.0.1; 0.0.0.0 for all' },
      write: { type: 'boolean', says: 'let clients push' }
    },
    json: '{ url, token? }',
    examples: [
      ['histo serve --db ./notes', 'prints http://127.0.0.1:4680/'],
      ['histo serve --write --port 8080', 'prints the address and a token']
    ],
    over: 'stores'
  },
  {
    name: 'export',
    operands: 'jsonl <file>',
    count: [2, 2],
    says: 'Writes all revisions and heads into a file',
    details:
      'jsonl: JSON Lines; - is the standard output. { ref, ancestors, data or bytes, meta? }, ancestors\nfirst, then { head, ref } and { remote, ref }. What was erased ends it.',
    json: '{ revisions, file }',
    examples: [['histo export jsonl notes.jsonl', 'text, for any other program']],
    over: 'stores'
  },
  {
    name: 'import',
    operands: 'jsonl <file>',
    count: [2, 2],
    says: 'Reads revisions and heads from a file',
    details:
      'jsonl: as export writes it; - is the standard input. Each ref is checked, heads are set.',
    json: '{ revisions, heads: { branch: ref }, remotes: { name: ref } }',
    examples: [['histo import jsonl notes.jsonl --db ./copy', 'into a new database']],
    over: 'stores'
  }
]
