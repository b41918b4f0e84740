/** The types of the API: of the data, of both call styles, of the roles. */

import { expectTypeOf, test } from 'vitest'
import type { MergeResult, RevisionSource } from '../../ts/base/options.js'
import type { BackupResult, VerifyReport } from '../../ts/base/reports.js'
import type { SyncResult } from '../../ts/base/sync-options.js'
import type { Callback, Ref, Revision } from '../../ts/base/types.js'
import {
  type CommitGraph,
  createGraph,
  type GraphRevision
} from '../../ts/commit-graph/commit-graph.js'
import { createDB } from '../../ts/create.js'
import type { DB } from '../../ts/db.js'
import { connect } from '../../ts/http-entry.js'
import { rescue } from '../../ts/rescue.js'
import type { LocalSource, LocalTarget } from '../../ts/roles.js'
import type { Source, Target } from '../../ts/sync/exchange.js'
import { createSynchronizer, type Synchronizer } from '../../ts/sync/synchronizer.js'

interface Doc {
  title: string
}
type Documents = DB<Doc>

test('a database carries the type of its data', () => {
  expectTypeOf<ReturnType<Documents['branch']>>().toEqualTypeOf<Documents>()
  expectTypeOf<ReturnType<Documents['createStream']>>().toEqualTypeOf<RevisionSource<Doc>>()
  expectTypeOf<ReturnType<Documents['history']>>().toEqualTypeOf<
    AsyncIterableIterator<Revision<Doc>>
  >()
  const uses = async (db: Documents) => {
    expectTypeOf(await db.get()).toEqualTypeOf<Doc>()
    expectTypeOf(await db.getMany(['a'])).toEqualTypeOf<Doc[]>()
    expectTypeOf(await db.revision('a')).toEqualTypeOf<Revision<Doc>>()
    expectTypeOf(await db.ready()).toEqualTypeOf<Documents>()
    expectTypeOf(db.head()).toEqualTypeOf<Ref | null>()
    expectTypeOf(await db.merge('a', ({ ours }) => ours)).toEqualTypeOf<MergeResult>()
    // @ts-expect-error: the data has another type
    await db.put(1)
    // @ts-expect-error: a ref that may be undefined is a mistake
    await db.setHead(new Map<string, string>().get('key'))
    // @ts-expect-error: it never means the head
    await db.get(new Map<string, string>().get('key'))
    // @ts-expect-error: it never means the head
    await db.revision(new Map<string, string>().get('key'))
  }
  expectTypeOf(uses).toBeFunction()
})

test('looking after a database answers reports, and a rescue carries the type of the data', () => {
  const uses = async (db: Documents) => {
    expectTypeOf(await db.verify()).toEqualTypeOf<VerifyReport>()
    expectTypeOf(await db.backup('folder', { name: 'copy' })).toEqualTypeOf<BackupResult>()
    expectTypeOf(rescue<Doc>('folder')).toEqualTypeOf<AsyncIterableIterator<Revision<Doc>>>()
    await db.writeStream(rescue<Doc>('folder', { dangling: false }))
    void db.verify((_error, report) => expectTypeOf(report).toEqualTypeOf<VerifyReport>())
    void db.backup('folder', (_error, made) => expectTypeOf(made).toEqualTypeOf<BackupResult>())
    // @ts-expect-error: the folder is required
    await db.backup()
  }
  expectTypeOf(uses).toBeFunction()
})

test('callbacks infer their result', () => {
  const uses = (db: Documents) => {
    void db.put({ title: 'a' }, (_error, ref) => expectTypeOf(ref).toEqualTypeOf<Ref>())
    void db.put({ title: 'a' }, ['b'], (_error, ref) => expectTypeOf(ref).toEqualTypeOf<Ref>())
    void db.put({ title: 'a' }, { moveHead: false }, (_error, ref) => {
      expectTypeOf(ref).toEqualTypeOf<Ref>()
    })
    void db.get((error, data) => {
      expectTypeOf(error).toEqualTypeOf<Error | null>()
      expectTypeOf(data).toEqualTypeOf<Doc>()
    })
    db.head((_error, ref) => expectTypeOf(ref).toEqualTypeOf<Ref | null>())
    void db.update((data) => {
      expectTypeOf(data).toEqualTypeOf<Doc | undefined>()
      return data ?? { title: '' }
    })
    void db.close((error) => expectTypeOf(error).toEqualTypeOf<Error | null>())
    void db.commonAncestor('a', { signal: new AbortController().signal }, (_error, ref) => {
      expectTypeOf(ref).toEqualTypeOf<Ref | null>()
    })
  }
  expectTypeOf(uses).toBeFunction()
})

test('a database has both roles of a synchronizer', () => {
  expectTypeOf<Documents>().toExtend<Source<Doc>>()
  expectTypeOf<Documents>().toExtend<Target<Doc>>()
  expectTypeOf<LocalSource<Doc>>().toExtend<Source<Doc>>()
  expectTypeOf<LocalTarget<Doc>>().toExtend<Target<Doc>>()
  expectTypeOf<Synchronizer['run']>().toBeCallableWith((_error: Error | null, _r: SyncResult) => {})
  expectTypeOf<Callback<Ref>>().toBeCallableWith(null, 'a')
})

test('data of another type is neither pulled, pushed nor streamed', () => {
  const uses = async (db: Documents, other: DB<{ n: number }>) => {
    await db.pull(createDB<Doc>())
    // @ts-expect-error: the source has other data
    await db.pull(other)
    // @ts-expect-error: the target has other data
    await db.push(other)
    // @ts-expect-error: the sides have different data
    await createSynchronizer(db, other).run()
    // @ts-expect-error: the stream has other data
    await db.writeStream(other.createStream([]))
    // @ts-expect-error: the source has other data
    await db.pull(connect<{ n: number }>('http://localhost'))
  }
  expectTypeOf(uses).toBeFunction()
})

test('a previous head is given or left out, never undefined', () => {
  const uses = async (db: Documents, given: [] | [Ref | null], lost: Ref | undefined) => {
    await db.setHead('a', null)
    await db.setHead('a', ...given)
    await db.deleteBranch('a', ...given)
    // @ts-expect-error: it would guard nothing
    await db.setHead('a', lost)
    // @ts-expect-error: it would guard nothing
    await db.deleteBranch('a', lost)
    // @ts-expect-error: it would guard nothing
    await connect('http://localhost').setHead('a', lost)
  }
  expectTypeOf(uses).toBeFunction()
})

test('a commit graph is synchronous, and takes objects, pairs and maps', () => {
  expectTypeOf(createGraph).returns.toEqualTypeOf<CommitGraph>()
  expectTypeOf<CommitGraph['size']>().toEqualTypeOf<number>()
  expectTypeOf<CommitGraph['mergeBases']>().returns.toEqualTypeOf<Ref[]>()
  expectTypeOf<CommitGraph['commonAncestor']>().returns.toEqualTypeOf<Ref | null>()
  expectTypeOf<CommitGraph['history']>().returns.toEqualTypeOf<IterableIterator<GraphRevision>>()
  expectTypeOf<CommitGraph['addMany']>().toBeCallableWith([{ ref: 'a' }])
  expectTypeOf<CommitGraph['addMany']>().toBeCallableWith(new Map([['a', ['b']]]))
  expectTypeOf<CommitGraph['addMany']>().toBeCallableWith(new Set([['a', ['b']] as const]))
  const uses = (graph: CommitGraph) => {
    graph.addMany(graph.history('a'))
    // @ts-expect-error: a ref that may be undefined is a mistake
    graph.has(new Map<string, string>().get('key'))
    // @ts-expect-error: the size is read, not set
    graph.size = 1
  }
  expectTypeOf(uses).toBeFunction()
})
