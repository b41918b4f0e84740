/**
 * Where the graph's bench puts files: below one folder, which goes when the process ends.
 */

import { join } from 'node:path'
import { folder } from '../lib/folder.js'

const all = folder('graph')
let made = 0

/** A path that is not taken yet. */
export function newPlace(name: string): string {
  made += 1
  return join(all, `${name}-${made}`)
}
