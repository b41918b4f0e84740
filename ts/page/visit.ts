/**
 * One query of the page, and what all queries share.
 */

import { pointerArgument } from '../base/pointer.js'
import type { Ref } from '../base/types.js'
import type { Handle } from '../branch/handle.js'
import type { DB } from '../db.js'
import type { News } from './news.js'
import { wrong } from './refusals.js'
import type { Sight } from './sight.js'
import type { View } from './view.js'
import type { Views } from './views.js'

/** The state that the queries of a page share. */
export interface Room {
  readonly db: DB
  readonly handle: Handle
  readonly sight: Sight
  readonly news: News
  readonly views: Views
}

/** A query with its parameters. */
export class Visit {
  readonly room: Room
  readonly signal: AbortSignal
  readonly #parameters: URLSearchParams

  constructor(room: Room, parameters: URLSearchParams, signal: AbortSignal) {
    this.room = room
    this.signal = signal
    this.#parameters = parameters
  }

  /** A parameter, if it is given. */
  text(name: string): string | undefined {
    return this.#parameters.get(name) ?? undefined
  }

  /** A required parameter. */
  needed(name: string): string {
    const value = this.text(name)
    if (value === undefined || value === '') throw wrong(`the parameter ${name} is missing`)
    return value
  }

  /** A count, at most `most`; `fallback` if it is left out. */
  count(name: string, fallback: number, most: number): number {
    const text = this.text(name)
    if (text === undefined) return fallback
    if (!/^\d{1,15}$/.test(text)) throw wrong(`${name} must be a count`)
    return Math.min(Number(text), most)
  }

  /** A JSON Pointer; by default the whole data. */
  pointer(): string {
    try {
      return pointerArgument(this.text('pointer') ?? '', 'pointer')
    } catch (error) {
      throw wrong((error as Error).message)
    }
  }

  /** Refs, each of which the reader may see. */
  async refs<N extends readonly string[]>(...names: N): Promise<{ [I in keyof N]: Ref }> {
    const refs = names.map((name) => this.needed(name))
    await this.room.sight.expectSeen(...refs)
    return refs as { [I in keyof N]: Ref }
  }

  /** The rows of the parameter `view`. */
  view(): View {
    return this.room.views.named(this.needed('view'))
  }
}
