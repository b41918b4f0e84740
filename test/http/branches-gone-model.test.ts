/**
 * Pulls of many branches from a source that edits, deletes, makes again, moves back, is restored from a backup or replaced by
 * another database of its name, and shows its client now more and now less: beside a plain model of both logs.
 */

import { expect, test } from 'vitest'
import { createSynchronizer, type Ref } from '../../ts/index.js'
import { Changing, type Heads, overNetwork, seeds, selections } from './gone-model.js'

class Pulls extends Changing {
  readonly #remembered = new Map<string, Ref>()
  counts = { pulls: 0, deleted: 0, gone: 0 }

  constructor(seed: number) {
    super(seed, 'server', 'laptop')
  }

  /** Mostly one that is gone. */
  async #hidden() {
    const theirs = await this.ours.heads()
    const gone = [...this.#remembered.keys()].filter((name) => !theirs.has(name))
    return gone[this.random(gone.length + 1)] ?? this.name()
  }

  /** A run that only copies, or a pull. */
  override async exchange(isRun: boolean): Promise<void> {
    const [server, laptop] = [this.ours, this.other]
    const [branches, isMeant] = selections[this.random(selections.length)] ?? expect.fail()
    const overHttp = this.random(2) === 0
    const hidden = overHttp && this.random(2) === 0 ? await this.#hidden() : undefined
    const isSeen = (name: string) => isMeant(name) && name !== hidden
    const prune = this.random(3) > 0
    const options = { branches: branches as true, prune, resolve: 'json' } as const
    const source = overHttp ? overNetwork(server.db, hidden) : server.db
    const [theirs, before] = [await server.heads(), await laptop.heads()]
    const { resolve: _, ...runOptions } = options
    const result = isRun
      ? await createSynchronizer(source, laptop.db, runOptions).run()
      : await laptop.db.pull(source, options)
    const gone = this.#goneIn(theirs, isSeen, isMeant, prune, overHttp)
    expect([...(result.deleted ?? [])].toSorted()).toEqual([...gone.keys()].toSorted())
    const brought = this.#bring(theirs, isSeen, gone)
    await this.#checkRemotes()
    if (!isRun) await this.#checkPulled(before, gone, brought, isMeant)
    await laptop.note()
  }

  /** The remote heads that a run prunes. */
  #goneIn(
    theirs: Heads,
    isSeen: (name: string) => boolean,
    isMeant: (name: string) => boolean,
    prune: boolean,
    overHttp: boolean
  ) {
    const gone = new Map<string, Ref>()
    if (!prune || theirs.size === 0) return gone
    for (const [name, ref] of this.#remembered) {
      if (!isMeant(name) || theirs.has(name)) continue
      this.counts.gone += 1
      if (isSeen(name) && this.ours.deleted(name, ref, overHttp)) gone.set(name, ref)
    }
    this.counts.deleted += gone.size
    return gone
  }

  #bring(theirs: Heads, isSeen: (name: string) => boolean, gone: Heads) {
    const brought = new Set<string>()
    for (const name of gone.keys()) this.#remembered.delete(name)
    for (const [name, ref] of theirs) {
      if (!isSeen(name) || this.#remembered.get(name) === ref) continue
      brought.add(name)
      this.#remembered.set(name, ref)
    }
    return brought
  }

  async #checkRemotes() {
    const remotes = Object.entries(await this.other.db.remotes())
    const expected = [...this.#remembered].map(([name, ref]) => [
      name === 'main' ? 'server' : `server/${name}`,
      ref
    ])
    expect(remotes.toSorted()).toEqual(expected.toSorted())
  }

  async #checkPulled(
    before: Heads,
    gone: Heads,
    brought: ReadonlySet<string>,
    isMeant: (name: string) => boolean
  ) {
    this.counts.pulls += 1
    const after = await this.other.heads()
    await this.histories.see(this.other.db, after)
    const expected = new Set(before.keys())
    for (const [name, ref] of gone) if (before.get(name) === ref) expected.delete(name)
    for (const [name, ref] of this.#remembered) {
      if (!isMeant(name) || before.has(name)) continue
      if (brought.has(name) || !this.other.deleted(name, ref, false)) expected.add(name)
    }
    expect([...after.keys()].toSorted()).toEqual([...expected].toSorted())
    for (const [name, ref] of this.#remembered) {
      const head = after.get(name)
      if (!isMeant(name) || head === undefined) continue
      expect(this.histories.reaches(head, ref), name).toBe(true)
    }
    for (const [name, head] of before) {
      const now = after.get(name)
      if (now !== undefined) expect(this.histories.reaches(now, head), name).toBe(true)
    }
  }
}

test.each(seeds)(
  'a pull deletes what the log of the source proves, and nothing else (%d)',
  async (seed) => {
    const world = new Pulls(seed)
    for (let step = 0; step < 250; step += 1) await world.step()
    expect(world.counts.pulls).toBeGreaterThan(10)
    expect(world.counts.gone).toBeGreaterThan(world.counts.deleted)
  },
  60_000
)
