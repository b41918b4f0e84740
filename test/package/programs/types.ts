/** The package in TypeScript: compiled as an ES module and as CommonJS, then run. */

import nodeTest from 'node:test'
import {
  type BranchStore,
  createDB,
  type DB,
  HistoError,
  type RevisionStore
} from 'histo-revisions'
import { createGraph } from 'histo-revisions/graph'
import { connect, createHandler, type RemoteDatabase } from 'histo-revisions/http'
import { jsonMerge, type MergeConflict } from 'histo-revisions/json'
import { type LevelDatabase, levelStores } from 'histo-revisions/level'
import { createPage, type PageHandler, type PageOptions } from 'histo-revisions/page'
import { type PgPool, postgresStores } from 'histo-revisions/postgres'
import { type SuiteOptions, testStores } from 'histo-revisions/store-suite'

interface Note {
  readonly title: string
}

async function main(): Promise<void> {
  const db: DB<Note> = createDB<Note>()
  const ref: string = await db.put({ title: 'typed' })
  const { title }: Note = await db.get(ref)
  if (title !== 'typed') throw new Error(`the title is ${title}`)
  const failure: unknown = await db.get('no such ref').catch((error: unknown) => error)
  if (!(failure instanceof HistoError) || failure.code !== 'HISTO_NOT_FOUND') throw failure
  const remote: RemoteDatabase<Note> = connect<Note>('http://in.process', {
    fetch: createHandler(db)
  })
  const { revisions }: { revisions: number } = await createDB<Note>().pull(remote)
  if (revisions !== 1) throw new Error(`${revisions} revisions were pulled`)
  const paths: string[] = []
  const onConflict = ({ path, ours }: MergeConflict): unknown => {
    paths.push(path)
    return ours
  }
  const other: string = await db.put({ title: 'theirs' }, [ref])
  await db.put({ title: 'ours' }, [ref])
  await db.merge(other, jsonMerge({ onConflict }))
  if (paths.join() !== '/title') throw new Error(`conflicts at ${paths.join()}`)
  await db.close()
  const size: number = createGraph().add('a').size
  if (size !== 1) throw new Error(`the size is ${size}`)
}

export type Stores = { revisionStore: RevisionStore; branchStore: BranchStore }

void main()

/** The functions of test runners fit. */
export const suite = (open: SuiteOptions['open']): void => testStores({ test: nodeTest, open })

/** No client library need be installed for the types. */
export const onServer = (pool: PgPool): DB => createDB(postgresStores(pool, { prefix: 'notes_' }))
export const page = (db: DB, options: PageOptions): PageHandler => createPage(db, options)
export const inLevel = (level: LevelDatabase): DB => createDB(levelStores(level, { sync: false }))
