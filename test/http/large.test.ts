/** How much of what passes between processes is held, on both ends. Linux alone can tell. */

import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { folder } from '../contract/places.js'
import { possible } from '../support/skip.js'

const mebibyte = 2 ** 20
const bytes = 100 * mebibyte
/** Beside two copies: what chunks leave until V8 collects it, some 60 MiB at the most. */
const most = 2 * bytes + 80 * mebibyte

const hasProc = possible(process.platform === 'linux', 'the memory of large payloads')

/** A process with a database, asked one thing at a time. */
class Peer {
  readonly #child: ChildProcess

  constructor(name: string) {
    const program = fileURLToPath(new URL('fixtures/peer.mjs', import.meta.url))
    this.#child = fork(program, [name, folder()], { execArgv: ['--expose-gc'] })
    onTestFinished(() => void this.#child.kill('SIGKILL'))
  }

  ask<R>(call: string, given?: unknown): Promise<R> {
    this.#child.send({ call, given })
    return new Promise((resolve, reject) => {
      this.#child.once('message', ({ answer, error }: { answer: R; error?: string }) => {
        if (error === undefined) resolve(answer)
        else reject(new Error(error))
      })
    })
  }

  /** Begins to look at its anonymous memory; answers how far it rose, in bytes, when it is called. */
  watch(): () => number {
    const before = this.#anonymous()
    let peak = before
    const timer = setInterval(() => {
      peak = Math.max(peak, this.#anonymous())
    }, 2)
    return () => {
      clearInterval(timer)
      return peak - before
    }
  }

  #anonymous(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8')
    return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024
  }
}

// Seen to fail at 325 MiB, the sender of a push, when a body that is too large to be held was encoded
// anew while the first of it waited for the collector.
test.runIf(hasProc).each([
  ['pull', 'bytes'],
  ['push', 'bytes'],
  ['pull', 'JSON'],
  ['push', 'JSON']
])(
  'a %s of 100 MiB of %s holds them twice at the most, on either end',
  async (way, kind) => {
    const [source, target] = [new Peer('source'), new Peer('target')]
    await source.ask('put', { bytes, isJson: kind === 'JSON' })
    const [server, client] = way === 'pull' ? [source, target] : [target, source]
    const url = await server.ask<string>('serve')
    for (const peer of [source, target]) await peer.ask('rest')
    const [sending, receiving] = [source.watch(), target.watch()]
    expect(await client.ask(way, url)).toMatchObject({ revisions: 1 })
    for (const peak of [sending(), receiving()]) {
      expect(peak).toBeGreaterThan(bytes / 2)
      expect(peak).toBeLessThan(most)
    }
  },
  120_000
)

// Seen to fail at 178 MiB, the target of a pull, when batches are handed to the writer without waiting
// for those before them.
test.runIf(hasProc).each(['pull', 'push'])(
  'a %s of 60,000 revisions of 4 KiB holds few of them at a time, on either end',
  async (way) => {
    const [source, target] = [new Peer('source'), new Peer('target')]
    const [revisions, each] = [60_000, 4096]
    await source.ask('putMany', { revisions, bytes: each })
    const [server, client] = way === 'pull' ? [source, target] : [target, source]
    const url = await server.ask<string>('serve')
    for (const peer of [source, target]) await peer.ask('rest')
    const [sending, receiving] = [source.watch(), target.watch()]
    expect(await client.ask(way, url)).toMatchObject({ revisions })
    for (const peak of [sending(), receiving()]) expect(peak).toBeLessThan((revisions * each) / 2)
  },
  120_000
)
