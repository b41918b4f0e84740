/**
 * The work of each verb, loaded when it is run.
 */

import type { Work } from './shell.js'

const heads = () => import('./heads.js')

/** By the names of the verbs. */
const works: Readonly<Record<string, () => Promise<Work>>> = {
  help: () => import('./help.js').then(({ run }) => run),
  smartlog: () => import('./smartlog.js').then(({ run }) => run),
  log: () => import('./log.js').then(({ run }) => run),
  show: () => import('./show.js').then(({ run }) => run),
  cat: () => import('./cat.js').then(({ run }) => run),
  diff: () => import('./diff.js').then(({ run }) => run),
  changes: () => import('./changes.js').then(({ run }) => run),
  'merge-base': () => import('./merge-base.js').then(({ run }) => run),
  branches: () => heads().then(({ runBranches }) => runBranches),
  remotes: () => heads().then(({ runRemotes }) => runRemotes),
  put: () => import('./put.js').then(({ run }) => run),
  'set-head': () => heads().then(({ runSetHead }) => runSetHead),
  merge: () => import('./merge.js').then(({ run }) => run),
  'delete-branch': () => heads().then(({ runDeleteBranch }) => runDeleteBranch),
  erase: () => import('./erase.js').then(({ run }) => run),
  pull: () => import('./exchange.js').then(({ runPull }) => runPull),
  push: () => import('./exchange.js').then(({ runPush }) => runPush),
  serve: () => import('./serve.js').then(({ run }) => run),
  view: () => import('./view.js').then(({ run }) => run),
  export: () => import('./transfer.js').then(({ runExport }) => runExport),
  import: () => import('./transfer.js').then(({ runImport }) => runImport),
  stats: () => import('./stats.js').then(({ run }) => run),
  oplog: () => import('./oplog.js').then(({ run }) => run),
  undo: () => import('./travel.js').then(({ runUndo }) => runUndo),
  redo: () => import('./travel.js').then(({ runRedo }) => runRedo),
  completion: () => import('./completion.js').then(({ run }) => run),
  verify: () => import('./verify.js').then(({ run }) => run),
  backup: () => import('./backup.js').then(({ run }) => run),
  rescue: () => import('./rescue.js').then(({ run }) => run),
  prune: () => import('./prune.js').then(({ run }) => run),
  compact: () => import('./compact.js').then(({ run }) => run)
}

/** Loads the work of a verb. */
export function workOf(name: string): Promise<Work> {
  const load = works[name]
  if (load === undefined) throw new Error(`the verb ${name} has no work`)
  return load()
}
