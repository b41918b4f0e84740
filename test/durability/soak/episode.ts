/**
 * One database from its creation to its end: random operations checked against the plain engine, with reopening,
 * compacting, another process that is killed while it writes or looks after the file, and a peer.
 */

import { rmSync } from 'node:fs'
import fc from 'fast-check'
import { expect } from 'vitest'
import { createDB, type Ref } from '../../../ts/index.js'
import { failureOf, openPlain } from '../../support/open.js'
import {
  causeOf,
  deletion,
  known,
  type Operation,
  operation,
  outcomeOf,
  stateOf
} from '../../support/operations.js'
import { type Started, start } from '../children.js'
import { randomFrom } from '../device/power-loss.js'
import { meetPeer } from './peers.js'
import { Seat } from './seat.js'
import { expectRescued, expectSound } from './sound.js'

/** Operations of an episode, before and after it meets a peer. */
export const length = 40

const compaction = fc.constant({ kind: 'compact' } as const)
type Step = Operation | { kind: 'compact' }
const later: fc.Arbitrary<Step> = fc.oneof(
  { weight: 16, arbitrary: operation },
  { weight: 3, arbitrary: deletion },
  { weight: 1, arbitrary: compaction }
)

/** Runs an episode at `path`, the same for the same number; answers how many processes were killed in it. */
export async function episode(path: string, number: number): Promise<number> {
  const played = new Episode(path, number)
  try {
    return await played.run()
  } finally {
    for (const made of [path, `${path}-copy`, `${path}-visit`]) {
      rmSync(made, { recursive: true, force: true })
    }
  }
}

class Episode {
  readonly #path: string
  readonly #number: number
  readonly #plain = openPlain({ name: 'soak' })
  #refs: Ref[] = []
  #seat: Seat
  /** A process that writes beside this one. */
  #other: Started | undefined
  #kills = 0

  constructor(path: string, number: number) {
    this.#path = path
    this.#number = number
    this.#seat = this.#open()
  }

  async run(): Promise<number> {
    const plain = this.#plain
    // Before another process can make it, under a name of its own.
    await this.#seat.db.ready()
    if (this.#number % 4 === 0) this.#other = await this.#atWork('beside')
    await this.#take(fc.sample<Step>(operation, this.#sampling(0)))
    await meetPeer({ native: this.#seat.db, plain }, randomFrom(this.#number))
    await this.#take(fc.sample(later, this.#sampling(1)))
    await this.#killOther()
    this.#refs = await known(plain, this.#refs)
    expect(await stateOf(this.#seat.db, this.#refs)).toEqual(await stateOf(plain, this.#refs))
    await this.#seat.expectTold(plain)
    await expectSound(this.#seat.db, plain, this.#refs, this.#path)
    await this.#seat.close()
    await expectRescued(plain, this.#refs, this.#path)
    await plain.close()
    return this.#kills
  }

  #sampling(part: number) {
    return { numRuns: length / 2, seed: this.#number * 2 + part }
  }

  #open(): Seat {
    return new Seat(createDB({ path: this.#path, name: 'soak', durability: 'relaxed' }))
  }

  async #take(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (step.kind === 'reopen') await this.#reopen()
      else if (step.kind === 'compact') await this.#compact()
      else await this.#compare(step)
      this.#refs = await known(this.#plain, this.#refs)
    }
  }

  async #compare(step: Exclude<Operation, { kind: 'reopen' }>): Promise<void> {
    const expected = await outcomeOf(this.#plain, this.#refs, step)
    const outcome = await outcomeOf(this.#seat.db, this.#refs, step)
    if (isFailure(outcome) && !isFailure(expected)) {
      throw new Error(`${step.kind} failed`, { cause: causeOf(outcome) })
    }
    // A prune also counts what the other process left behind.
    const isShared = step.kind === 'prune' && this.#number % 4 === 0
    if (!isShared || isFailure(expected)) expect(outcome).toEqual(expected)
    else expect(isFailure(outcome)).toBe(false)
  }

  /** Closes and opens; now and then somebody who looks after the file is killed in between. */
  async #reopen(): Promise<void> {
    await this.#seat.close()
    if (this.#number % 4 === 1) {
      const visitor = await this.#atWork('visit')
      await new Promise((resolve) => setTimeout(resolve, (this.#number * 37) % 200))
      await this.#kill(visitor)
    }
    this.#seat = this.#open()
  }

  async #compact(): Promise<void> {
    const { db } = this.#seat
    if (this.#other === undefined) expect((await db.compact()).after).toBeGreaterThan(0)
    else expect(await failureOf(db.compact())).toMatchObject({ code: 'HISTO_LOCKED' })
  }

  /** Starts another process, and waits until it is at work. */
  async #atWork(fixture: string): Promise<Started> {
    const other = start(fixture, this.#path)
    const atWork = new Promise((resolve) => other.child.stdout?.once('data', resolve))
    const ended = other.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))
    await Promise.race([atWork, ended])
    ended.catch(() => undefined) // killed, later
    return other
  }

  async #killOther(): Promise<void> {
    if (this.#other === undefined) return
    await this.#kill(this.#other)
    this.#other = undefined
    await this.#seat.db.deleteBranch('beside')
  }

  async #kill({ child, ended }: Started): Promise<void> {
    child.kill('SIGKILL')
    const { signal, stderr } = await ended
    expect([signal, stderr]).toEqual(['SIGKILL', ''])
    this.#kills += 1
  }
}

function isFailure(outcome: unknown): boolean {
  return typeof outcome === 'object' && outcome !== null && 'failed' in outcome
}
