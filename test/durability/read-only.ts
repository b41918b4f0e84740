/** Shared by the tests of read-only databases. */

import type { ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { onTestFinished } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { contentsOf } from './children.js'

/** Makes a database of two revisions; answers their refs. */
export async function filled(path: string): Promise<string[]> {
  const db = createDB({ path, name: 'original' })
  const refs = [await db.put('first'), await db.put('second')]
  await db.close()
  return refs
}

/** The files below a folder, with hashes of all but `lock.mdb`, in which readers register. */
export function stateOf(path: string): Record<string, string> {
  const files = Object.entries(contentsOf(path))
  return Object.fromEntries(files.map(([name, hash]) => [name, isLock(name) ? '' : hash]))
}

function isLock(name: string): boolean {
  return basename(name) === 'lock.mdb'
}

/** A database that is open for reading only until the test has ended. */
export function openToRead(path: string): DB {
  const db = createDB({ path, readOnly: true })
  db.ready().catch(() => undefined)
  onTestFinished(() => db.close())
  return db
}

/** A folder with a copy of the data file alone, as a backup makes it. */
export function bareCopy(path: string, target: string): string {
  mkdirSync(target)
  copyFileSync(join(path, 'data.mdb'), join(target, 'data.mdb'))
  return target
}

/** How a child of the fixture `read-only` answers. */
export class Reader {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(child: ChildProcess) {
    this.#child = child
    if (child.stdout === null) throw new Error('a child without output')
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  /** How the database was opened. */
  async opened(): Promise<unknown> {
    const { value } = await this.#lines.next()
    return JSON.parse(value)
  }

  /** The current data of the head. */
  async read(): Promise<unknown> {
    this.#child.stdin?.write('\n')
    return await this.opened()
  }
}
