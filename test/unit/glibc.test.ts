/** Which glibc an addon needs: the reader that releases are checked with. */

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
// biome-ignore lint/correctness/useImportExtensions: a script, not compiled
import { glibcVersions, tooNew } from '../../scripts/lib/glibc.mjs'
import { filesBelow, root } from '../support/project.js'

const isGnu = process.platform === 'linux' && process.report !== undefined
const addon = filesBelow('crates/node').find((path) => path.endsWith('-gnu.node'))

test.runIf(isGnu && addon !== undefined)(
  'the versions of this addon are those that its symbols have (Linux with glibc only)',
  async () => {
    const file = join(root, addon ?? '')
    const symbols = execFileSync('objdump', ['-T', file]).toString()
    const imported = [...symbols.matchAll(/\(GLIBC_([\d.]+)\)/g)].map((match) => match[1] ?? '')
    expect(imported.length).toBeGreaterThan(0)
    expect(new Set(await glibcVersions(file))).toEqual(new Set(imported))
  }
)

test('symbols newer than the oldest system are reported, number by number', () => {
  expect(tooNew(['2.2.5', '2.9', '2.28'], '2.28')).toEqual([])
  expect(tooNew(['2.3', '2.29', '2.100', '3.0'], '2.28')).toEqual(['2.29', '2.100', '3.0'])
})

test('a file that is not a library is an error', async () => {
  await expect(glibcVersions(join(root, 'package.json'))).rejects.toThrow('readelf')
})
