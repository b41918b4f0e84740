/**
 * The layers: no file imports from a floor above its own, and no files import each other in a circle.
 * `CONTRIBUTING.md` has the map.
 */

import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { filesBelow, read } from '../support/project.js'

/** From the lowest floor up. What stands together may import each other, but not in a circle of files. */
const floors: readonly (readonly string[])[] = [
  ['ts/base'],
  ['ts/native.ts', 'ts/detached.ts'],
  ['ts/engine.ts', 'ts/ref-of.ts'],
  ['ts/branch', 'ts/commit-graph', 'ts/wire'],
  ['ts/embedded', 'ts/sync'],
  ['ts/store'],
  ['ts/level', 'ts/postgres', 'ts/http'],
  ['ts', 'ts/http/server']
]

const files = filesBelow('ts').filter((path) => path.endsWith('.ts'))

function importsOf(file: string): string[] {
  const found = read(file).matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)
  const paths = [...found].map(([, path = '']) => normalize(join(dirname(file), path)))
  return paths.map((path) => path.replace(/\.js$/, '.ts')).filter((path) => files.includes(path))
}

const imports = new Map(files.map((file) => [file, importsOf(file)]))

/** The floor of a file: of the longest folder that is named. */
function floorOf(file: string): number {
  let [floor, length] = [-1, -1]
  for (const [number, folders] of floors.entries()) {
    for (const folder of folders) {
      const isIn = file === folder || file.startsWith(`${folder}/`)
      if (isIn && folder.length > length) [floor, length] = [number, folder.length]
    }
  }
  return floor
}

/** A way from `start` back to it, over imports. */
function circleThrough(start: string): string[] | undefined {
  const ways = [[start]]
  const seen = new Set<string>()
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    for (const next of imports.get(way.at(-1) ?? '') ?? []) {
      if (next === start) return [...way, start]
      if (seen.has(next)) continue
      seen.add(next)
      ways.push([...way, next])
    }
  }
  return undefined
}

test('there are files to look at', () => {
  expect(files.length).toBeGreaterThan(100)
  expect([...imports.values()].flat().length).toBeGreaterThan(300)
})

test('no file imports from a floor above its own', () => {
  const upward = [...imports].flatMap(([file, targets]) =>
    targets
      .filter((target) => floorOf(target) > floorOf(file))
      .map((target) => `${file} imports ${target}`)
  )
  expect(upward).toEqual([])
})

test('no files import each other in a circle', () => {
  const circles = files.map(circleThrough).filter((circle) => circle !== undefined)
  expect(circles.map((circle) => circle.join(' -> '))).toEqual([])
})
