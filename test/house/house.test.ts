/** Holds manifests, documents and the house's rules to what is there. */

import { expect, test } from 'vitest'
import { errorCodes } from '../../ts/base/errors.js'
import { documents, filesBelow, isThere, pathsNamedIn, read } from '../support/project.js'

interface Manifest {
  exports: Record<string, string | Record<string, string>>
  imports: Record<string, Record<string, string>>
  typesVersions: Record<string, Record<string, string[]>>
  files: string[]
  scripts: Record<string, string>
}
const manifest = JSON.parse(read('package.json')) as Manifest

function targetsOf(map: Manifest['exports']): string[] {
  return Object.values(map).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target)
  )
}

test.each([...targetsOf(manifest.exports), ...targetsOf(manifest.imports)])(
  'package.json leads to %s, which is there',
  (target) => {
    expect(target).toMatch(/^\.\//)
    expect(isThere(target)).toBe(true)
  }
)

test('no target of package.json depends on how the package is loaded', () => {
  const conditions = [...Object.values(manifest.exports), ...Object.values(manifest.imports)]
    .filter((target) => typeof target === 'object')
    .flatMap((target) => Object.keys(target))
  expect(new Set(conditions)).toEqual(new Set(['types', 'default']))
})

test('typesVersions tells TypeScript that knows no exports where their types are', () => {
  const entries = Object.entries(manifest.exports).filter(
    ([, target]) => typeof target === 'object'
  )
  const types = entries
    .filter(([name]) => name !== '.')
    .map(([name, target]) => [name.slice(2), [(target as Record<string, string>)['types']]])
  expect(manifest.typesVersions['*']).toEqual(Object.fromEntries(types))
})

test.each(manifest.files)('the packed %s is there', (pattern) => {
  const [folder, suffix] = pattern.split('*')
  const matches = filesBelow((folder ?? '').replace(/\/$/, '')).filter((path) =>
    path.endsWith(suffix ?? '')
  )
  expect(suffix === undefined ? isThere(pattern) : matches.length > 0).toBe(true)
})

test.each(Object.entries(manifest.scripts))('npm run %s has its script', (_name, command) => {
  const script = /^node (scripts\/[\w-]+\.mjs)( --[\w-]+)*$/.exec(command)?.[1]
  expect(script).toBeDefined()
  expect(isThere(script ?? '')).toBe(true)
})

const locks = [
  'package-lock.json',
  'test/package/package-lock.json',
  'test/platforms/package-lock.json',
  'benches/compare/package-lock.json'
]

test.each(locks)('%s names no registry', (lock) => {
  expect(read(lock)).not.toContain('"resolved": "http')
})

test('the README names the versions of Node.js that CI tests', () => {
  const { optionalDependencies } = JSON.parse(read('test/platforms/package.json'))
  const versions = Object.keys(optionalDependencies).map((name) => name.replace('node-', ''))
  const [last, ...others] = versions.toReversed()
  const named = `The tests run on Node.js 20, those of the API also on ${others.toReversed().join(', ')} and ${last}.`
  expect(versions.length).toBeGreaterThan(1)
  expect(read('README.md').replace(/\s+/g, ' ')).toContain(named)
})

test('there is a README, and documents to look through', () => {
  expect(documents()).toContain('README.md')
  expect(documents()).toContain('docs/errors.md')
})

test.each(documents())('every path that %s names is there', (document) => {
  expect(pathsNamedIn(document).filter((path) => !isThere(path))).toEqual([])
})

const longest = 400
const rooms = ['ts', 'page', 'crates', 'test', 'benches', 'scripts', 'examples']
const excluded =
  /^(test\/vectors|test\/histories|crates\/node\/binding)|(package-lock\.json|Cargo\.lock)$|\.node$/

/** Read from top to bottom: the list of all members of the public class, or of an engine. */
const whole = ['ts/db.ts', 'ts/engine.ts', 'ts/embedded/engine.ts', 'ts/store/engine.ts']

test(`no file is longer than ${longest} lines`, () => {
  const isCounted = (path: string) => !excluded.test(path) && !whole.includes(path)
  const files = filesBelow(...rooms).filter(isCounted)
  const tooLong = files
    .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
    .filter(({ lines }) => lines > longest)
  expect(files.length).toBeGreaterThan(0)
  expect(tooLong).toEqual([])
})

test('no type gives an iterable iterator a second argument, which TypeScript knows from 5.6 on', () => {
  const files = filesBelow('ts')
  const isNewer = (path: string) => /IterableIterator<[^<>]*(<[^<>]*>[^<>]*)*,/.test(read(path))
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter(isNewer)).toEqual([])
})

test('docs/errors.md has a heading for each error code, and no other', () => {
  const headings = [...read('docs/errors.md').matchAll(/^#+ `?(HISTO_[A-Z_]+)`?\s*$/gm)]
  expect(headings.map((match) => match[1]).toSorted()).toEqual([...errorCodes].toSorted())
})

test('every code of the engine is one of the codes', () => {
  const codes = new Set(read('crates/core/src/error.rs').match(/HISTO_[A-Z_]+/g))
  expect(codes.size).toBeGreaterThan(0)
  expect([...codes].filter((code) => !errorCodes.some((known) => known === code))).toEqual([])
})
