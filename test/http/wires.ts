/** Revisions as they travel, made by hand. */

import { type WireItem, wireOfItems } from '../../ts/wire/wire.js'
import { refOf } from '../contract/places.js'

async function* batches(...all: WireItem[][]) {
  for (const batch of all) yield await Promise.resolve(batch)
}

/** A stream of revisions. */
export async function wire(items: readonly WireItem[], compress = false): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  const options = { signal: undefined, compress }
  for await (const chunk of wireOfItems(batches([...items]), options)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A line of revisions as items. */
export function chain(count: number): WireItem[] {
  const items: WireItem[] = []
  for (let number = 0; number < count; number += 1) {
    const ancestors = number === 0 ? [] : [items[number - 1]?.ref ?? '']
    items.push({ ref: refOf({ number }, ancestors), ancestors, payload: `{"number":${number}}` })
  }
  return items
}
