/**
 * A medium whose writes and syncs fail with EIO, and comes to again: what fails says `HISTO_STORE`,
 * reading goes on, and so does writing afterwards, without opening the database anew.
 *
 * Checked to fail without the protection: without `shut_if_refused` in `crates/core/src/store/disk.rs`
 * nothing can be read or written after the meta page failed; without `note_given_up` there the file is refused
 * after a failed sync of the meta page, as one with a flipped bit.
 */

import { join } from 'node:path'
import { expect, test } from 'vitest'
import { possible } from '../support/skip.js'
import { folder } from './children.js'
import { faultyLibrary, runFaulty } from './machine.js'

const preloads = possible(
  process.platform === 'linux',
  'failing writes: only Linux preloads a library'
)

test.runIf(preloads).each(['meta', 'dsync', 'write', 'sync'])(
  'where the %s fails, the writes fail and all else goes on',
  { timeout: 30_000 },
  (word) => {
    const library = faultyLibrary()
    if (library === undefined) throw new Error('cc builds no library here')
    const path = join(folder(), 'db')
    const failure = { code: 'HISTO_STORE', path, message: `cannot write ${path}` }
    expect(runFaulty(library, 'faults', path, word)).toEqual({
      failed: [failure, failure],
      meanwhile: { data: 'first', head: true, remotes: {} },
      chained: ['HISTO_STORE', 'HISTO_STORE'],
      sound: { data: 'second', ancestors: 1 },
      history: ['second', 'first']
    })
  }
)
