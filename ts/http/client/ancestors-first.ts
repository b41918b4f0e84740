/**
 * Orders revisions so that no part at the beginning needs anything of the rest.
 */

import type { WireItem } from '../../wire/wire.js'

/** Returns `items`, each after its ancestors, without duplicates. Linear in revisions and ancestors. */
export function ancestorsFirst(items: readonly WireItem[]): WireItem[] {
  const waiting = new Map(items.map((item) => [item.ref, item]))
  const ordered: WireItem[] = []
  /** The path from a revision to the ancestor being visited, each with its unvisited ancestors. */
  const path: { readonly item: WireItem; readonly left: Iterator<string> }[] = []
  const enter = (ref: string) => {
    const item = waiting.get(ref)
    if (item === undefined || !waiting.delete(ref)) return
    path.push({ item, left: item.ancestors[Symbol.iterator]() })
  }
  for (const { ref } of items) {
    enter(ref)
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const step = top.left.next()
      if (step.done !== true) {
        enter(step.value)
      } else {
        ordered.push(top.item)
        path.pop()
      }
    }
  }
  return ordered
}
