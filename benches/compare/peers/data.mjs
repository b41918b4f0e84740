/**
 * The versions that each rival writes: different objects of 220 bytes, or a document of 20 KB of which each version
 * edits one field.
 */

import { item } from '../../../target/benches/lib/data.js'

const rows = 160
const words = 'What a row holds is a sentence such as this one, and a few words more to fill it. '

/** The version `number`, counted from 0, as a new object. */
export const kinds = {
  small: item,
  document: (number) => ({
    title: 'A document that is edited',
    rows: Array.from({ length: rows }, (_, row) => ({
      id: row,
      text: `${row}: ${words}`,
      // The last version up to `number` that edited this row; 0 before the first.
      edited: Math.max(0, number - ((((number - row) % rows) + rows) % rows))
    }))
  })
}

/** The versions from `first` on. */
export const versions = (kind, first, count) =>
  Array.from({ length: count }, (_, index) => kinds[kind](first + index))
