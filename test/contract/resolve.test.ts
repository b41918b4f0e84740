/** `resolve`: from what people write to a ref. */

import { describe, expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { mapStores } from '../support/user-stores.js'
import { failureOf, places, unknownRef } from './places.js'

/** Stores over maps; `lists`: they tell the ids that they have. */
function openStores({ lists = false } = {}) {
  const { texts, revisionStore, branchStore } = mapStores()
  const keys = () => texts.keys() as never
  return createDB({
    revisionStore: lists ? { ...revisionStore, keys } : revisionStore,
    branchStore
  }).ready()
}

const stores = ['stores of users', async () => openStores()] as const
const everywhere = [...places, stores] as const

/** A merge of `idea` into `main`, and the root of both. */
async function history(db: DB) {
  const root = await db.put('root')
  const left = await db.put('left')
  const idea = db.branch('idea')
  const right = await idea.put('right', [root])
  const joined = await db.put('joined', [left, right])
  return { root, left, right, joined }
}

describe.each(everywhere)('over %s', (_place, open) => {
  test('a whole ref, a branch and a remote mean what they name', async () => {
    const db = await open()
    const { left, right, joined } = await history(db)
    await db.setRemoteHead('office', left)
    await db.setRemoteHead('far/away', right)
    expect(await db.resolve(joined)).toBe(joined)
    expect(await db.resolve('main')).toBe(joined)
    expect(await db.resolve('idea')).toBe(right)
    expect(await db.resolve('remotes/office')).toBe(left)
    expect(await db.resolve('remotes/far/away')).toBe(right)
  })

  /** Checked to fail: allow the name of a remote no more bytes than that of a branch. */
  test('the longest name of a remote means its head', async () => {
    const db = await open()
    const [ref, next] = await db.putMany([{ data: 1 }, { data: 2 }])
    const remote = `${'d'.repeat(255)}/${'b'.repeat(255)}`
    await db.setRemoteHead(remote, next ?? '')
    expect(await db.resolve(`remotes/${remote}`)).toBe(next)
    expect(await db.resolve(`remotes/${remote}~1`)).toBe(ref)
    expect((await failureOf(db.resolve(`remotes/${remote}b`))).message).toContain('remotes/ddd')
  })

  test('steps lead back over ancestors', async () => {
    const db = await open()
    const { root, left, right, joined } = await history(db)
    const meanings = {
      'main~': left,
      'main~1': left,
      'main~2': root,
      'main~0': joined,
      'main^': left,
      'main^1': left,
      'main^2': right,
      'main^0': joined,
      'main^2~1': root,
      'main^^': root,
      'main~~': root,
      [`${joined}^2`]: right
    }
    for (const [name, ref] of Object.entries(meanings)) expect(await db.resolve(name)).toBe(ref)
  })

  test.each([
    'main~3',
    'main^3',
    'idea^2',
    'nobody',
    'remotes/nobody',
    '',
    '~',
    'main~x',
    'main^-1'
  ])('%j is not found, and the error names it', async (name) => {
    const db = await open()
    await history(db)
    const error = await failureOf(db.resolve(name))
    expect(error).toMatchObject({ code: 'HISTO_NOT_FOUND' })
  })

  test('many steps lead as far back as there are ancestors', async () => {
    const db = await open()
    const refs = await db.putMany(Array.from({ length: 600 }, (_item, data) => ({ data })))
    for (const steps of [255, 256, 257, 512, 599]) {
      expect(await db.resolve(`main~${steps}`)).toBe(refs[599 - steps])
    }
    expect(await failureOf(db.resolve('main~600'))).toMatchObject({ code: 'HISTO_NOT_FOUND' })
  })

  test('a branch with the name of something else comes first', async () => {
    const db = await open()
    const { root, left } = await history(db)
    await db.branch('main~1').setHead(root)
    await db.branch('remotes/x').setHead(root)
    await db.setRemoteHead('x', left)
    expect(await db.resolve('main~1')).toBe(root)
    expect(await db.resolve('remotes/x')).toBe(root)
  })

  test('a branch with the name of a ref comes after the ref', async () => {
    const db = await open()
    const { root, left } = await history(db)
    await db.branch(root).setHead(left)
    expect(await db.resolve(root)).toBe(root)
  })

  test('a ref that is not there is not found', async () => {
    const error = await failureOf((await open()).resolve(unknownRef))
    expect(error).toMatchObject({ code: 'HISTO_NOT_FOUND', key: unknownRef })
  })
})

describe.each(places)('beginnings over %s', (_place, open) => {
  test('a unique beginning of 4 digits or more means its ref', async () => {
    const db = await open()
    const refs = await db.putMany(Array.from({ length: 100 }, (_item, data) => ({ data })))
    for (const ref of refs) {
      for (const length of [9, 16, 63]) expect(await db.resolve(ref.slice(0, length))).toBe(ref)
    }
    expect(await db.resolve(`${refs[7]?.slice(0, 12)}~2`)).toBe(refs[5])
    expect(await failureOf(db.resolve('ffff'.slice(0, 3)))).toMatchObject({
      code: 'HISTO_NOT_FOUND'
    })
  })

  test('a beginning of several refs lists them, in order', async () => {
    const db = await open()
    const refs = await db.putMany(Array.from({ length: 30_000 }, (_item, data) => ({ data })))
    const alike = refs.filter((ref) => ref.startsWith('1493')).toSorted()
    expect(alike).toHaveLength(6) // of these 30,000
    const error = await failureOf(db.resolve('1493'))
    expect(error).toMatchObject({ code: 'HISTO_AMBIGUOUS', key: '1493', candidates: alike })
    expect(await db.resolve(alike[3]?.slice(0, 6) ?? '')).toBe(alike[3])
  })

  test('what was pruned is not among them', async () => {
    const db = await open()
    const ref = await db.put('lost', [], { moveHead: false })
    expect(await db.resolve(ref.slice(0, 12))).toBe(ref)
    await db.prune({ grace: 0 })
    await db.prune({ grace: 0 })
    expect(await db.has([ref])).toEqual([false])
    expect(await failureOf(db.resolve(ref.slice(0, 12)))).toMatchObject({ code: 'HISTO_NOT_FOUND' })
  })
})

describe('beginnings over stores of users', () => {
  test('are listed if the store lists its ids', async () => {
    const db = await openStores({ lists: true })
    const ref = await db.put('data')
    expect(await db.resolve(ref.slice(0, 8))).toBe(ref)
  })

  test('are listed, 16 at most', async () => {
    let number = 100
    const { revisionStore, branchStore } = mapStores()
    const ids = new Map<string, string>()
    const numbered = {
      ...revisionStore,
      put: (text: string) => {
        number += 1
        ids.set(`numbered-${number}`, text)
        return Promise.resolve(`numbered-${number}`)
      },
      get: async (id: string) => ids.get(id),
      keys: () => ids.keys() as never
    }
    const db = await createDB({ revisionStore: numbered, branchStore }).ready()
    for (let data = 0; data < 20; data += 1) await db.put(data)
    const { candidates } = (await failureOf(db.resolve('numbered'))) as { candidates?: string[] }
    expect(candidates).toHaveLength(16)
    expect(await db.resolve('numbered-101')).toBe('numbered-101')
  })

  test('are not found if it does not', async () => {
    const db = await openStores()
    const ref = await db.put('data')
    expect(await failureOf(db.resolve(ref.slice(0, 8)))).toMatchObject({ code: 'HISTO_NOT_FOUND' })
  })
})
