/** The reader for platforms that take one key for another: it reads what `JSON.parse` reads. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasEscapedKey } from '../../ts/base/escapes.js'
import { parseJson, parseWarily, readsKeysWrongly } from '../../ts/base/parse.js'
import { readText } from '../../ts/base/read-text.js'
import { filesBelow, read } from '../support/project.js'

const texts = [
  '{"\\"":1}',
  ' { "a\\\\" : [ 1 , 2.5e-3 , { "\\n":\t"x" } ] , "b":null }\r\n',
  '{"__proto__":{"\\u0001":1},"constructor":2}',
  '{"\\"":1,"b":2,"\\"":3}',
  '[{}, [], [[]], {"\\t":{}}, "", "\\\\", true, false, null, -0, 1E5]',
  '{"\\ud83d\\ude00":"\\u00e9","\\/":"/"}',
  '"\\""',
  '1',
  'null'
]

/** Written by `JSON.stringify`, which names every key rightly on every platform. */
const shown = (value: unknown) => JSON.stringify(value)

test.each(texts)('%s is read as it is written', (text) => {
  // Keys without an escape are read rightly everywhere: the text with other keys, its keys put back.
  expect(shown(readText(text))).toBe(shown(plainly(text)))
})

/** Any string, and such as have much to escape. */
const string = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('\\', '"', '\n', 'a', ':', '{', '\u0000') })
)
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    string,
    fc.array(tie('value')),
    fc.dictionary(string, tie('value'))
  )
})).value

test('any value is read as it was written', () => {
  fc.assert(
    fc.property(json, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const text = JSON.stringify(value, null, space)
      expect(shown(readText(text))).toBe(JSON.stringify(value))
    }),
    { numRuns: 500 }
  )
})

test('keys with escapes are found in any text that has one, and in no other', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(hasEscapedKey(JSON.stringify(value))).toBe(hasOddKey(value))
    }),
    { numRuns: 500 }
  )
})

test.each(['', '{', '{"\\"":}', '{"\\"" 1}', '["\\', 'nul'])('%s is still no JSON', (text) => {
  expect(() => parseWarily(text)).toThrow(SyntaxError)
})

describe('the platform', () => {
  test('is tested with the same result each time', () => {
    const answers = Array.from({ length: 100 }, () => readsKeysWrongly())
    expect(new Set(answers)).toEqual(new Set([parseJson !== JSON.parse]))
  })

  test('reads keys wrongly where V8 is known to', () => {
    const [major] = process.versions.node.split('.')
    if (major === '20' || major === '22') expect(readsKeysWrongly()).toBe(false)
    if (process.version === 'v24.20.0') expect(readsKeysWrongly()).toBe(true)
  })
})

test('no other module of the package parses JSON', () => {
  const reader = /^ts\/(base\/parse|base\/read-text|suite\/texts)\.ts$/
  const files = filesBelow('ts').filter((path) => path.endsWith('.ts') && !reader.test(path))
  expect(files.length).toBeGreaterThan(100)
  expect(files.filter((path) => /JSON\.parse\(|\.json\(\)/.test(read(path)))).toEqual([])
})

function hasOddKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(
    ([key, member]) => (!Array.isArray(value) && escapes(key)) || hasOddKey(member)
  )
}

const escapes = (key: string) => JSON.stringify(key) !== `"${key}"`

/** `JSON.parse` with each escape in a key spelled so that no key begins like another. */
function plainly(text: string): unknown {
  const known: Record<string, unknown> = {}
  const unique = text.replace(/"((?:[^"\\]|\\.)*)"(?=\s*:)/g, (spelled) => {
    const name = `k${Buffer.from(JSON.parse(spelled)).toString('hex')}`
    known[name] = JSON.parse(spelled)
    return `"${name}"`
  })
  const renamed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(renamed)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => [known[key], renamed(member)])
    )
  }
  return renamed(JSON.parse(unique))
}
