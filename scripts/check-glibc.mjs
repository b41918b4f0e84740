/**
 * `npm run check:glibc -- <addon> …`: fails if an addon needs a newer glibc than 2.28. Releases are built for
 * that (`.github/workflows/release.yml`); a local build needs the local glibc.
 */

import { glibcVersions, oldestGlibc, tooNew } from './lib/glibc.mjs'
import { main, Problem } from './lib/process.mjs'

await main(async () => {
  const files = process.argv.slice(2)
  if (files.length === 0) throw new Problem('Name the addons: npm run check:glibc -- <addon> …')
  for (const file of files) {
    const versions = await glibcVersions(file)
    const newer = tooNew(versions)
    if (newer.length > 0) {
      throw new Problem(
        `${file} needs glibc ${newer.join(', ')}, and may need ${oldestGlibc} at most.`
      )
    }
    console.log(`${file}: ${versions.at(-1) ?? 'no glibc'}`)
  }
})
