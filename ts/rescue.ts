/**
 * `rescue`: the intact revisions of a file that does not open.
 */

import { setImmediate as turn } from 'node:timers/promises'
import { booleanOption, functionOption, signalOption } from './base/arguments.js'
import { calls } from './base/calls.js'
import { caught } from './base/each.js'
import type { Jsonable, Jsonify } from './base/jsonify.js'
import { optionsOf, refuseSecondOptions } from './base/known.js'
import { pathArgument } from './base/path.js'
import type { RescueOptions } from './base/reports.js'
import { abortable } from './base/signal.js'
import type { Revision } from './base/types.js'
import { endMaintenance, searchFile, takeRescued } from './embedded/maintenance.js'
import type { Watching } from './engine.js'

/**
 * Iterates every intact revision of a database that does not open, ancestors before descendants. `path`
 * is its folder or a data file, made absolute by this call. All pages are searched, whether the database's own
 * structure leads to them or not. A revision is returned only if its ref is the hash of its data and of the refs of all its
 * ancestors. Nothing is written, and LMDB's own structures are trusted only for what was deleted. Errors, including
 * wrong arguments, are reported when it is iterated; lost revisions are left out.
 *
 * The result is a stream for `writeStream` of a new database. With `dangling: false` it has every ancestor, so that
 * all of it can be written. Heads are not rescued: set them to the revisions that no other names. The file
 * should not be open elsewhere meanwhile. Revisions that were erased or pruned are left out, as far as the file
 * shows it; with `dangling: false` so are their descendants.
 *
 * Cost: reads all pages, off JavaScript's thread, and then the revisions one after the other; some 150
 * bytes of memory a revision.
 *
 * @throws {TypeError} if `path` or an option is invalid
 * @throws {HistoError} `HISTO_STORE` if there is no file or it cannot be read
 */
export function rescue<In extends Jsonable<In> = unknown>(
  path: string | URL,
  options?: RescueOptions
): AsyncIterableIterator<Revision<Jsonify<In>>>
export function rescue<In extends Jsonable<In> = unknown>(
  path: string | URL,
  options?: RescueOptions,
  ...surplus: unknown[]
): AsyncIterableIterator<Revision<Jsonify<In>>> {
  return iterate<Jsonify<In>>(
    caught(() => ({ file: pathArgument(path), ...settingsOf(options, surplus) })) // makes the path absolute now
  )
}

interface Settings {
  readonly dangling: boolean
  readonly watching: Watching
}

function settingsOf(options: unknown, surplus: readonly unknown[]): Settings {
  const given = optionsOf(options, calls.rescue)
  refuseSecondOptions('rescue', surplus)
  const onProgress = functionOption<Watching['onProgress']>(given, 'onProgress')
  return {
    dangling: booleanOption(given, 'dangling', true),
    watching: { signal: signalOption(given), onProgress: onProgress ?? (() => undefined) }
  }
}

/** Revisions read per call. */
const batchSize = 256

async function* iterate<T>(
  askedOrThrow: () => Settings & { readonly file: string }
): AsyncGenerator<Revision<T>, undefined, undefined> {
  const { file, dangling, watching } = askedOrThrow()
  const { signal } = watching
  const search = await abortable(signal, () => searchFile(file, dangling, watching))
  try {
    for (;;) {
      signal?.throwIfAborted()
      const batch = takeRescued(search, file, batchSize)
      if (batch.length === 0) return
      for (const revision of batch) {
        signal?.throwIfAborted()
        yield revision as Revision<T>
      }
      await turn()
    }
  } finally {
    endMaintenance(search)
  }
}
