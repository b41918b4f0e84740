/**
 * Converts texts between git's form and ours: people, times, paths, names of branches.
 *
 * Source: the input format of `git fast-import`.
 */

/** Who did something, and when. */
export interface Signature {
  /** `Name <address>`. */
  readonly who: string
  /** ISO 8601 with the offset of the zone, to the second. */
  readonly time: string
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bytes as text: UTF-8, or otherwise ISO 8859-1. */
export function textOfBytes(bytes: Uint8Array): string {
  return utf8Of(bytes) ?? Buffer.from(bytes).toString('latin1')
}

/** The text of bytes; `undefined` if they are not UTF-8. */
export function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** As `textOfBytes`, of bytes that are given as ISO 8859-1. */
export function textOfLatin1(bytes: string): string {
  return isAscii(bytes) ? bytes : textOfBytes(Buffer.from(bytes, 'latin1'))
}

function isAscii(bytes: string): boolean {
  return !/[\x80-\xff]/.test(bytes)
}

/** Reads `Name <address> seconds +hhmm`, bytes as ISO 8859-1. */
export function signatureOf(line: string): Signature {
  const text = textOfLatin1(line)
  const [, who = text, seconds = '0', zone = '+0000'] = /^(.*) (-?\d+) ([+-]\d+)$/s.exec(text) ?? []
  return { who, time: isoOf(Number(seconds), zone) }
}

/** The last zone and the last day: most commits have those of the one before. */
let lastZone = { zone: '', seconds: 0, written: 'Z' }
let lastDay = { day: Number.NaN, written: '' }

/** A time in a zone `+hhmm`. An impossible zone becomes UTC, an impossible date the first second of 1970. */
export function isoOf(seconds: number, zone: string): string {
  if (zone !== lastZone.zone) lastZone = { zone, ...offsetOf(zone) }
  const local = Math.floor(seconds + lastZone.seconds)
  const day = Math.floor(local / 86_400)
  if (day !== lastDay.day) {
    const date = new Date(day * 86_400_000)
    if (Number.isNaN(date.getTime())) return isoOf(0, '+0000')
    lastDay = { day, written: date.toISOString().slice(0, -14) }
  }
  const rest = local - day * 86_400
  const [hours, minutes] = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60]
  const time = `${two(hours)}:${two(minutes)}:${two(rest % 60)}`
  return `${lastDay.written}T${time}${lastZone.written}`
}

/** The seconds of a zone, and how ISO 8601 writes it; UTC if it is impossible. */
function offsetOf(zone: string): { readonly seconds: number; readonly written: string } {
  const [, sign, hours = '00', minutes = '00'] = /^([+-])(\d\d)(\d\d)$/.exec(zone) ?? []
  const isZone = sign !== undefined && Number(hours) < 24 && Number(minutes) < 60
  if (!isZone) return { seconds: 0, written: 'Z' }
  const seconds = (Number(hours) * 60 + Number(minutes)) * 60
  return { seconds: sign === '-' ? -seconds : seconds, written: `${sign}${hours}:${minutes}` }
}

function two(count: number): string {
  return count < 10 ? `0${count}` : `${count}`
}

/** `seconds +hhmm` of an ISO time; the first second of 1970 if it is not one. */
export function gitTimeOf(time: string): string {
  const ms = Date.parse(time)
  const [, sign = '+', hours = '00', minutes = '00'] = /([+-])(\d\d):(\d\d)$/.exec(time) ?? []
  return `${Number.isNaN(ms) ? 0 : Math.floor(ms / 1000)} ${sign}${hours}${minutes}`
}

/** A person in git's form, without characters that would end the line or the name. */
export function personOf(who: string): string {
  const [, name = who, address = ''] = /^(.*?) ?<([^<>]*)>$/s.exec(who) ?? []
  const plain = (text: string) => text.replace(/[<>\n\0]/g, '')
  const shown = plain(name).trim()
  return `${shown}${shown === '' ? '' : ' '}<${plain(address)}>`
}

const escapes: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  t: 9,
  n: 10,
  v: 11,
  f: 12,
  r: 13,
  '"': 34,
  '\\': 92
}

/**
 * The path of a line, bytes as ISO 8859-1, which git quotes if it has odd ones. A path that is not UTF-8 stays quoted.
 */
export function pathOf(written: string): string {
  if (!written.startsWith('"')) {
    if (isAscii(written)) return written
    const bytes = Buffer.from(written, 'latin1')
    return utf8Of(bytes) ?? quoted(bytes)
  }
  const bytes = unquoted(written)
  const text = utf8Of(bytes)
  return text === undefined || text.startsWith('"') ? quoted(bytes) : text
}

/** The bytes of a path of ours. */
export function bytesOfPath(path: string): Buffer {
  return path.startsWith('"') ? unquoted(path) : Buffer.from(path)
}

function unquoted(text: string): Buffer {
  const bytes: number[] = []
  const pieces = text.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\])/gs)
  for (const [, octal, letter, plain] of pieces) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8))
    else if (letter !== undefined) bytes.push(escapes[letter] ?? letter.charCodeAt(0))
    else bytes.push(plain?.charCodeAt(0) ?? 0)
  }
  return Buffer.from(bytes)
}

/** Bytes as git quotes them. */
export function quoted(bytes: Uint8Array): string {
  const letters = [...bytes].map((byte) => {
    if (byte === 34 || byte === 92) return `\\${String.fromCharCode(byte)}`
    const isPlain = byte >= 32 && byte < 127
    return isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
  })
  return `"${letters.join('')}"`
}

/** A name for our branch that git allows: other characters are written `%xx`. */
export function gitBranchOf(name: string): string {
  const code = (letter: string) => `%${letter.charCodeAt(0).toString(16).padStart(2, '0')}`
  return name
    .replace(/[%\s~^:?*[\\\x7f]/g, code) // % too, so that no two names become one
    .replace(/\.(?=\.|\/|$|lock(?:\/|$))|(?<=^|\/)\.|@(?=\{)|\/(?=\/|$)|^[-/]/g, code)
    .replace(/^@$/, code)
}

/** A name in git for each of our branches. In git none stands below another one: `a/b` beside `a` is `a%2fb`. */
export function gitBranchesOf(names: readonly string[]): ReadonlyMap<string, string> {
  const written = new Map(names.map((name) => [name, '']))
  const taken = new Set<string>()
  for (const name of names.toSorted((one, other) => one.length - other.length)) {
    const [first = '', ...parts] = gitBranchOf(name).split('/')
    const join = (path: string, part: string) => `${path}${taken.has(path) ? '%2f' : '/'}${part}`
    const allowed = parts.reduce(join, first)
    written.set(name, allowed)
    taken.add(allowed)
  }
  return written
}
