/**
 * `rescue`: copies all intact revisions of a damaged file into a new database, with heads at the tips.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathArgument } from '../base/path.js'
import { counted, shown } from '../base/shown.js'
import type { Ref, Revision } from '../base/types.js'
import type { DB } from '../db.js'
import { Refusal } from './fail.js'
import { removerOf } from './half-made.js'
import { ifInterrupted } from './interrupted.js'
import { moveHeads } from './move-heads.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'

type Heads = Readonly<Record<string, Ref>>

/** The files of a database. */
const databaseFiles = ['data.mdb', 'lock.mdb', 'open.lock']

/** Writes the new database, whole or not at all. */
export async function run(shell: Shell): Promise<number> {
  const [from, to] = [pathArgument(shell.operand(0)), pathArgument(shell.operand(1))]
  refuseDatabase(to)
  const { createDB, rescue } = await import('../index.js')
  const progress = new Progress(shell, 'searching')
  const found = rescue(from, {
    dangling: false,
    onProgress: ({ done, total }) => progress.show(done, total)
  })
  const first = await found.next() // before a database is made for nothing
  if (first.done === true) throw new Refusal(`no intact revision is in ${from}`)
  refuseDatabase(to) // it may have come meanwhile, and would be removed if this fails
  const remove = removerOf(to, databaseFiles)
  const withdraw = ifInterrupted(remove)
  const db = await createDB({ path: to })
    .ready()
    .catch((error: unknown) => {
      withdraw()
      remove()
      throw error
    })
  const tips = new Tips()
  let heads: Heads
  try {
    await db.writeStream(tips.of(first.value, found))
    heads = await headsAt(db, tips)
  } catch (error) {
    await db.close()
    remove()
    throw error
  } finally {
    withdraw()
    progress.end()
  }
  await db.close()
  const names = Object.keys(heads).join(', ')
  const line = `${counted(tips.count, 'revision')} in ${shown(to)}`
  await shell.tell(
    { revisions: tips.count, heads, path: to },
    names === '' ? line : `${line}; heads: ${names}`
  )
  return exit.done
}

function refuseDatabase(folder: string): void {
  if (!existsSync(join(folder, 'data.mdb'))) return
  throw new Refusal(`there is a database in ${folder} already`)
}

/** Sets a head at each tip. */
async function headsAt(db: DB, tips: Tips): Promise<Heads> {
  const heads = [...tips.refs].map((ref, at) => [`rescued/${at + 1}`, ref] as const)
  await moveHeads(
    db,
    heads.map(([branch, ref]) => ({ branch, ref }))
  )
  return Object.fromEntries(heads)
}

/** Finds the revisions of a stream, ancestors first, that no later one names. */
class Tips {
  readonly refs = new Set<Ref>()
  count = 0

  async *of(
    first: Revision<unknown>,
    rest: AsyncIterable<Revision<unknown>>
  ): AsyncGenerator<Revision<unknown>> {
    yield this.#seen(first)
    for await (const revision of rest) yield this.#seen(revision)
  }

  #seen(revision: Revision<unknown>): Revision<unknown> {
    this.count += 1
    this.refs.add(revision.ref)
    for (const ancestor of revision.ancestors) this.refs.delete(ancestor)
    return revision
  }
}
