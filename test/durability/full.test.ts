/**
 * Media without room: the puts that fail say `HISTO_FULL`, nothing acknowledged is lost, reading
 * goes on, and writing does once there is room.
 *
 * Checked to fail without the protection: with `is_full` in `crates/core/src/store/files/fault.rs` answering
 * what `tells_full` does, the disks, the limit and the quota are HISTO_STORE; without `Slot::mend` the
 * puts after a failed growth of the map fail for ever; without `lock_file::prepare` a child of each kind of
 * opening without room is ended by SIGBUS.
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { possible } from '../support/skip.js'
import { folder } from './children.js'
import { canMount, faultyLibrary, runFaulty, runLimited, smallDisk } from './machine.js'

const mounts = possible(canMount, 'full disks: no right to mount a file system')
const limits = possible(process.platform === 'linux', 'limits of the process: Linux only')

const survived = {
  codes: ['HISTO_FULL'],
  isHead: true,
  afterwards: ['ok', 'ok', 'ok'],
  lost: 0,
  more: 3
}

test.runIf(mounts).each([
  ['tmpfs', 300],
  ['tmpfs', 60_000],
  ['ext4', 3_000],
  ['ext4', 60_000]
] as const)('a %s that fills up with texts of %i bytes', { timeout: 60_000 }, (kind, bytes) => {
  const disk = smallDisk(kind, 8)
  if (disk === undefined) throw new Error(`no ${kind} could be mounted`)
  const ballast = join(disk, 'ballast')
  writeFileSync(ballast, Buffer.alloc(4 * 1024 * 1024))
  const path = join(disk, 'db')
  const seen = runLimited('-n 1024', 'fill', path, String(bytes), ballast) as Record<string, number>
  expect(seen).toMatchObject({ ...survived, first: { path, retryable: true } })
  expect(seen['acknowledged']).toBeGreaterThan(16)
  expect(seen['read']).toBe(seen['acknowledged'])
})

const untouched = { meanwhile: null, more: null }

test.runIf(mounts).each([
  ['new', 0, untouched],
  ['in an empty folder', 0, untouched],
  ['restored without lock.mdb', 2, untouched],
  ['with a sparse lock.mdb', 2, untouched],
  ['with an empty lock.mdb', 2, untouched],
  ['a backup that was made before', 2, untouched],
  ['compact', 3, { meanwhile: 'first', more: 'ok' }],
  ['backup', 2, { meanwhile: 'first', more: 'ok' }],
  ['backup under a name', 2, { meanwhile: 'first', more: 'ok' }],
  ['backup from memory', 2, { meanwhile: 'first', more: 'ok' }]
] as const)(
  'without room %s is HISTO_FULL, and goes on with room',
  { timeout: 60_000 },
  (what, revisions, more) => {
    for (const kind of ['tmpfs', 'ext4'] as const) {
      const disk = smallDisk(kind, 8)
      if (disk === undefined) throw new Error(`no ${kind} could be mounted`)
      const seen = runLimited('-n 1024', 'no-room', disk, what)
      expect(seen, kind).toEqual({ full: 'HISTO_FULL', later: 'ok', ok: true, revisions, ...more })
    }
  }
)

test.runIf(limits)('a file that may grow no further (ulimit -f) is HISTO_FULL', () => {
  const path = join(folder(), 'db')
  const seen = runLimited('-f 2000', 'fill', path, '3000') as Record<string, number>
  expect(seen).toMatchObject({ codes: ['HISTO_FULL'], isHead: true, lost: 0 })
  expect(seen['read']).toBe(seen['acknowledged'])
})

test.runIf(limits)(
  'a map that cannot grow is HISTO_FULL, and small puts go on',
  { timeout: 60_000 },
  () => {
    const path = join(folder(), 'db')
    expect(runLimited('-n 1024', 'fill-map', path)).toEqual({
      failure: {
        code: 'HISTO_FULL',
        path,
        message: expect.stringContaining('cannot grow the map')
      },
      last: true,
      small: ['ok', 'ok'],
      more: 2
    })
  }
)

test.runIf(limits)('a write that a quota cuts short is HISTO_FULL', () => {
  const library = faultyLibrary()
  if (library === undefined) throw new Error('cc builds no library here')
  const path = join(folder(), 'db')
  expect(runFaulty(library, 'faults', path, 'quota')).toMatchObject({
    failed: [
      { code: 'HISTO_FULL', path },
      { code: 'HISTO_FULL', path }
    ],
    meanwhile: { data: 'first', head: true, remotes: {} },
    history: ['second', 'first']
  })
})
