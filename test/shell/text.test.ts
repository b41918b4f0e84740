/** Text for terminals: widths, cuts, control characters, and places of faults in JSON. */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { counted, shown, shownJson } from '../../ts/base/shown.js'
import { wrapped } from '../../ts/shell/help.js'
import { faultIn, readJson } from '../../ts/shell/json-place.js'
import { cut, widthOf } from '../../ts/shell/text.js'
import { actsOnTerminal } from './histo.js'

test.each([
  ['', 0],
  ['plain', 5],
  ['日本語', 6],
  ['한글', 4],
  ['ｆｕｌｌ', 8],
  ['é', 1],
  ['e\u0301', 1],
  ['👍', 2],
  ['👨‍👩‍👧', 2],
  ['❤️', 2],
  ['a\u200bb', 2],
  ['\u001b[31mred\u001b[0m', 3],
  ['│├─○', 4]
])('%j takes %i columns', (text, columns) => {
  expect(widthOf(text)).toBe(columns)
})

test('cut text fits, and begins as the whole does', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: 1, max: 30 }),
      (text, columns) => {
        const kept = cut(text, columns)
        expect(widthOf(kept)).toBeLessThanOrEqual(columns)
        expect(text.startsWith(kept.replace(/…$/, ''))).toBe(true)
      }
    )
  )
  expect(cut('日本語', 4)).toBe('日…')
  expect(cut('e\u0301e\u0301e\u0301', 2)).toBe('e\u0301…')
})

test('control characters are shown as JSON escapes them', () => {
  expect(shown('a\u001b[31m\nb\u009b\u202ec\u007f')).toBe('a\\u001b[31m\\nb\\u009b\\u202ec\\u007f')
  expect(shownJson({ '\u0085': '\u2066\u0007' })).toBe('{"\\u0085":"\\u2066\\u0007"}')
})

test('no text controls the terminal, and its JSON stays the same value', () => {
  const text = fc.string({ unit: fc.integer({ min: 0, max: 0x20ff }).map(String.fromCharCode) })
  fc.assert(
    fc.property(text, (value) => {
      expect(actsOnTerminal(shown(value))).toBe(false)
      const json = shownJson([value])
      expect(actsOnTerminal(json)).toBe(false)
      expect(JSON.parse(json)).toEqual([value])
    })
  )
})

test('a line that is too wide is broken and indented to where its text begins', () => {
  expect(wrapped('  log            Draws the history as a graph, newest first', 40)).toEqual([
    '  log            Draws the history as a',
    '                 graph, newest first'
  ])
  expect(wrapped('a b c', 3)).toEqual(['a b', 'c'])
  expect(wrapped('unbreakable', 3)).toEqual(['unbreakable'])
})

test('counts have their word', () => {
  expect([0, 1, 1234567].map((count) => counted(count, 'byte'))).toEqual([
    '0 bytes',
    '1 byte',
    '1,234,567 bytes'
  ])
})

test.each([
  ["{'a':1}", `there is "'" at line 1, column 2`],
  ['{"a":1,\n "b":\n x}', 'there is "x" at line 3, column 2'],
  ['[1,2', 'it ends at line 1, column 5'],
  ['[1,]', 'there is "]" at line 1, column 4'],
  ['{"a":1,}', 'there is "}" at line 1, column 8'],
  ['{"a" 1}', 'there is "1" at line 1, column 6'],
  ['[1 2]', 'there is "2" at line 1, column 4'],
  ['"日\n"', 'there is "\\n" at line 1, column 3'],
  ['"\\x"', 'there is "\\\\" at line 1, column 2'],
  ['[01]', 'there is "0" at line 1, column 2'],
  ['[1.]', 'there is "1" at line 1, column 2'],
  ['nul', 'there is "n" at line 1, column 1'],
  ['1 2', 'there is "2" at line 1, column 3'],
  ['{"a":{"b":[]}} x', 'there is "x" at line 1, column 16']
])('%j is told by its place', (text, found) => {
  expect(() => readJson(text, 'it')).toThrow(new RegExp(`^it is not JSON: ${literally(found)}$`))
})

const literally = (text: string) => text.replace(/[\\\]["{}.^$*+?()|]/g, '\\$&')

test('a syntax error is reported at or before the first character that cannot continue JSON', () => {
  const broken = fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 2 }))
  fc.assert(
    fc.property(broken, ([json, place, junk]) => {
      const at = place % (json.length + 1)
      const text = json.slice(0, at) + junk + json.slice(at)
      if (isJson(text)) return
      expect(faultIn(text)).toBeGreaterThanOrEqual(Math.min(tokenStart(json, at), text.length))
      expect(faultIn(text)).toBeLessThanOrEqual(text.length)
    }),
    { numRuns: 3000 }
  )
})

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** A number, a word or an escape is refused as a whole, from its beginning on. */
function tokenStart(json: string, at: number): number {
  return at - (/[\\\w.+-]*$/.exec(json.slice(0, at))?.[0].length ?? 0)
}

/** Checked to fail: take what `JSON.parse` makes of it, which a database writes as null. */
test.each([
  ['1e999', 'line 1, column 1'],
  ['{"1e999": [1,\n -2E+400]}', 'line 2, column 2'],
  [`["a\\"1e999", ${'9'.repeat(310)}]`, 'line 1, column 14']
])('a number that is too large is refused with its place: %s', (text, place) => {
  expect(() => readJson(text, 'it')).toThrow(
    `it has a number over 1.7976931348623157e+308 at ${place}`
  )
})

test('numbers that fit are read, however they are written', () => {
  const text = `{"1e999": "2e999", "a": [1e-999, 1.7e308, 0.${'1'.repeat(400)}, 1e+005, -1e300]}`
  expect(readJson(text, 'it')).toEqual({ '1e999': '2e999', a: [0, 1.7e308, 1 / 9, 1e5, -1e300] })
})
