/**
 * The views that readers have open: the few most recently used.
 */

import type { Handle } from '../branch/handle.js'
import type { DB } from '../db.js'
import { forgotten } from './refusals.js'
import type { Seen } from './sight.js'
import { type View, viewOf } from './view.js'

/** Most views that are kept. A reader of a dropped view starts again. */
const most = 6

/** Keeps views, the most recently used at the end. */
export class Views {
  readonly #db: DB
  readonly #handle: Handle
  readonly #views = new Map<string, View>()

  constructor(db: DB, handle: Handle) {
    this.#db = db
    this.#handle = handle
  }

  /** Keeps the view of these heads. Reads nothing. */
  keep({ state, tips }: Seen): void {
    const view = this.#views.get(state.view) ?? viewOf(this.#db, this.#handle, tips)
    this.#views.delete(state.view)
    this.#views.set(state.view, view)
    for (const [name, old] of this.#views) {
      if (this.#views.size <= most) return
      this.#views.delete(name)
      old.close()
    }
  }

  /** @throws {PageRefusal} 410 */
  named(name: string): View {
    const view = this.#views.get(name)
    if (view === undefined) throw forgotten()
    this.#views.delete(name)
    this.#views.set(name, view)
    return view
  }
}
