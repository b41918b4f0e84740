/** The types of data that goes through JSON: of what may be put, and of what is read again. */

import { expect, expectTypeOf, test } from 'vitest'
import type { Jsonify } from '../../ts/base/jsonify.js'
import type { Change, RevisionSource } from '../../ts/base/options.js'
import type { Revision } from '../../ts/base/types.js'
import { createDB } from '../../ts/create.js'
import type { DB } from '../../ts/db.js'
import { connect } from '../../ts/http-entry.js'
import { rescue } from '../../ts/rescue.js'
import { createLocalSource, createLocalTarget, type LocalSource } from '../../ts/roles.js'
import type { Source } from '../../ts/sync/exchange.js'
import { createSynchronizer } from '../../ts/sync/synchronizer.js'

interface Note {
  title: string
  tags?: string[]
}

interface Task {
  title: string
  due: Date
  steps: { done: Date | null }[]
}

interface TaskAsRead {
  title: string
  due: string
  steps: { done: string | null }[]
}

interface Tree {
  label: string
  children: Tree[]
  parent?: Tree
}

interface Visit {
  at: Date
  next: Visit[]
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

class Point {
  readonly #name = 'hidden'
  x = 1
  readonly y: number
  constructor(y: number) {
    this.y = y
  }
  shown() {
    return `${this.#name} ${this.x} ${this.y}`
  }
}

test('a type that JSON does not change stays the type that it is', () => {
  expectTypeOf<Jsonify<Note>>().toEqualTypeOf<Note>()
  expectTypeOf<Jsonify<Tree>>().toEqualTypeOf<Tree>()
  expectTypeOf<Jsonify<Json>>().toEqualTypeOf<Json>()
  expectTypeOf<Jsonify<unknown>>().toEqualTypeOf<unknown>()
  // biome-ignore lint/suspicious/noExplicitAny: it is what is tested
  expectTypeOf<Jsonify<any>>().toBeAny()
  expectTypeOf<Jsonify<'a' | 'b' | null>>().toEqualTypeOf<'a' | 'b' | null>()
  expectTypeOf<Jsonify<Uint8Array | Note>>().toEqualTypeOf<Uint8Array | Note>()
  expectTypeOf<Jsonify<readonly [string, number]>>().toEqualTypeOf<readonly [string, number]>()
  expectTypeOf<Jsonify<Record<string, unknown>>>().toEqualTypeOf<Record<string, unknown>>()
})

test('a type is read as what JSON makes of it, at any depth', () => {
  expectTypeOf<Jsonify<Task>>().toEqualTypeOf<TaskAsRead>()
  expectTypeOf<Jsonify<[Date, number]>>().toEqualTypeOf<[string, number]>()
  expectTypeOf<Jsonify<(string | undefined)[]>>().toEqualTypeOf<(string | null)[]>()
  expectTypeOf<Jsonify<{ at?: Date }>>().toEqualTypeOf<{ at?: string }>()
  expectTypeOf<Jsonify<Point>>().toEqualTypeOf<{ readonly y: number; x: number }>()
  expectTypeOf<Jsonify<Buffer>>().toEqualTypeOf<Uint8Array>()
  expectTypeOf<Jsonify<{ bytes: Uint8Array }>>().toEqualTypeOf<{ bytes: Record<string, number> }>()
  expectTypeOf<Jsonify<Visit>['next'][number]['next'][number]['at']>().toEqualTypeOf<string>()
})

test('reads return the declared type', async () => {
  await using db = createDB<Task>()
  const due = new Date(0)
  await db.put({ title: 'a', due, steps: [{ done: null }, { done: due }] })
  const task: TaskAsRead = await db.get()
  expect(task.due.slice(0, 4)).toBe('1970')
  expect(task.steps[1]?.done?.slice(0, 4)).toBe('1970')
})

test('data that was read can be put again, and mixed with data that may be put', async () => {
  await using db = createDB<Task>()
  await db.put({ title: 'a', due: new Date(0), steps: [] })
  await db.put(await db.get())
  await db.putMany([
    { data: await db.get() },
    { data: { title: 'b', due: new Date(0), steps: [] } }
  ])
  await db.update((task) => ({ ...(task as TaskAsRead), due: new Date(1) }))
  await db.update((task) => {
    if (task === undefined) throw new Error('there is a head')
    return Promise.resolve({ ...task, steps: [...task.steps, { done: new Date(2) }] })
  })
  expect(await db.get()).toEqual({
    title: 'b',
    due: '1970-01-01T00:00:00.001Z',
    steps: [{ done: '1970-01-01T00:00:00.002Z' }]
  })
  // @ts-expect-error: a number is no date
  void (() => db.update((task) => ({ ...task, due: 1 })))
  // @ts-expect-error: a member is missing
  void (() => db.put({ title: 'a', due: '' }))
  // @ts-expect-error: a member too many
  void (() => db.put({ title: 'a', due: '', steps: [], more: 1 }))
})

test('a type that JSON cannot represent does not compile', () => {
  const refused = () => [
    // @ts-expect-error: a Map
    createDB<Map<string, string>>(),
    // @ts-expect-error: a Map inside
    createDB<{ byName?: Map<string, string>[] }>(),
    // @ts-expect-error: a Set inside
    createDB<{ names: ReadonlySet<string> }>(),
    // @ts-expect-error: a forgotten await
    createDB<{ answer: Promise<string> }>(),
    // @ts-expect-error: a BigInt
    createDB<{ a: { count: bigint } }>(),
    // @ts-expect-error: an iterator
    createDB<{ lines: Generator<string> }>(),
    // @ts-expect-error: a stream
    createDB<{ body: NodeJS.ReadableStream }>(),
    // @ts-expect-error: a buffer
    createDB<ArrayBuffer>(),
    // @ts-expect-error: a buffer inside
    createDB<{ bytes: ArrayBuffer }>(),
    // @ts-expect-error: binary data is a Uint8Array
    createDB<Float64Array>(),
    // @ts-expect-error: a function
    createDB<() => string>(),
    // @ts-expect-error: nothing
    createDB<Note | undefined>(),
    // @ts-expect-error: a Map, of another database
    connect<{ byName: Map<string, string> }>('http://localhost')
  ]
  expectTypeOf(refused).toBeFunction()
  // @ts-expect-error: a Map, where only the type is named
  expectTypeOf<DB<{ byName: Map<string, string> }>>().toBeObject()
})

test('all else compiles', () => {
  const taken = () => [
    createDB(),
    // biome-ignore lint/suspicious/noExplicitAny: it is what is tested
    createDB<any>().put({ any: new Map() }),
    createDB<Json>().put({ a: [1, null, { b: 'c' }] }),
    createDB<Tree>().put({ label: 'a', children: [{ label: 'b', children: [] }] }),
    createDB<Uint8Array>().put(Buffer.from('a')),
    createDB<Point>().put(new Point(2)),
    createDB<{ at?: Date | undefined; shown?(): void }>().put({ at: undefined }),
    createDB<{ where: URL; bytes: Uint8Array }>(),
    createDB<number | null>().put(null)
  ]
  expectTypeOf(taken).toBeFunction()
})

test('a type parameter of the caller can be the type of data', () => {
  class Documents<T> {
    readonly db: DB<T>
    constructor(path: string) {
      this.db = createDB<T>({ path })
    }
    save(data: T) {
      return this.db.put(data)
    }
    async again() {
      return this.db.put(await this.db.get())
    }
  }
  expectTypeOf<ReturnType<Documents<Task>['save']>>().toEqualTypeOf<Promise<string>>()
  const byId = <T extends { id: string }>(db: DB<T>, data: T) => db.put(data)
  expectTypeOf(byId<{ id: string; at: Date }>)
    .parameter(0)
    .toEqualTypeOf<DB<{ id: string; at: Date }>>()
})

test('update says that there may be no head', () => {
  type Given = Parameters<Change<TaskAsRead>>
  expectTypeOf<Given>().toEqualTypeOf<[data: TaskAsRead | undefined, ref: string | null]>()
  const uses = (db: DB<Task>) => {
    void db.update((task, ref) => {
      expectTypeOf(task).toEqualTypeOf<TaskAsRead | undefined>()
      expectTypeOf(ref).toEqualTypeOf<string | null>()
      return { title: '', due: '', steps: [], ...task }
    })
    // @ts-expect-error: there may be none
    void db.update((task) => ({ title: task.title, due: '', steps: [] }))
  }
  expectTypeOf(uses).toBeFunction()
})

test('every way to read has the type that is read', () => {
  const uses = async (db: DB<Task>) => {
    expectTypeOf(await db.get()).toEqualTypeOf<TaskAsRead>()
    expectTypeOf(await db.getMany([])).toEqualTypeOf<TaskAsRead[]>()
    expectTypeOf(await db.revision()).toEqualTypeOf<Revision<TaskAsRead>>()
    expectTypeOf(db.history()).toEqualTypeOf<AsyncIterableIterator<Revision<TaskAsRead>>>()
    expectTypeOf(db.createStream([])).toEqualTypeOf<RevisionSource<TaskAsRead>>()
    expectTypeOf(db.branch('other')).toEqualTypeOf<DB<Task>>()
    expectTypeOf(rescue<Task>('folder')).toEqualTypeOf<
      AsyncIterableIterator<Revision<TaskAsRead>>
    >()
    const remote = connect<Task>('http://localhost')
    expectTypeOf(remote.createStream([])).toEqualTypeOf<RevisionSource<TaskAsRead>>()
    expectTypeOf(createLocalSource(db)).toEqualTypeOf<LocalSource<TaskAsRead>>()
    await db.merge('a', ({ base, ours }) => ({ ...ours, due: base?.due ?? new Date() }))
    await db.pull(remote, { resolve: ({ theirs }) => theirs })
    await db.push(remote, { resolve: ({ ours }) => ({ ...ours, due: new Date() }) })
    await db.writeStream(remote.createStream([]))
    await db.writeStream([{ ancestors: [], data: { title: '', due: new Date(), steps: [] } }])
  }
  expectTypeOf(uses).toBeFunction()
})

test('a database with further members is read where fewer are wanted', () => {
  interface Titled {
    title: string
  }
  const titles = async (db: DB<Titled>) => (await db.get()).title
  const readOnly = async (db: DB<never, Titled>) => (await db.get()).title
  const anything = (db: DB) => db.get()
  const uses = async (db: DB<Task>, wide: DB<Titled>, numbers: DB<number>) => {
    await Promise.all([titles(db), readOnly(db), anything(db), anything(numbers)])
    const source: Source<Titled> = db
    const role: LocalSource<Titled> = createLocalSource(db)
    await createSynchronizer(db, wide).run()
    await createSynchronizer(createLocalSource(db), createLocalTarget(wide)).run()
    await wide.pull(db)
    await wide.pull(connect<Task>('http://localhost'))
    // @ts-expect-error: a number has no title
    await titles(numbers)
    // @ts-expect-error: a number has no title
    await readOnly(numbers)
    return [source, role]
  }
  expectTypeOf(uses).toBeFunction()
})
