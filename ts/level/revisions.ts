/**
 * Texts of revisions in a sublevel, under their refs.
 */

import type { Ref } from '../base/types.js'
import { refOf } from '../ref-of.js'
import type { RevisionStore } from '../store/interfaces.js'
import type { LevelSublevel } from './level.js'

/** The revision store in a level. */
export class LevelRevisions implements RevisionStore {
  readonly #texts: LevelSublevel
  readonly #sync: boolean

  constructor(texts: LevelSublevel, sync: boolean) {
    this.#texts = texts
    this.#sync = sync
  }

  readonly idOf: typeof refOf = refOf

  async put(text: string): Promise<Ref> {
    const ref = refOf(text)
    await this.#texts.put(ref, text, { sync: this.#sync })
    return ref
  }

  async putMany(texts: readonly string[]): Promise<Ref[]> {
    const refs = texts.map(refOf)
    await this.putNamed(refs, texts)
    return refs
  }

  async putNamed(refs: readonly Ref[], texts: readonly string[]): Promise<void> {
    const puts = texts.map(
      (value, place) => ({ type: 'put', key: refs[place] ?? '', value }) as const
    )
    await this.#texts.batch(puts, { sync: this.#sync })
  }

  get(ref: string): Promise<string | undefined> {
    return this.#texts.get(ref)
  }

  getMany(refs: readonly string[]): Promise<(string | undefined)[]> {
    return this.#texts.getMany([...refs])
  }

  del(ref: string): Promise<void> {
    return this.#texts.del(ref, { sync: this.#sync })
  }

  keys(): AsyncIterable<Ref> {
    return this.#texts.keys({})
  }
}
