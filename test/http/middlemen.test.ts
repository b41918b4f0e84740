/** `live`, `pull` and `push` through all kinds of middlemen: what comes of it, and at which pace. */

import { expect, test } from 'vitest'
import { keptTogether, pulledAndPushed } from './kept-together.js'
import { middlemen } from './scripted.js'
import { createDB, serve } from './servers.js'

interface Words {
  readonly words: readonly string[]
}

/** Milliseconds at rest before each change. */
const turns = process.env['HISTO_LONG'] === '1' ? Array(60).fill(1000) : [0, 200, 2500, 100]

test.each(middlemen)(
  'through %s live reports changes soon and with few requests',
  async (_name, make) => {
    const server = createDB<Words>({ name: 'server' })
    const { delays, rate } = await keptTogether(server, await make(await serve(server)), turns)
    expect(delays).toHaveLength(2 * turns.length)
    expect(delays[0]).toBeLessThan(5000)
    expect(delays[Math.floor(delays.length / 2)]).toBeLessThan(1500)
    expect(rate).toBeLessThan(15)
  },
  120_000
)

test.each(middlemen)(
  'through %s pull and push lose nothing and repeat little',
  async (_n, make) => {
    const server = createDB<Words>({ name: 'server' })
    const asked = await pulledAndPushed(server, await make(await serve(server)))
    expect(asked).toBeLessThan(160)
  },
  120_000
)
