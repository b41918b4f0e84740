/** What a database of keys and values keeps for a version: its text under a hash of it and of its parent's. */

import { createHash } from 'node:crypto'

export const headKey = 'heads/main'

/** The ref and the text of a version on `parent`. Not in canonical form: that would take as long again. */
export function chained(data, parent) {
  const text = JSON.stringify({ parent, data })
  return { text, ref: createHash('sha256').update(text).digest('hex') }
}

export const dataOf = (text) => JSON.parse(text).data
