/**
 * Texts of revisions for the suite, made as a database makes them.
 */

import { fromNative, native } from '../native.js'

const mostBytes = 1024 * 1024 * 1024

/** The canonical text of a revision of JSON data or bytes. */
export function textOf(data: unknown, ancestors: readonly string[] = []): string {
  const payload = data instanceof Uint8Array ? data : JSON.stringify(data)
  return fromNative(undefined, () => native.textOf(payload, ancestors, mostBytes))
}

/** `count` texts, all different. */
export function textsOf(count: number, what = 'text'): string[] {
  return Array.from({ length: count }, (_, number) => textOf({ what, number }))
}

/** Every character below 256, and strings that are special to SQL, shells, patterns, JSON or a decoder. */
const oddities = [
  Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join(''),
  `' " \\ \\0 \\x00 % _ * ? [a-z] $1 :name ; -- /* {} ${'$'}{x} \r\n\t`,
  '\u0000\u001f\u007f\u0080\u2028\u2029\ufeff\ufffd\uffff',
  '😀 ä ö ß 中文 العربية \u{10ffff}'
]

/** Data whose text must not change by a byte, each with a description. */
export const delicateData: readonly (readonly [string, unknown])[] = [
  ['strings of odd characters', oddities],
  ['keys of odd characters', Object.fromEntries(oddities.map((text) => [text, text]))],
  ['composed and decomposed letters', ['\u00e9', 'e\u0301', '\u1e9b\u0323']],
  ['keys that objects are born with', JSON.parse('{"__proto__":1,"constructor":2,"toString":3}')],
  ['numbers', [0, -1, 1e21, 1e-7, 5e-324, 1.7976931348623157e308, 0.1, 9007199254740991, 100]],
  ['all bytes', Uint8Array.from({ length: 256 }, (_, byte) => byte)],
  ['no bytes', new Uint8Array()],
  ['spaces at the ends', ['  a  ', '\t', '']],
  ['what is nearly nothing', [null, false, 0, '', [], {}]]
]
