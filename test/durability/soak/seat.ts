/** An open database with a listener and a watcher, whose reports are checked. */

import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { DB, HeadChange, Ref } from '../../../ts/index.js'

/** An open database of the branch `main`, and the reports about its heads. */
export class Seat {
  readonly db: DB
  readonly #heard = new Map<string, Ref | null>()
  readonly #watched = new Map<string, Ref | null>()
  readonly #ended: Promise<void>

  constructor(db: DB) {
    this.db = db
    db.on('head', this.#listener)
    this.#ended = this.#watch()
  }

  /** Checks the last report about each head against the head now. A last put, also into `plain`, marks the end of the reports. */
  async expectTold(plain: DB): Promise<void> {
    const last = await this.db.put('the last that is told')
    expect(await plain.put('the last that is told')).toBe(last)
    const heads = new Map(Object.entries(await plain.remotes()))
    for (const told of [this.#heard, this.#watched]) {
      const end = Date.now() + 5_000
      while (told.get('') !== last && Date.now() < end) await sleep(5)
      expect(told.get('')).toBe(last)
      told.delete('')
      for (const [remote, ref] of told)
        expect([remote, ref]).toEqual([remote, heads.get(remote) ?? null])
    }
  }

  /** Closes the database, which ends the reports. */
  async close(): Promise<void> {
    this.db.off('head', this.#listener)
    await this.db.close()
    await this.#ended
  }

  readonly #listener = ({ remote = '', ref }: HeadChange) => {
    this.#heard.set(remote, ref)
  }

  async #watch(): Promise<void> {
    for await (const { remote = '', ref } of this.db.watch()) this.#watched.set(remote, ref)
  }
}
