/** Lists of refs and answers as bytes. */

import { expect, test } from 'vitest'
import { decodeBits, decodeRefs, encodeBits, encodeRefs } from '../../ts/wire/wire-refs.js'

const builtIn = (count: number) =>
  Array.from({ length: count }, (_ref, n) => n.toString(16).padStart(64, 'a'))

const lists = [
  [],
  builtIn(1),
  builtIn(300),
  ['a', 'ß', '\u{1f600}'],
  [...builtIn(2), 'x'.repeat(4096)]
]

test.each(lists)('refs come back as they were (%#)', (...refs) => {
  expect(decodeRefs(encodeRefs(refs), refs.length)).toEqual(refs)
})

test('built-in refs take 32 bytes each', () => {
  expect(encodeRefs(builtIn(28)).length).toBe(1 + 28 * 32)
})

test.each([
  ['nothing', []],
  ['an unknown kind', [7]],
  ['a built-in ref cut short', [0, 1, 2]],
  ['a text cut short', [1, 5, 0, 97]],
  ['a length cut short', [1, 5]],
  ['an empty text', [1, 0, 0]],
  ['a text over the bound', [1, 1, 16, ...new Uint8Array(4097)]],
  ['a text that is not UTF-8', [1, 1, 0, 0xff]]
])('%s is refused', (_what, bytes) => {
  expect(() => decodeRefs(Uint8Array.from(bytes), 10)).toThrow(
    expect.objectContaining({ code: 'HISTO_PROTOCOL' })
  )
})

test.each([[builtIn(3)], [['a', 'b', 'c']]])('more refs than may come are refused', (refs) => {
  expect(decodeRefs(encodeRefs(refs), 3)).toEqual(refs)
  expect(() => decodeRefs(encodeRefs(refs), 2)).toThrow('over 2 refs')
})

test('a ref that is too long is not encoded', () => {
  expect(() => encodeRefs(['x'.repeat(4097)])).toThrow(
    expect.objectContaining({ code: 'HISTO_TOO_LARGE' })
  )
})

test.each([0, 1, 7, 8, 9, 300])('%i answers come back as they were', (count) => {
  const bits = Array.from({ length: count }, (_bit, place) => place % 3 === 0)
  expect(decodeBits(encodeBits(bits), count)).toEqual(bits)
})

test('answers of another count are refused, and so are spare bits', () => {
  expect(() => decodeBits(encodeBits([true]), 9)).toThrow('1 bytes to 9 questions')
  expect(() => decodeBits(Uint8Array.of(0b100), 2)).toThrow('1 bytes to 2 questions')
  expect(() => decodeBits(Uint8Array.of(1), 0)).toThrow('1 bytes to 0 questions')
})
