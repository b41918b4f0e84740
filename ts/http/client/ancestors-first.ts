/**
 * Revisions in an order in which any first part of them needs nothing of the rest.
 */

import type { WireItem } from '../../wire/wire.js'

/** `items`, each behind its ancestors; of those that are twice in it, one. Linear in revisions and ancestors. */
export function ancestorsFirst(items: readonly WireItem[]): WireItem[] {
  const waiting = new Map(items.map((item) => [item.ref, item]))
  const ordered: WireItem[] = []
  /** From a revision down to the ancestor that is looked at, each with those of its ancestors that are not yet. */
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
