/**
 * Random calls to a database over the stores, each checked against the model.
 */

import assert from 'node:assert/strict'
import type { Ref } from '../base/types.js'
import type { DB } from '../db.js'
import { Model } from './model.js'
import type { Random } from './random.js'
import { same } from './same.js'

const branches = ['main', 'side', 'ä/😀'] as const
const remotes = ['near', 'far/away', '__proto__'] as const

/** A database and its expected content. */
export class RandomCalls {
  readonly #model = new Model()
  readonly #random: Random
  #count = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Makes one call. */
  async step(db: DB): Promise<void> {
    const branch = this.#random.of(branches) ?? 'main'
    const steps = [
      () => this.#chain(db, branch),
      () => this.#chain(db, branch),
      () => this.#beside(db, branch),
      () => this.#putMany(db, branch),
      () => this.#setHead(db, branch),
      () => this.#update(db, branch),
      () => this.#merge(db, branch),
      () => this.#remote(db),
      () => this.#deleteBranch(db, branch),
      () => this.#ask(db)
    ]
    await this.#random.of(steps)?.()
  }

  /** Checks everything that can be read against the model. */
  async check(db: DB, canList: boolean): Promise<void> {
    const { revisions, heads, remotes: known } = this.#model
    const refs = [...revisions.keys()]
    same(
      await db.getMany(refs),
      refs.map((ref) => revisions.get(ref)?.data)
    )
    for (const branch of branches) {
      const head = await this.#head(db, branch)
      assert.equal(head, this.#model.head(branch), `the head of ${branch}`)
      const history: Ref[] = []
      if (head !== null) for await (const { ref } of db.history(head)) history.push(ref)
      same(history.sort(), [...this.#model.reach(head)].sort())
    }
    for (const name of remotes) {
      assert.equal(await db.remoteHead(name), known.get(name) ?? null, `remote ${name}`)
    }
    if (!canList) return
    same({ ...(await db.branches()) }, Object.fromEntries(heads))
    same({ ...(await db.remotes()) }, Object.fromEntries(known))
  }

  #head(db: DB, branch: string): Promise<Ref | null> {
    return new Promise((resolve, reject) => {
      db.branch(branch).head((error, head) => (error ? reject(error) : resolve(head)))
    })
  }

  #data(): unknown {
    this.#count += 1
    const number = this.#count
    const kinds = [number, { number, text: 'ä 😀 \u0000' }, Uint8Array.of(number), [number, null]]
    return this.#random.of(kinds)
  }

  #ref(): Ref | undefined {
    return this.#random.of([...this.#model.revisions.keys()])
  }

  /** Puts several revisions without awaiting each. */
  async #chain(db: DB, branch: string): Promise<void> {
    const data = Array.from({ length: 1 + this.#random.below(4) }, () => this.#data())
    const side = db.branch(branch)
    const refs = await Promise.all(data.map((item) => side.put(item)))
    this.#chained(branch, refs, data)
  }

  async #putMany(db: DB, branch: string): Promise<void> {
    const data = [this.#data(), this.#data(), this.#data()]
    const refs = await db.branch(branch).putMany(data.map((item) => ({ data: item })))
    this.#chained(branch, refs, data)
  }

  #chained(branch: string, refs: readonly Ref[], data: readonly unknown[]): void {
    for (const [place, ref] of refs.entries()) {
      const head = this.#model.head(branch)
      this.#model.put(ref, data[place], head === null ? [] : [head], branch)
    }
  }

  /** Makes a put that names its ancestors and does not move the head. */
  async #beside(db: DB, branch: string): Promise<void> {
    const ancestors = [...new Set([this.#ref(), this.#ref()].filter((ref) => ref !== undefined))]
    const data = this.#data()
    const ref = await db.branch(branch).put(data, ancestors, { moveHead: false })
    this.#model.put(ref, data, ancestors)
  }

  async #setHead(db: DB, branch: string): Promise<void> {
    const ref = this.#ref()
    if (ref === undefined) return
    const head = this.#model.head(branch)
    const previous = this.#random.below(2) ? head : (this.#ref() ?? null)
    const set = db.branch(branch).setHead(ref, previous)
    if (head === ref || head === previous) {
      assert.equal(await set, ref)
      this.#model.heads.set(branch, ref)
    } else {
      await assert.rejects(set, { code: 'HISTO_HEAD_CONFLICT', head, expected: previous })
    }
  }

  async #deleteBranch(db: DB, branch: string): Promise<void> {
    await db.deleteBranch(branch)
    this.#model.heads.delete(branch)
  }

  async #update(db: DB, branch: string): Promise<void> {
    const head = this.#model.head(branch)
    const data = this.#data()
    const ref = await db.branch(branch).update((before, at) => {
      same([before, at], [this.#model.revisions.get(head ?? '')?.data, head])
      return data
    })
    this.#model.put(ref, data, head === null ? [] : [head], branch)
  }

  async #merge(db: DB, branch: string): Promise<void> {
    const theirs = this.#ref()
    if (theirs === undefined) return
    const ours = this.#model.head(branch)
    const data = this.#data()
    const { kind, ref } = await db.branch(branch).merge(theirs, () => data)
    if (this.#model.reach(ours).has(theirs)) same([kind, ref], ['up-to-date', ours])
    else if (ours === null || this.#model.reach(theirs).has(ours)) {
      same([kind, ref], ['fast-forward', theirs])
      this.#model.heads.set(branch, theirs)
    } else this.#model.put(ref, data, [ours, theirs], branch)
  }

  async #remote(db: DB): Promise<void> {
    const name = this.#random.of(remotes) ?? 'near'
    const ref = this.#ref()
    if (ref === undefined || this.#random.below(3) === 0) {
      await db.deleteRemote(name)
      this.#model.remotes.delete(name)
    } else {
      await db.setRemoteHead(name, ref)
      this.#model.remotes.set(name, ref)
    }
  }

  async #ask(db: DB): Promise<void> {
    const [one, other] = [this.#ref(), this.#ref()]
    if (one === undefined || other === undefined) return
    same(await db.mergeBases(one, other), this.#model.bases(one, other))
    assert.equal(await db.isAncestor(one, other), this.#model.reach(other).has(one))
    const difference = await db.refDifference(one, other)
    same(difference.sort(), this.#model.difference([one], other))
    same(await db.ancestors(one), this.#model.revisions.get(one)?.ancestors)
    same(await db.has([one, 'no such ref']), [true, false])
  }
}
