/**
 * `put`: writes the content of a file or of standard input as a revision.
 */

import { readFile } from 'node:fs/promises'
import { shown } from '../base/shown.js'
import { codeOf, Misuse, withFile } from './fail.js'
import { readJson } from './json-place.js'
import { writingAfter } from './open.js'
import { exit, type Shell } from './shell.js'
import { metaOf } from './written-meta.js'

/** Writes the revision and prints its ref. */
export async function run(shell: Shell): Promise<number> {
  const [db, data] = await writingAfter(shell, () => dataOf(shell))
  const meta = metaOf(shell)
  const ref = await db.put(data, meta === undefined ? {} : { meta })
  await shell.tell({ ref, branch: db.branchName }, ref)
  return exit.done
}

async function dataOf(shell: Shell): Promise<unknown> {
  const bytes = await input(shell)
  return shell.flag('binary') ? bytes : readJson(textOf(bytes, shell), nameOf(shell))
}

async function input(shell: Shell): Promise<Buffer> {
  const [file = '-'] = shell.operands
  if (file !== '-') return await readFile(file).catch((error: unknown) => refuse(file, error))
  if (shell.canAsk) await shell.err.line('Type JSON; control-D ends it.')
  const chunks: Buffer[] = []
  for await (const chunk of shell.input) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Says it if the operand is not the name of a file, but the data itself. */
function refuse(file: string, error: unknown): never {
  if (codeOf(error) !== 'ENOENT' || !/^\s*["[{]/.test(file)) throw withFile(file, error)
  throw new Misuse("put reads a file, or standard input: echo '...' | histo put", { cause: error })
}

function nameOf({ operands: [file = '-'] }: Shell): string {
  return file === '-' ? 'the standard input' : shown(file)
}

function textOf(bytes: Buffer, shell: Shell): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new Misuse(`${nameOf(shell)} is not UTF-8; --binary takes bytes as they are`, { cause })
  }
}
