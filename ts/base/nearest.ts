/**
 * Finds the word that is nearest to a misspelled one.
 */

/** The word of `words` with the fewest edits from `given`, ignoring case; the first of several. */
export function nearest(given: string, words: readonly string[]): string | undefined {
  // No known word is as long as this, so later characters do not change the order.
  const from = given.slice(0, 64).toLowerCase()
  let best: string | undefined
  let least = Number.POSITIVE_INFINITY
  for (const word of words) {
    const distance = editsBetween(from, word.toLowerCase())
    if (distance < least) [best, least] = [word, distance]
  }
  return best
}

/** Insertions, deletions and substitutions (Levenshtein), a row at a time. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at)
  for (const [number, letter] of [...from].entries()) {
    const next = [number + 1]
    for (let at = 1; at <= to.length; at += 1) {
      const replaced = (row[at - 1] ?? 0) + (to[at - 1] === letter ? 0 : 1)
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
