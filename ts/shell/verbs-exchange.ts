/**
 * The verbs between databases, and between them and files.
 */

import type { OptionSpecs, Verb } from './verb.js'

const exchangeOptions: OptionSpecs = {
  branch: { type: 'string', value: 'NAME', says: 'our branch; else main' },
  branches: { type: 'string', value: 'PREFIX', says: 'all branches whose names begin with it' },
  prune: { type: 'boolean', says: 'delete branches that the other one has deleted' }
}

const exchangeHelp =
  'Data is merged as JSON. If there are conflicts, it lists them, moves no head and exits with 1.\nOver HTTP it sends HISTO_TOKEN, or --token. With --branches it reports each branch, and exits\nwith 1 if one failed.'

/** In the order of help. */
export const exchangeVerbs: readonly Verb[] = [
  {
    name: 'pull',
    operands: '<db>',
    count: [1, 1],
    says: 'Fetches what another database has, and merges it',
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
    says: 'Sends what this database has to another one',
    details: `${exchangeHelp}\nIf the other head was not moved, it says why and exits with 1.`,
    options: exchangeOptions,
    json: '{ branch, head, revisions, bytes, tombstones?, moved, reason? }\n  --branches: as for pull, with reason? for each',
    examples: [['HISTO_TOKEN=... histo push https://notes.example/db', 'to a server']],
    over: 'http'
  },
  {
    name: 'serve',
    operands: '',
    count: [0, 0],
    says: 'Serves the database over HTTP, until it is stopped',
    details:
      'By default to this machine only, and for reading. With --write, or on any other host, every\nrequest needs the token: HISTO_TOKEN, or one that is generated and printed. Writers can only\nadd revisions and move heads of branches forward. On a network, put a proxy with TLS before it.',
    options: {
      port: { type: 'string', value: 'PORT', says: 'default 4680; 0 for any free port' },
      host: { type: 'string', value: 'HOST', says: 'default 127.0.0.1; 0.0.0.0 for all' },
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
      'It only reads, and serves only this machine: the graph, data and differences, heads and\nreplicas, live. The address has a token: that of HISTO_TOKEN, or a new one for each run.',
    options: {
      port: { type: 'string', value: 'PORT', says: 'default: any free port' },
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
      'git: each commit of its branches becomes a revision, with author, time and message as meta.\nThe data is { files: { path: { mode, hash } or null } }, the changes against the first parent.\nA second run imports only what is new. Each branch is set.\njsonl: a file that export wrote; - is standard input. Refs are checked, and heads are set.',
    options: { files: { type: 'boolean', says: 'git: also file contents, as text or base64' } },
    json: 'git: { revisions, branches: { name: ref }, kept: [branch] }\n  jsonl: { revisions, heads: { branch: ref }, remotes: { name: ref } }',
    examples: [
      ['histo import git . --db ../history', 'import this repository'],
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
      'git: each revision becomes a commit, with the files that came from git with --files, or else\ndata.json or data.bin. Makes a new repository, or moves branches of an existing one forward.\njsonl: JSON Lines; - is standard output: { ref, ancestors, data or bytes, meta? }, ancestors\nfirst, then { head, ref } and { remote, ref }. Stops at a revision whose data was erased.',
    json: 'git: { commits, branches: { branch: name in git }, folder }\n  jsonl: { revisions, file }',
    examples: [
      ['histo export git ./repository', 'to inspect it with git'],
      ['histo export jsonl notes.jsonl', 'text, for any other program']
    ],
    over: 'stores'
  }
]
