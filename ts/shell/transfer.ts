/**
 * `import` and `export`: choose the format.
 */

import { Misuse } from './fail.js'
import type { Shell, Work } from './shell.js'

type Loader = () => Promise<Work>

const importers: Readonly<Record<string, Loader>> = {
  git: () => import('./git-import.js').then(({ importGit }) => importGit),
  jsonl: () => import('./jsonl-import.js').then(({ importLines }) => importLines)
}

const exporters: Readonly<Record<string, Loader>> = {
  git: () => import('./git-export.js').then(({ exportGit }) => exportGit),
  jsonl: () => import('./jsonl-export.js').then(({ exportLines }) => exportLines)
}

/** Imports. */
export async function runImport(shell: Shell): Promise<number> {
  return await (await formOf(importers, shell))(shell)
}

/** Exports. */
export async function runExport(shell: Shell): Promise<number> {
  return await (await formOf(exporters, shell))(shell)
}

function formOf(forms: Readonly<Record<string, Loader>>, shell: Shell): Promise<Work> {
  const [name = ''] = shell.operands
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined
  if (form !== undefined) return form()
  const known = Object.keys(forms).map((each) => `'${each}'`)
  throw new Misuse(`histo ${shell.verb.name} knows no '${name}'; it knows ${known.join(' and ')}`)
}
