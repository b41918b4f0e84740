/**
 * The Redis server of the tests: `REDIS_URL`, else the local one.
 */

import { createClient } from 'redis'

/** Where the server is. */
export const url: string = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'

/** Whether the server answers; says so loudly where it does not. */
export const isThere: boolean = await answers()

async function answers(): Promise<boolean> {
  const client = createClient({ url, socket: { reconnectStrategy: false } })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.close()
    return true
  } catch (error) {
    const { message } = error as Error
    process.stderr.write(`\nSKIPPED: the tests of Redis. ${message}. Set REDIS_URL.\n\n`)
    return false
  }
}
