/**
 * Random numbers that anybody can run again.
 */

/** Returns a function that returns a number below `most`. */
export function randoms(seed: number): (most: number) => number {
  let state = seed
  return (most) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * most)
  }
}
