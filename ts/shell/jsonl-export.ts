/**
 * `export jsonl`: all revisions as JSON Lines, ancestors first, then the heads and remote heads.
 */

import { once } from 'node:events'
import { createWriteStream, rmSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { counted, shown, shownJson } from '../base/shown.js'
import type { Ref } from '../base/types.js'
import type { DB } from '../db.js'
import { tipsOf } from '../rows/tips.js'
import { withFile } from './fail.js'
import { ifInterrupted } from './interrupted.js'
import { readingHere } from './open.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'
import { jsonOf } from './show.js'

/** Receives lines. */
type Sink = (line: string) => Promise<void>

/** Writes a file, whole or not at all; `-` is the standard output. */
export async function exportLines(shell: Shell): Promise<number> {
  const file = shell.operand(1)
  const db = await readingHere(shell)
  if (file === '-') {
    await writeAll(shell, db, (line) => shell.out.line(line))
    return exit.done
  }
  const part = `${file}.part`
  const withdraw = ifInterrupted(() => rmSync(part, { force: true }))
  try {
    const count = await intoFile(part, (sink) => writeAll(shell, db, sink))
    await rename(part, file)
    await shell.tell({ revisions: count, file }, `${counted(count, 'revision')} in ${shown(file)}`)
  } catch (error) {
    await rm(part, { force: true })
    throw withFile(file, error, part)
  } finally {
    withdraw()
  }
  return exit.done
}

/** Writes through a stream, and waits until it is on the disk. */
async function intoFile<R>(file: string, write: (sink: Sink) => Promise<R>): Promise<R> {
  const stream = createWriteStream(file)
  const ended = finished(stream)
  ended.catch(() => undefined) // awaited below, or by the next line
  await once(stream, 'open') // before it, a failure would leave the file: it would be made after its removal
  const result = await write(async (line) => {
    if (stream.write(`${line}\n`)) return
    await Promise.race([once(stream, 'drain'), ended])
  }).finally(() => stream.end())
  await ended
  const handle = await open(file, 'r+')
  await handle.sync().finally(() => handle.close())
  return result
}

/** Writes all that heads and remote heads reach, then these heads; returns the number of revisions. */
async function writeAll(shell: Shell, db: DB, sink: Sink): Promise<number> {
  const progress = new Progress(shell, 'exporting')
  const tips = await tipsOf(db)
  const done: Ref[] = []
  let count = 0
  try {
    for (const tip of tips.refs) {
      const refs = (await db.refDifference(done, tip)).reverse()
      done.push(tip)
      for await (const revision of db.createStream(refs)) {
        await sink(shownJson(jsonOf(revision)))
        count += 1
        progress.show(count, 0)
      }
    }
  } finally {
    progress.end()
  }
  for (const [ref, { branches, remotes }] of tips.names) {
    for (const head of branches) await sink(shownJson({ head, ref }))
    for (const remote of remotes) await sink(shownJson({ remote, ref }))
  }
  return count
}
