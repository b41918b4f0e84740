/**
 * The verbs between databases, and between them and files.
 */

import type { OptionSpecs, Verb } from './verb.js'

const exchangeOptions: OptionSpecs = {
  branch: { type: 'string', value: 'NAME', says: 'our branch; else main' },
  branches: { type: 'string', value: 'PREFIX', says: 'all branches whose names begin so' },
  prune: { type: 'boolean', says: 'delete branches that the other one has deleted' }
}

const exchangeHelp =
  'Data is merged as JSON. Conflicts are listed; then no head is moved, and it exits 1.\nOver HTTP HISTO_TOKEN is sent, or --token. With --branches a line tells of each branch, and\nit exits 1 where one failed.'

/** In the order of help. */
export const exchangeVerbs: readonly Verb[] = [
  {
    name: 'pull',
    operands: '<db>',
    count: [1, 1],
    says: 'Brings what another database has, and merges it',
    details: exchangeHelp,
    options: exchangeOptions,
    json: '{ branch, head, revisions, bytes, tombstones?, merge: { kind, ref } or null }\n  --branches: { revisions, bytes, tombstones?, branches: { name: { kind, ref } }, failed: { name: message },\n  deleted: [name] }',
    examples: [
      ['histo pull https://notes.example/db', 'from a server'],
      ['histo pull ../laptop', 'from a folder'],
      ["histo pull ../laptop --branches '' --prune", 'all branches, and what was deleted there']
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
    json: '{ branch, head, revisions, bytes, tombstones?, moved, reason? }\n  --branches: as of pull, with reason? of each',
    examples: [['HISTO_TOKEN=... histo push https://notes.example/db', 'to a server']],
    over: 'http'
  },
  {
    name: 'serve',
    operands: '',
    count: [0, 0],
    says: 'Serves the database over HTTP, until it is stopped',
    details:
      'To this machine, and for reading. With --write, and on any other host, every request\nneeds the token: HISTO_TOKEN, or one that is made and printed. Writers can only add\nrevisions and move heads forward, of all branches. Put a proxy with TLS before it on a network.',
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
    name: 'view',
    operands: '',
    count: [0, 0],
    says: 'Shows the history in a browser, until it is stopped',
    details:
      'On this machine alone, and it only reads: the graph, data and differences, heads and\nreplicas, live. The address has a token, made anew each time or that of HISTO_TOKEN.',
    options: {
      port: { type: 'string', value: 'PORT', says: 'any that is free' },
      'no-open': { type: 'boolean', says: 'only print the address' }
    },
    json: '{ url }',
    examples: [
      ['histo view --db ./notes', 'opens the page in the browser'],
      ['histo view --no-open --port 8080', 'prints http://127.0.0.1:8080/?token=...']
    ],
    over: 'stores'
  },
  {
    name: 'import',
    operands: 'git <repository> | jsonl <file>',
    count: [2, 2],
    says: 'Reads the history of a git repository, or a file',
    details:
      'git: each commit of its branches a revision, with author, time and message as meta, and\nas data { files: { path: { mode, hash } or null } }, what it changed of its first parent;\nagain for what is new. Each branch is set.\njsonl: as export writes it; - is the standard input. Each ref is checked, heads are set.',
    options: { files: { type: 'boolean', says: 'git: the contents too, as text or base64' } },
    json: 'git: { revisions, branches: { name: ref }, kept: [branch] }\n  jsonl: { revisions, heads: { branch: ref }, remotes: { name: ref } }',
    examples: [
      ['histo import git . --db ../history', 'this repository, to look at'],
      ['histo import jsonl notes.jsonl --db ./copy', 'a file, into a new database']
    ],
    over: 'stores'
  },
  {
    name: 'export',
    operands: 'git <folder> | jsonl <file>',
    count: [2, 2],
    says: 'Writes the history into a git repository, or a file',
    details:
      'git: each revision a commit: the files that came from git with --files, any other data as\ndata.json or data.bin; into a new repository, or forward in one that is there.\njsonl: JSON Lines, - is the standard output: { ref, ancestors, data or bytes, meta? },\nancestors first, then { head, ref } and { remote, ref }. What was erased ends it.',
    json: 'git: { commits, branches: { branch: name in git }, folder }\n  jsonl: { revisions, file }',
    examples: [
      ['histo export git ./repository', 'to look at it by git'],
      ['histo export jsonl notes.jsonl', 'text, for any other program']
    ],
    over: 'stores'
  }
]
