/** A whole answer that a client reads slowly, by a clock of the test's own. */

import { Readable, Writable } from 'node:stream'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listenerOf } from '../../ts/http/server/listener.js'

/** A response whose client reads a number of bytes a second; `taken` bytes so far. */
function response(pace: number) {
  const state = { taken: 0 }
  const write = (chunk: Uint8Array, _encoding: string, done: () => void) => {
    setTimeout(
      () => {
        state.taken += chunk.byteLength
        done()
      },
      (chunk.byteLength / pace) * 1000
    )
  }
  const outgoing = new Writable({ highWaterMark: 1 << 14, write })
  outgoing.on('error', () => undefined)
  return { state, outgoing: Object.assign(outgoing, { writeHead: () => outgoing }) }
}

/** Sends 1 MiB at once to such a client; waits for an hour at most. */
async function sent(pace: number) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const { state, outgoing } = response(pace)
  const request = { method: 'GET', url: '/', headers: { host: 'x' }, complete: true }
  const incoming = Object.assign(Readable.from([]), request)
  const answer = { status: 200, headers: {}, body: new Uint8Array(1 << 20) }
  const listener = listenerOf(() => Promise.resolve(answer), 60_000)
  const listening = listener(incoming as never, outgoing as never)
  await vi.advanceTimersByTimeAsync(3_600_000)
  await listening
  return { taken: state.taken, isWhole: outgoing.writableFinished }
}

/** Checked to fail: write it in one piece, which has to be read within the timeout. */
test('a client that reads 4 KiB a second gets all of it', async () => {
  expect(await sent(4096)).toEqual({ taken: 1 << 20, isWhole: true })
})

test('a client that reads 1 KiB a second is cut off', async () => {
  const { taken, isWhole } = await sent(1024)
  expect(isWhole).toBe(false)
  expect(taken).toBeLessThan(1 << 20)
})
