/**
 * `cat`: the data of a revision, or a value in it.
 */

import { pointerArgument } from '../base/pointer.js'
import { counted, shown } from '../base/shown.js'
import { get } from '../json-entry.js'
import { codeOf, Misuse, Refusal } from './fail.js'
import { reading } from './open.js'
import { prettyJson } from './pretty.js'
import { quoted } from './quoted.js'
import type { Reader } from './reader.js'
import { exit, type Shell } from './shell.js'

/** Prints the data. */
export async function run(shell: Shell): Promise<number> {
  const { name, pointer } = parts(shell.operand(0))
  const db = await reading(shell)
  const ref = await db.resolve(name).catch((error: unknown) => refuse(error, db, name))
  const data: unknown = await db.get(ref)
  if (pointer === undefined) return await print(shell, data, name)
  if (data instanceof Uint8Array)
    throw new Refusal(`${shown(name)} is binary, it has no ${pointer}`)
  const value = get(data, pointer)
  if (value === undefined) throw new Refusal(`${shown(name)} has nothing at ${shown(pointer)}`)
  return await print(shell, value, name)
}

/** A name and the pointer after a colon, which is empty or begins with a slash. */
function parts(operand: string): { name: string; pointer: string | undefined } {
  const [, name, pointer] = /^(.+?):((?:\/.*)?)$/su.exec(operand) ?? []
  if (name === undefined || pointer === undefined) return { name: operand, pointer: undefined }
  try {
    return { name, pointer: pointerArgument(pointer, 'the pointer') }
  } catch (cause) {
    throw new Misuse((cause as Error).message, { cause })
  }
}

/** Says it if a name is not found because the pointer behind it lacks its slash. */
async function refuse(error: unknown, db: Reader, operand: string): Promise<never> {
  const [, name, rest] = /^(.+?):([^/].*)$/su.exec(operand) ?? []
  if (name === undefined || codeOf(error) !== 'HISTO_NOT_FOUND') throw error
  await db.resolve(name).catch(() => {
    throw error
  })
  const command = `histo cat ${quoted(`${name}:/${rest}`)}`
  throw new Misuse(`a JSON Pointer begins with '/': ${command}`, { cause: error })
}

async function print(shell: Shell, data: unknown, name: string): Promise<number> {
  if (data instanceof Uint8Array) return await printBytes(shell, data, name)
  if (shell.json) await shell.out.json(data)
  else await shell.out.line(prettyJson(data, shell.out))
  return exit.done
}

/** Prints bytes unchanged into a pipe or file; to a terminal only if they are text, with control characters escaped. */
async function printBytes(shell: Shell, bytes: Uint8Array, name: string): Promise<number> {
  if (shell.json) await shell.out.json({ bytes: Buffer.from(bytes).toString('base64') })
  else if (shell.out.isTerminal) await shell.out.line(textOf(bytes, name))
  else await shell.out.write(bytes)
  return exit.done
}

function textOf(bytes: Uint8Array, name: string): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.replace(/\n$/, '').split('\n').map(shown).join('\n')
  } catch (cause) {
    const size = counted(bytes.length, 'byte')
    const hint = `histo cat ${shown(name)} > FILE`
    throw new Refusal(`${size} that are no text: ${hint}`, { cause })
  }
}
