/**
 * Pushes of many branches by a database that edits, deletes, makes again, moves back, is restored from a backup or replaced by
 * another one of its name, to a target that is edited too: beside a plain model.
 */

import { expect, test } from 'vitest'
import type { Ref } from '../../ts/index.js'
import { Changing, type Heads, overNetwork, seeds, selections } from './gone-model.js'

class Pushes extends Changing {
  /** What the server remembers of the laptop. */
  readonly #noted = new Map<string, Ref>()
  counts = { pushes: 0, gone: 0, deleted: 0 }

  constructor(seed: number) {
    super(seed, 'laptop', 'server')
  }

  override async exchange(): Promise<void> {
    this.counts.pushes += 1
    const [branches, isMeant] = selections[this.random(selections.length)] ?? expect.fail()
    const prune = this.random(3) > 0
    const { db } = this.other
    const target = this.random(2) === 0 ? overNetwork(db, undefined) : db
    const [ours, there] = [await this.ours.heads(), await this.other.heads()]
    const result = await this.ours.db.push(target, { branches: branches as true, prune })
    const gone = prune && ours.size > 0 ? this.#goneIn(ours, isMeant) : new Map<string, Ref>()
    expect([...(result.deleted ?? [])].toSorted()).toEqual([...gone.keys()].toSorted())
    const expected = new Map(there)
    for (const [name, ref] of gone) {
      this.#noted.delete(name)
      if (there.get(name) === ref) expected.delete(name)
    }
    const apart = this.#move(ours, isMeant, expected)
    expect([...(await this.other.heads())].toSorted()).toEqual([...expected].toSorted())
    expect(Object.keys(result.failed).toSorted()).toEqual(apart.toSorted())
    const remotes = [...this.#noted].map(([name, ref]) => [
      name === 'main' ? 'laptop' : `laptop/${name}`,
      ref
    ])
    expect(Object.entries(await db.remotes()).toSorted()).toEqual(remotes.toSorted())
    await this.other.note()
  }

  #goneIn(ours: Heads, isMeant: (name: string) => boolean) {
    const gone = new Map<string, Ref>()
    for (const [name, ref] of this.#noted) {
      if (!isMeant(name) || ours.has(name)) continue
      this.counts.gone += 1
      if (this.ours.deleted(name, ref, false)) gone.set(name, ref)
    }
    this.counts.deleted += gone.size
    return gone
  }

  /** Moves heads forward in `expected`; returns the branches that have diverged. */
  #move(ours: Heads, isMeant: (name: string) => boolean, expected: Map<string, Ref>) {
    const apart: string[] = []
    for (const [name, ref] of ours) {
      if (!isMeant(name)) continue
      this.#noted.set(name, ref)
      const now = expected.get(name)
      if (now === undefined || this.histories.reaches(ref, now)) expected.set(name, ref)
      else if (!this.histories.reaches(now, ref)) apart.push(name)
    }
    return apart
  }
}

test.each(seeds)(
  'a push deletes what the log here proves, and nothing else (%d)',
  async (seed) => {
    const world = new Pushes(seed)
    for (let step = 0; step < 250; step += 1) await world.step()
    expect(world.counts.pushes).toBeGreaterThan(10)
    expect(world.counts.gone).toBeGreaterThan(world.counts.deleted)
  },
  60_000
)
