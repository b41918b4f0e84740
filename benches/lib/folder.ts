/**
 * Folders for the databases of benches: below `target/`, so on the disk that the checkout is on,
 * since a temporary folder may be in memory. Removed when the process ends.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))

/** The top of the checkout: two above `target/benches/lib`, and one more. */
export const top: string = join(here, '..', '..', '..')

/** Makes an empty folder. */
export function folder(name: string): string {
  const parent = join(top, 'target', 'bench-data')
  mkdirSync(parent, { recursive: true })
  const made = mkdtempSync(join(parent, `${name}-`))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  return made
}
