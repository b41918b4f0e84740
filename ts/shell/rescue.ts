/**
 * `rescue`: copies all intact revisions of a damaged file into a new database, with heads at the tips.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathArgument } from '../base/path.js'
import { counted, shown } from '../base/shown.js'
import type { Ref, Revision } from '../base/types.js'
import { Refusal } from './fail.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'

/** Writes the new database. */
export async function run(shell: Shell): Promise<number> {
  const [from, to] = [pathArgument(shell.operand(0)), pathArgument(shell.operand(1))]
  if (existsSync(join(to, 'data.mdb'))) throw new Refusal(`there is a database in ${to} already`)
  const { createDB, rescue } = await import('../index.js')
  const progress = new Progress(shell, 'searching')
  const found = rescue(from, {
    dangling: false,
    onProgress: ({ done, total }) => progress.show(done, total)
  })
  const first = await found.next() // a file that is not there makes no new database
  const db = await createDB({ path: to }).ready()
  shell.atEnd(() => db.close())
  const tips = new Tips()
  await db.writeStream(tips.of(first, found)).finally(() => progress.end())
  const heads: Record<string, Ref> = {}
  for (const [at, ref] of [...tips.refs].entries()) {
    const name = `rescued/${at + 1}`
    heads[name] = await db.branch(name).setHead(ref)
  }
  const names = Object.keys(heads).join(', ')
  const line = `${counted(tips.count, 'revision')} in ${shown(to)}`
  await shell.tell(
    { revisions: tips.count, heads, path: to },
    names === '' ? line : `${line}; heads: ${names}`
  )
  return exit.done
}

/** Finds the revisions of a stream, ancestors first, that no later one names. */
class Tips {
  readonly refs = new Set<Ref>()
  count = 0

  async *of(
    first: IteratorResult<Revision<unknown>>,
    rest: AsyncIterable<Revision<unknown>>
  ): AsyncGenerator<Revision<unknown>> {
    if (first.done !== true) yield this.#seen(first.value)
    for await (const revision of rest) yield this.#seen(revision)
  }

  #seen(revision: Revision<unknown>): Revision<unknown> {
    this.count += 1
    this.refs.add(revision.ref)
    for (const ancestor of revision.ancestors) this.refs.delete(ancestor)
    return revision
  }
}
