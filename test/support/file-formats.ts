/** Files of earlier versions of the format, and the version that a file has. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Makes a database that an earlier package wrote at `path`, which does not exist. */
export function makeOfFormat(path: string, format: number): void {
  const fixture = new URL(`../space/fixtures/format${format}.mdb.gz`, import.meta.url)
  mkdirSync(path)
  writeFileSync(join(path, 'data.mdb'), gunzipSync(readFileSync(fixture)))
}

/** The bytes of the file of a database. */
export const bytesOf = (path: string): Buffer => readFileSync(join(path, 'data.mdb'))

export const isOfFormat = (path: string, format: number): boolean =>
  bytesOf(path).includes(`histo-revisions/format${format}`)
