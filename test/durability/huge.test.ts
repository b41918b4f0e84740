/**
 * Data for which the process has no memory is refused with `HISTO_TOO_LARGE`; the process lives on.
 *
 * Checked to fail without the protection: with `room` and `grow` in `crates/core/src/room.rs` answering
 * `Ok(())`, the children die by SIGABRT.
 */

import { expect, test } from 'vitest'
import { possible } from '../support/skip.js'
import { folder } from './children.js'
import { runLimited } from './machine.js'

const limits = possible(process.platform === 'linux', 'memory that is refused: Linux only')

test.runIf(limits).each(['on a path', 'in memory'])(
  'data that there is no memory for is an error, %s',
  { timeout: 60_000 },
  (where) => {
    const seen = runLimited('-n 1024', 'huge', ...(where === 'on a path' ? [folder()] : []))
    const refusal = 'HISTO_TOO_LARGE'
    expect(seen).toEqual({
      refused: [refusal, refusal, refusal, refusal],
      goesOn: true,
      reads: [refusal, refusal, refusal],
      synchronized: refusal,
      readAgain: true
    })
  }
)
