/** A store as the package of 2013 left it: its canonical JSON, the SHA-1 of a text as its id, callbacks. */

import { createHash } from 'node:crypto'

const escaped =
  /[\x7f-\x9f\u00ad\u0600-\u0604\u070f\u17b4\u17b5\u200c-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff0-\uffff]/g

/** JSON with sorted keys, without members that are `undefined`, spelt as json2 spells strings. */
function formerJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(formerJson).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined)
    members.sort(([one], [other]) => (one < other ? -1 : 1))
    return `{${members.map(([key, member]) => `${formerJson(key)}:${formerJson(member)}`).join(',')}}`
  }
  return JSON.stringify(value).replace(
    escaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  )
}

type Done = (error: unknown, result?: unknown) => void

/** Its stores, and what writes into them as that package did. */
export function formerStores() {
  const texts = new Map<string, string>()
  const values = new Map<string, string>()
  const idOf = (text: string) => createHash('sha1').update(text).digest('hex')
  const write = (data: unknown, ancestors: readonly string[]): string => {
    const text = formerJson({ ancestors, data })
    const id = idOf(text)
    texts.set(id, text)
    return id
  }
  const revisionStore = {
    put: (text: string, done: Done) => {
      texts.set(idOf(text), text)
      done(null, idOf(text))
    },
    read: (id: string, done: Done) => done(null, texts.get(id)),
    idOf
  }
  const branchStore = {
    put: (key: string, value: string, done: Done) => done(null, void values.set(key, value)),
    read: (key: string, done: Done) => done(null, values.get(key)),
    del: (key: string, done: Done) => done(null, void values.delete(key))
  }
  return { texts, values, write, revisionStore, branchStore }
}
