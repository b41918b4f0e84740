/**
 * Pages over small databases, and what they answer.
 */

import type { DB } from '../../ts/index.js'
import { createPage, type PageHandler, type PageOptions } from '../../ts/page-entry.js'

/** The JSON of an answer. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at what they expect to be there
export type Answer = any

/** A page and how it is asked. */
export interface Asked {
  readonly page: PageHandler
  /** The JSON of an answer of 200. */
  readonly ask: (question: string) => Promise<Answer>
  /** The status and the JSON of any answer. */
  readonly tried: (question: string) => Promise<readonly [status: number, body: Answer]>
}

/** The page of a database, on this machine. */
export function pageOver(db: DB, options?: PageOptions): Asked {
  const page = createPage(db, options)
  const tried = async (question: string) => {
    const answer = await page(new Request(`http://localhost/below/api/${question}`))
    return [answer.status, JSON.parse(await answer.text())] as const
  }
  const ask = async (question: string) => {
    const [status, body] = await tried(question)
    if (status !== 200) throw new Error(`${question}: ${status} ${body.error}`)
    return body
  }
  return { page, ask, tried }
}
