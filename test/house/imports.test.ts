/**
 * The layers: no file imports from a floor above its own, and no files import each other in a circle.
 * `CONTRIBUTING.md` has the map.
 */

import { dirname, join, normalize } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesBelow, read } from '../support/project.js'
import { rustImports } from '../support/rust-imports.js'

interface Room {
  readonly imports: ReadonlyMap<string, readonly string[]>
  /** From the lowest layer up. Folders of one layer may import each other, but without a cycle of files. */
  readonly floors: readonly (readonly string[])[]
  /** At least this many files, and imports: else the reader of the imports is broken. */
  readonly least: readonly [files: number, imports: number]
}

const core = 'crates/core/src'
const node = 'crates/node/src'

const rooms: Readonly<Record<string, Room>> = {
  ts: {
    imports: typescriptImports(),
    floors: [
      ['ts/base'],
      ['ts/native.ts', 'ts/detached.ts'],
      ['ts/engine.ts', 'ts/ref-of.ts'],
      ['ts/branch', 'ts/commit-graph', 'ts/json', 'ts/wire'],
      ['ts/embedded', 'ts/sync'],
      ['ts/store'],
      ['ts/level', 'ts/postgres', 'ts/http'],
      ['ts', 'ts/http/server', 'ts/langgraph', 'ts/rows', 'ts/page'],
      ['ts/shell']
    ],
    least: [100, 300]
  },
  [core]: {
    imports: rustImports('core'),
    floors: [
      ['error.rs', 'refs.rs', 'failpoint.rs', 'room.rs', 'varint.rs', 'postorder.rs'],
      ['delta'],
      ['json'],
      ['revision'],
      ['graph', 'lazy_walk'],
      ['store/format', 'write'],
      ['store', 'sync'],
      ['engine'],
      ['lib.rs', 'internals.rs']
    ].map((floor) => floor.map((path) => `${core}/${path}`)),
    least: [100, 500]
  },
  [node]: {
    imports: rustImports('node'),
    floors: [[node]],
    least: [30, 80]
  }
}

function typescriptImports(): Map<string, string[]> {
  const files = filesBelow('ts').filter((path) => path.endsWith('.ts'))
  return new Map(
    files.map((file) => {
      const found = read(file).matchAll(/(?:from|import\()\s*'(\.[^']*)'/g)
      const paths = [...found].map(([, path = '']) => normalize(join(dirname(file), path)))
      const targets = paths.map((path) => path.replace(/\.js$/, '.ts'))
      return [file, targets.filter((path) => files.includes(path))]
    })
  )
}

/** The floor of a file: of the longest path that is named. */
function floorOf({ floors }: Room, file: string): number {
  let [floor, length] = [-1, -1]
  for (const [number, paths] of floors.entries()) {
    for (const path of paths) {
      const isIn = file === path || file.startsWith(`${path}/`)
      if (isIn && path.length > length) [floor, length] = [number, path.length]
    }
  }
  return floor
}

/** A way from `start` back to it, over imports. */
function circleThrough({ imports }: Room, start: string): string[] | undefined {
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

describe.each(Object.entries(rooms))('%s', (_name, room) => {
  const { imports, least } = room

  test('there are files to look at', () => {
    expect(imports.size).toBeGreaterThan(least[0])
    expect([...imports.values()].flat().length).toBeGreaterThan(least[1])
  })

  test('every file stands on a floor', () => {
    expect([...imports.keys()].filter((file) => floorOf(room, file) < 0)).toEqual([])
  })

  test('no file imports from a floor above its own', () => {
    const upward = [...imports].flatMap(([file, targets]) =>
      targets
        .filter((target) => floorOf(room, target) > floorOf(room, file))
        .map((target) => `${file} imports ${target}`)
    )
    expect(upward).toEqual([])
  })

  test('no files import each other in a circle', () => {
    const circles = [...imports.keys()].map((file) => circleThrough(room, file))
    const found = circles.filter((circle) => circle !== undefined)
    expect(found.map((circle) => circle.join(' -> '))).toEqual([])
  })
})
