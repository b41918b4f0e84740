/**
 * The canonicaliser checked against `JSON.parse`: texts of every spelling, and texts that are nearly JSON, are
 * refused where it refuses them, and else stored as the canonical form, by a package of its own, of what
 * it makes of them.
 *
 * 2 s, half an hour with `HISTO_LONG=1` or the seconds of `HISTO_FUZZ_SECONDS`; `HISTO_SEED` has the same
 * texts again. Checked to fail: with `\/` refused by `crates/core/src/json/strings.rs`, and with a zero before
 * another digit let through by `numbers.rs`.
 */

import { expect, test } from 'vitest'
import { openEmbedded } from '../../ts/embedded/engine.js'
import { canonical, refOf } from '../support/plain-text.js'

const isLong = process.env['HISTO_LONG'] === '1'
const seconds = isLong ? Number(process.env['HISTO_FUZZ_SECONDS'] ?? 1_800) : 2
const seed = Number(process.env['HISTO_SEED'] ?? Date.now() % 1_000_000)
/** Texts until the database is closed and a new one opened. */
const length = 20_000

const words = ['null', 'true', 'false', 'nul', 'NaN', '-Infinity', 'undefined', 'True']
const numbers =
  '0 -0 1 -1 1.0 1e1 1E+2 0.1 1e-7 5e-324 1e309 0.000001 9007199254740993 1e21 01 1. .5 - 4e'
const spelledNumbers = [...numbers.split(' '), '1.7976931348623157e308', '2.2250738585072014e-308']
const escapes = ['\\u0061', '\\n', '\\/', '\\u00e9', '\\ud83d\\ude00', '\\ud800', '\\udc00x', '\\"']
const pieces = [
  ...escapes,
  '',
  'a',
  'b',
  '/',
  'é',
  '😀',
  '\u2028',
  '\u007f',
  '\\u0000',
  '\\x',
  '\t',
  '\ufb33'
]
const blanks = [' ', '\t', '\n', '\r', '', '', '', '\u00a0']
const noise = '{}[]:,"\\ 0123456789.eE+-untrfalsé\u0000'

/** Random texts, most of them JSON. */
class Texts {
  #state: number

  constructor(start: number) {
    this.#state = start
  }

  /** A number below `end` (mulberry32). */
  #below(end: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % end
  }

  #one(list: readonly string[] | string): string {
    return list[this.#below(list.length)] ?? ''
  }

  next(): string {
    const text = this.#value(0)
    if (this.#below(4) > 0) return text
    const characters = [...text] // no pair of surrogates is torn: JSON.stringify makes none but as escapes
    characters.splice(this.#below(characters.length + 1), this.#below(2), this.#one(noise))
    return characters.join('')
  }

  #value(depth: number): string {
    const kind = this.#below(depth < 5 ? 7 : 4)
    return this.#one(blanks) + this.#bare(kind, depth) + this.#one(blanks)
  }

  #bare(kind: number, depth: number): string {
    if (kind === 0) return this.#one(words.slice(0, this.#below(12) === 0 ? words.length : 3))
    if (kind === 1) return this.#number()
    if (kind < 4) return this.#string()
    const items = Array.from({ length: this.#below(5) }, () =>
      kind === 4 ? this.#value(depth + 1) : `${this.#string()}:${this.#value(depth + 1)}`
    )
    return kind === 4 ? `[${items.join(',')}]` : `{${items.join(',')}}`
  }

  #number(): string {
    if (this.#below(3) === 0) return this.#one(spelledNumbers)
    const digits = Array.from({ length: 1 + this.#below(20) }, () => this.#below(10)).join('')
    const point = this.#below(digits.length + 1)
    const fraction = point < digits.length ? `.${digits.slice(point)}` : ''
    const exponent = this.#below(2) === 0 ? '' : `e${this.#below(660) - 330}`
    return `${this.#one(['', '-'])}${BigInt(digits.slice(0, point) || '0')}${fraction}${exponent}`
  }

  #string(): string {
    const some = Array.from({ length: this.#below(4) }, () => this.#one(pieces))
    return `"${some.join('')}"`
  }
}

/** The ref of what `JSON.parse` makes of a text, and whether that has a canonical form at all. */
function byParse(text: string): { isJson: boolean; ref: string | undefined } {
  try {
    JSON.parse(text)
  } catch {
    return { isJson: false, ref: undefined }
  }
  try {
    return { isJson: true, ref: refOf([], canonical(text)) }
  } catch {
    return { isJson: true, ref: undefined }
  }
}

/**
 * Whether a text that JSON.parse takes is refused with a reason that is true of it. Of equal keys it keeps the
 * last, so that what has no canonical form may be in what it drops.
 */
function isExcused(text: string, why: string): boolean {
  if (why.includes('duplicate key')) return /".*:.*".*:/s.test(text)
  const spelled = text.match(/-?\d[\d.eE+-]*/g) ?? []
  if (why.includes('infinite number')) return spelled.some((one) => !Number.isFinite(Number(one)))
  return why.includes('lone surrogate') && /\\ud[89a-f]/i.test(text)
}

async function check(engine: ReturnType<typeof openEmbedded>, text: string): Promise<boolean> {
  const expected = byParse(text)
  const move = { previousHead: undefined, moveHead: false }
  const said = await engine.put('main', { payload: text, ancestors: [] }, move).catch((error) => {
    if (!(error instanceof TypeError)) throw error
    return expected.isJson && isExcused(text, error.message) ? expected.ref : undefined
  })
  if (said !== expected.ref)
    throw new Error(`${JSON.stringify(text)}: ${said}, not ${expected.ref}`)
  return expected.ref !== undefined
}

test(`texts are read as JSON.parse does (seed ${seed})`, {
  timeout: seconds * 1_000 + 60_000
}, async () => {
  const texts = new Texts(seed)
  const end = performance.now() + seconds * 1_000
  let [tried, sound] = [0, 0]
  while (performance.now() < end) {
    const engine = openEmbedded({ durability: 'sync', maxRevisionBytes: 2 ** 28 })
    for (let n = 0; n < length && performance.now() < end; n += 1) {
      if (await check(engine, texts.next())) sound += 1
      tried += 1
    }
    await engine.close()
  }
  if (isLong) process.stderr.write(`${tried} texts, ${sound} of them stored\n`)
  expect(sound).toBeGreaterThan(tried / 5)
  expect(tried - sound).toBeGreaterThan(tried / 10)
})
