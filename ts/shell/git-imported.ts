/**
 * Finds the commits that a database has already, by the `commit` of their meta.
 */

import type { Ref } from '../base/types.js'
import type { DB } from '../db.js'
import { tipsOf } from '../rows/tips.js'
import { Refusal } from './fail.js'
import type { Commit } from './fast-export.js'

/** Most revisions below a head that are searched for the newest commit. */
const mostAbove = 1000

/** Commits and their revisions: those of this run, and those found in the histories of the heads. */
export class Imported {
  /** The newest commits below each head. */
  readonly tips: string[] = []
  readonly #refs = new Map<string, Ref>()
  /** By the numbers of the commits of this run. */
  readonly #made: Ref[] = []
  readonly #older: AsyncIterator<{ hash: string; ref: Ref }>

  private constructor(older: AsyncIterator<{ hash: string; ref: Ref }>) {
    this.#older = older
  }

  /** Looks for the newest commits. */
  static async of(db: DB): Promise<Imported> {
    const { refs } = await tipsOf(db)
    const imported = new Imported(commitsBelow(db, refs))
    for (const tip of refs) {
      for await (const { ref, meta } of db.history(tip, { limit: mostAbove, data: false })) {
        const hash = meta?.['commit']
        if (typeof hash !== 'string') continue
        imported.add(hash, ref)
        imported.tips.push(hash)
        break
      }
    }
    return imported
  }

  /** Records the revision of a commit of this run; by its hash too if that is asked for later. */
  made({ mark, hash }: Pick<Commit, 'mark' | 'hash'>, ref: Ref, isAsked: boolean): void {
    this.#made[mark] = ref
    if (isAsked) this.add(hash, ref)
  }

  /** Records the revision of a commit. */
  add(hash: string, ref: Ref): void {
    this.#refs.set(hash, ref)
  }

  /** Those of `refs` that are known to be commits; looks at all that are known. */
  commitsOf(refs: readonly Ref[]): ReadonlySet<Ref> {
    const [asked, found] = [new Set(refs), new Set<Ref>()]
    if (asked.size === 0) return found
    for (const all of [this.#refs.values(), this.#made]) {
      for (const ref of all) if (asked.has(ref)) found.add(ref)
    }
    return found
  }

  /** The revision of a commit that is known, by its number in this run or by its hash. */
  knownRefOf(commit: number | string): Ref | undefined {
    return typeof commit === 'number' ? this.#made[commit] : this.#refs.get(commit)
  }

  /** The revision of a commit; reads the histories of the heads as far as needed. */
  async refOf(hash: string): Promise<Ref> {
    for (;;) {
      const known = this.#refs.get(hash)
      if (known !== undefined) return known
      const { done, value } = await this.#older.next()
      if (done === true) throw new Refusal(`the commit ${hash} is not in the database`)
      this.add(value.hash, value.ref)
    }
  }
}

async function* commitsBelow(db: DB, tips: readonly Ref[]) {
  for (const [at, tip] of tips.entries()) {
    const until = tips.slice(0, at)
    for await (const { ref, meta } of db.history(tip, { until, data: false })) {
      const hash = meta?.['commit']
      if (typeof hash === 'string') yield { hash, ref }
    }
  }
}
