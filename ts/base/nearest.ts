/**
 * Finds the word that is nearest to a misspelled one.
 */

/**
 * The word of `words` with the fewest edits from `given`, ignoring case; the first of several. `undefined` if none is near:
 * a third of the longer word's letters may differ, or one, or all behind its beginning.
 */
export function nearest(given: string, words: readonly string[]): string | undefined {
  // No known word is as long as this, so a longer one is near to none.
  const from = given.slice(0, 64).toLowerCase()
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const word of words) {
    const distance = editsBetween(from, word.toLowerCase())
    const longer = Math.max(from.length, word.length)
    const isClose = distance < longer && distance <= Math.max(1, Math.floor(longer / 3))
    const isBegun = from.length > 1 && word.toLowerCase().startsWith(from)
    if ((isClose || isBegun) && distance < least) [best, least] = [word, distance]
  }
  return best
}

/** Insertions, deletions, substitutions and swaps of two neighbours (optimal string alignment), a row at a time. */
function editsBetween(from: string, to: string): number {
  let above: readonly number[] = []
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (let number = 0; number < from.length; number += 1) {
    const next = [number + 1]
    for (let at = 1; at <= to.length; at += 1) {
      const replaced = (row[at - 1] ?? 0) + (to[at - 1] === from[number] ? 0 : 1)
      const isSwap = from[number] === to[at - 2] && from[number - 1] === to[at - 1]
      const swapped = isSwap ? (above[at - 2] ?? 0) + 1 : replaced
      next.push(Math.min(replaced, swapped, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1))
    }
    above = row
    row = next
  }
  return row[to.length] ?? 0
}
