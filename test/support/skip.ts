/** Tests that this machine cannot run say so where somebody reads it. */

/** Tells on stderr what is not tested; answers `condition`, for `test.runIf`. */
export function possible(condition: boolean, otherwise: string): boolean {
  if (!condition) process.stderr.write(`\nNOT TESTED HERE: ${otherwise}\n`)
  return condition
}
