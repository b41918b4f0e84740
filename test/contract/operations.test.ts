/** Random operations: the native engine answers what the plain one does, in memory and on disk. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDB, type DB, type Ref } from '../../ts/index.js'
import { openPlain } from '../support/open.js'
import {
  deletion,
  known,
  type Operation,
  operation,
  outcomeOf,
  stateOf
} from '../support/operations.js'

const some = fc.oneof({ weight: 9, arbitrary: operation }, { weight: 1, arbitrary: deletion })

interface Kind {
  readonly runs: number
  /** Opens a database, and again what it was closed with. */
  open(folder: string): DB
  reopen(db: DB, folder: string): Promise<DB>
}

const kinds: [string, Kind][] = [
  ['memory', { runs: 60, open: () => createDB(), reopen: (db) => Promise.resolve(db) }],
  [
    'a path',
    {
      runs: 20,
      open: (path) => createDB({ path, durability: 'relaxed' }),
      async reopen(db, path) {
        await db.close()
        return createDB({ path, durability: 'relaxed' })
      }
    }
  ]
]

/** Compares after each operation, and everything at the end. */
async function compare(kind: Kind, operations: readonly Operation[], folder: string) {
  const plain = openPlain()
  let db = kind.open(folder)
  let refs: Ref[] = []
  try {
    for (const step of operations) {
      if (step.kind === 'reopen') {
        db = await kind.reopen(db, folder)
        continue
      }
      const expected = await outcomeOf(plain, refs, step)
      expect(await outcomeOf(db, refs, step)).toEqual(expected)
      refs = await known(plain, refs)
    }
    db = await kind.reopen(db, folder)
    expect(await stateOf(db, refs)).toEqual(await stateOf(plain, refs))
  } finally {
    await db.close()
  }
}

test.each(kinds)('over %s', { timeout: 120_000 }, async (_name, kind) => {
  const root = await mkdtemp(join(tmpdir(), 'histo-model-'))
  let runs = 0
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(some, { maxLength: 25 }), (operations) => {
        runs += 1
        return compare(kind, operations, join(root, String(runs)))
      }),
      { numRuns: kind.runs }
    )
    expect(runs).toBeGreaterThanOrEqual(kind.runs)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
})
