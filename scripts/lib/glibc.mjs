/**
 * Which glibc a Linux addon needs, read from the versions of the symbols that it imports.
 */

import { run } from './process.mjs'

/** The oldest system that prebuilt addons must load on: Debian 10, RHEL 8, Ubuntu 18.10. */
export const oldestGlibc = '2.28'

/**
 * The versions of glibc whose symbols a shared library imports, oldest first; none where it is no
 * glibc one. Reads them with `readelf` of the GNU binutils, which is where a linker is.
 */
export async function glibcVersions(file) {
  const { code, output } = await run('readelf', ['--version-info', '--wide', file])
  if (code !== 0) throw new Error(`readelf cannot read ${file}:\n${output}`)
  const versions = [...output.matchAll(/\bGLIBC_(\d+(?:\.\d+)+)/g)].map((match) => match[1])
  return [...new Set(versions)].sort(byNumbers)
}

/** The versions that systems with `oldest` have not. */
export function tooNew(versions, oldest = oldestGlibc) {
  return versions.filter((version) => byNumbers(version, oldest) > 0)
}

function byNumbers(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number))
  const at = left.findIndex((number, index) => number !== right[index])
  return at < 0 ? left.length - right.length : left[at] - (right[at] ?? 0)
}
