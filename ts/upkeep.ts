/**
 * The members of a database that look after it: verifying it, backing it up.
 */

import { functionOption, type Options, signalOption } from './base/arguments.js'
import { respond } from './base/callbacks.js'
import { calls } from './base/calls.js'
import { optionsOf } from './base/known.js'
import { nameArgument } from './base/names.js'
import { pathArgument } from './base/path.js'
import type { BackupOptions, BackupResult, VerifyOptions, VerifyReport } from './base/reports.js'
import type { Callback } from './base/types.js'
import type { Watching } from './engine.js'
import { Graph } from './graph.js'

/** Looks after the database, and all that `Graph` does. */
export class Upkeep<T> extends Graph<T> {
  /**
   * Reads every revision and hashes it anew, looks at every head, and reports all that is damaged,
   * missing or dangling. Sees what was committed when it was called; goes on beside reads and
   * writes. What it finds damaged a synchronizer asks for again. Over stores of your own: what the
   * heads and remote heads reach, by `idOf` where there is one; without `keys` on the branch store,
   * what the head of this branch reaches.
   *
   * Cost: reads and hashes everything, off JavaScript's thread but for stores of your own.
   *
   * @throws {HistoError} `HISTO_STORE` where the medium fails; damage is told by the report
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>
  verify(callback: Callback<VerifyReport>): void
  verify(options: VerifyOptions | undefined, callback: Callback<VerifyReport>): void
  verify(...args: unknown[]): Promise<VerifyReport> | undefined {
    return respond(args, { most: 1 }, () => {
      const watching = watchingOf(optionsOf(args[0], calls.verify))
      watching.signal?.throwIfAborted()
      return this.handle.ask((engine) => engine.verify(this.handle.branch, watching))
    })
  }

  /**
   * Writes a copy of the database, as it was at one moment, into the folder `path`, while writing
   * goes on here. The folder is made where it is missing, and must not hold a database. What is there
   * when the call succeeds is on the disk; a call that fails leaves nothing. On a path the file is
   * copied and grows meanwhile by what is written. From memory, and from stores of your own whose ids
   * are the built-in refs, revisions are written anew: from memory all, from stores what the heads
   * and remote heads reach (without `keys` on the branch store, the head of this branch).
   *
   * @throws {TypeError} if `path` or `name` is none
   * @throws {HistoError} `HISTO_STORE` where a database is there already or the medium fails;
   *   `HISTO_FULL`; `HISTO_CORRUPT` where what is to be copied is damaged, see `verify`
   */
  backup(path: string | URL, options?: BackupOptions): Promise<BackupResult>
  backup(path: string | URL, callback: Callback<BackupResult>): void
  backup(
    path: string | URL,
    options: BackupOptions | undefined,
    callback: Callback<BackupResult>
  ): void
  backup(...args: unknown[]): Promise<BackupResult> | undefined {
    return respond(args, { most: 2 }, () => {
      const target = pathArgument(args[0])
      const options = optionsOf(args[1], calls.backup)
      const { name } = options
      const copyName = name === undefined ? undefined : nameArgument(name, 'name')
      const watching = watchingOf(options)
      watching.signal?.throwIfAborted()
      const { branch } = this.handle
      return this.handle.ask((engine) =>
        engine.backup({ branch, path: target, name: copyName }, watching)
      )
    })
  }
}

function watchingOf(options: Options): Watching {
  const onProgress = functionOption<Watching['onProgress']>(options, 'onProgress')
  return { signal: signalOption(options), onProgress: onProgress ?? unheard }
}

function unheard(_told: unknown): void {
  // Nobody asked.
}
