/**
 * A process has hundreds of databases open: address space and threads are used for what is done, not for what is open.
 *
 * Checked to fail: with a map of 1 TiB to begin with no address space is left after a few, and a thread for
 * each that is open is counted.
 */

import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { possible } from '../support/skip.js'
import { folder } from './children.js'

const linux = possible(process.platform === 'linux', 'threads and address space: Linux only')

/** Databases; with some 64 MiB of address space each. */
const count = 300
const gigabytes = 32

test.runIf(linux)(
  'hundreds of databases are open in 32 GB of address space',
  { timeout: 120_000 },
  async () => {
    const path = folder()
    const program = fileURLToPath(new URL('fixtures/many-open.mjs', import.meta.url))
    const limited = `ulimit -v ${gigabytes * 2 ** 20} && exec "$0" "$@"`
    const args = ['-c', limited, process.execPath, program, path, String(count), '7']
    const child = spawn('bash', args, { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const told = async () => JSON.parse((await lines.next()).value)

    const { before, open, written, rested, ...sizes } = await told()
    expect(open - before).toBeLessThanOrEqual(2)
    expect(written - before).toBeLessThanOrEqual(16)
    expect(rested - before).toBe(0)
    expect(sizes.gigabytes).toBeLessThan(gigabytes)

    // Beyond the map that it has there.
    await using db = createDB<Uint8Array | number>({ path: join(path, '7'), durability: 'relaxed' })
    const large = new Uint8Array(8 << 20)
    for (let number = 0; number < 12; number += 1) {
      large[number] = 1
      await db.put(large)
    }
    child.stdin.write('go on\n')
    expect(await told()).toEqual({ length: 13, right: true })
  }
)
