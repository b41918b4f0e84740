/** How a store reports that a key is missing, and which errors are failures instead. */

import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { manners } from '../support/user-stores.js'

/** A database whose stores answer every unknown key with `told`. */
function telling(told: unknown, isMissing?: (error: unknown) => boolean) {
  const [manner] = manners
  const { revisionStore, branchStore } = (manner as (typeof manners)[0]).make()
  const get = (_key: unknown, callback: (error: unknown) => void) => callback(told)
  const stores = {
    revisionStore: { ...revisionStore, get },
    branchStore: { ...branchStore, get }
  }
  return createDB({ ...stores, ...(isMissing ? { isMissing } : {}), probe: false })
}

function error(message: string, more: object = {}) {
  return Object.assign(new Error(message), more)
}

test.each([
  [error('gone', { notFound: true })],
  [error('gone', { code: 'LEVEL_NOT_FOUND' })],
  [error('gone', { code: 'NOT_FOUND' })],
  [error('gone', { code: 'ENOENT' })],
  [error('Key not found in database')],
  [error('NotFound: ')],
  [error('the file does not exist')],
  [error('not found', { code: null })]
])('%o says that the key is missing', async (told) => {
  await using db = telling(told)
  await db.ready()
  expect(db.head()).toBeNull()
  await expect(db.get('x')).rejects.toMatchObject({ code: 'HISTO_NOT_FOUND', ref: 'x' })
})

test.each([
  [error('connection refused')],
  [error('getaddrinfo ENOTFOUND db.example')],
  [error('host not found', { code: 'EAI_AGAIN' })],
  [error('database not found', { code: 1049 })],
  [error('not found', { code: '' })],
  ['some text'],
  [404]
])('%o is a failure', async (told) => {
  await using db = telling(told)
  await expect(db.get('x')).rejects.toMatchObject({ code: 'HISTO_STORE', cause: told })
})

test('isMissing decides about errors that are not recognized otherwise', async () => {
  const told = error('no such row', { code: 404 })
  await using db = telling(told, (reason) => reason === told)
  await db.ready()
  await expect(db.get('x')).rejects.toMatchObject({ code: 'HISTO_NOT_FOUND' })
})

test('what isMissing throws is the cause of a failure', async () => {
  const fault = new TypeError('a bug')
  await using db = telling(error('?'), () => {
    throw fault
  })
  await expect(db.get('x')).rejects.toMatchObject({ code: 'HISTO_STORE', cause: fault })
})

test.each([['\ud800'], [''], ['\udc00x']])('no revision has the id %o', async (ref) => {
  const [manner] = manners
  const { revisionStore, branchStore } = (manner as (typeof manners)[0]).make()
  await using db = createDB<number>({ revisionStore, branchStore })
  const head = await db.put(1)
  const unknown = { code: 'HISTO_NOT_FOUND', ref }
  await expect(db.get(ref)).rejects.toMatchObject(unknown)
  await expect(db.setHead(ref)).rejects.toMatchObject(unknown)
  await expect(db.refDifference(null, ref)).rejects.toMatchObject(unknown)
  await expect(db.refDifference(ref, head)).rejects.toMatchObject(unknown)
  await expect(db.isAncestor(head, ref)).rejects.toMatchObject(unknown)
  await expect(db.mergeBases(ref, head)).rejects.toMatchObject(unknown)
  expect(await db.has([ref, head])).toEqual([false, true])
})
