/**
 * A power loss at any moment: of what was written after the last sync that had ended, any write may be
 * missing, reordered or torn. Everything acknowledged is there (`'sync'`), or all but the newest
 * (`'relaxed'`), and the file needs no repair.
 *
 * Checked to fail: with LMDB opened as MDB_NOSYNC the four first tests do. The last two keep that checked:
 * on a device that ignores syncs, or only those of the writes that sync themselves (the meta page's),
 * they must find harm.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folder, isLong, run, startIn } from './children.js'
import { type Device, powerLosses, randomFrom } from './device/power-loss.js'
import { canRecord, type Event, eventsOf, recorder } from './device/recorder.js'

/** The output of `look-through`: an error, or what it found. */
interface Found {
  code?: string
  message?: string
  whole?: boolean
  lost?: number
  lostSynced?: number
  onlyNewest?: boolean
  length?: number
  repaired?: boolean
  writtenOn?: boolean
}

type Durability = 'sync' | 'relaxed'

/** Moments in all of the runs of a device. */
const moments = isLong ? 1500 : 40
/** Moments after which the databases are looked at together. */
const batch = 20
const timeout = isLong ? 3_600_000 : 240_000

/** Records a process that writes of every kind. */
async function recorded(durability: Durability): Promise<Event[]> {
  const work = folder()
  const record = join(work, 'record')
  const variables = { LD_PRELOAD: recorder(), HISTO_RECORD: record }
  const args = [join(work, 'db'), work, '120', durability]
  const { code, stderr } = await startIn(variables, 'write-and-tell', ...args).ended
  expect([code, stderr]).toEqual([0, ''])
  return eventsOf(record)
}

/** The state after power losses at random moments. */
async function foundAfter(events: readonly Event[], device: Device, durability: Durability) {
  const chosen = Array.from({ length: moments }, () =>
    Math.floor(device.random() * (events.length + 1))
  )
  const crashed: object[] = []
  const found: (Found & { pending: number; acknowledged: number })[] = []
  const lookThrough = async () => {
    const input = join(folder(), 'input.json')
    writeFileSync(input, JSON.stringify(crashed))
    const { code, stdout, stderr } = await run('look-through', input)
    expect([code, stderr]).toEqual([0, ''])
    for (const [n, line] of stdout.trim().split('\n').entries()) {
      const { pending, acknowledged } = crashed[n] as { pending: number; acknowledged: string[] }
      found.push({ ...(JSON.parse(line) as Found), pending, acknowledged: acknowledged.length })
    }
    crashed.length = 0
  }
  for (const { image, ...told } of powerLosses(
    events,
    chosen.toSorted((a, b) => a - b),
    device
  )) {
    if (image === undefined) {
      expect(told.acknowledged).toEqual([]) // no database existed yet
      continue
    }
    const path = join(folder(), 'db')
    mkdirSync(path)
    writeFileSync(join(path, 'data.mdb'), image)
    crashed.push({ path, durability, ...told })
    if (crashed.length === batch) await lookThrough()
  }
  if (crashed.length > 0) await lookThrough()
  return found
}

if (!canRecord) {
  process.stderr.write('SKIPPED: power losses are played on Linux with a C compiler only\n')
}

describe.runIf(canRecord)('with power losses', () => {
  const records: Partial<Record<Durability, Event[]>> = {}
  const recordOf = async (durability: Durability): Promise<Event[]> => {
    records[durability] ??= await recorded(durability)
    return records[durability]
  }

  test.each([[512], [4096]] as const)(
    "'sync' keeps all acknowledged writes, torn at %i bytes",
    async (sector) => {
      const device = { sector, random: randomFrom(sector) }
      const found = await foundAfter(await recordOf('sync'), device, 'sync')
      const right = { whole: true, lost: 0, repaired: false, writtenOn: true }
      for (const one of found) expect(one).toMatchObject(right)
      expect(found.some(({ pending }) => pending > 0)).toBe(true)
      expect(found.some(({ acknowledged }) => acknowledged > 0)).toBe(true)
    },
    timeout
  )

  test.each([[512], [4096]] as const)(
    "'relaxed' leaves a whole database that lacks only the newest writes, torn at %i bytes",
    async (sector) => {
      const device = { sector, random: randomFrom(sector + 1) }
      const found = await foundAfter(await recordOf('relaxed'), device, 'relaxed')
      const right = {
        whole: true,
        lostSynced: 0,
        onlyNewest: true,
        repaired: false,
        writtenOn: true
      }
      for (const one of found) expect(one).toMatchObject(right)
      expect(found.some(({ pending }) => pending > 0)).toBe(true)
    },
    timeout
  )

  test.each(['syncs', 'synced writes'] as const)(
    'a device that ignores %s is detected',
    async (ignores) => {
      const device = { sector: 4096, random: randomFrom(7), ignores } as const
      const found = await foundAfter(await recordOf('sync'), device, 'sync')
      const harmed = found.filter(({ whole, lost }) => whole !== true || lost !== 0)
      expect(harmed.length).toBeGreaterThan(0)
    },
    timeout
  )
})
