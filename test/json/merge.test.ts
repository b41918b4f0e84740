/** Three-way merges: what the parts of a result are, and a model that replays edits. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type MergeConflict, merge3 } from '../../ts/json-entry.js'
import { similar } from './values.js'

function both(base: unknown, ours: unknown, theirs: unknown) {
  return { base, ours, theirs }
}

describe('values', () => {
  test('what one side changed is taken, at any depth', () => {
    const base = { a: { b: [1, { c: 1, d: 1 }] }, e: 1 }
    const ours = { a: { b: [1, { c: 2, d: 1 }] }, e: 1 }
    const theirs = { a: { b: [1, { c: 1, d: 1, new: 0 }] } }
    const data = { a: { b: [1, { c: 2, d: 1, new: 0 }] } }
    expect(merge3(base, ours, theirs)).toEqual({ data, conflicts: [] })
  })

  test('a root that both changed is a conflict, and ours stays', () => {
    const conflict = { path: '', kind: 'both modified', ...both(1, 2, 3) }
    expect(merge3(1, 2, 3)).toEqual({ data: 2, conflicts: [conflict] })
    expect(merge3('a', 'a', 'b')).toEqual({ data: 'b', conflicts: [] })
  })

  test('objects that both sides added are merged; other values are a conflict', () => {
    const conflict = { path: '/x', kind: 'both added', ...both(undefined, 1, 2) }
    const merged = merge3(undefined, { a: 1, x: 1 }, { b: 2, x: 2 })
    expect(merged).toEqual({ data: { a: 1, b: 2, x: 1 }, conflicts: [conflict] })
    expect(Object.keys(merged.conflicts[0] ?? {})).toContain('base')
  })

  test('a deletion against a change is a conflict; our value or our deletion stays', () => {
    const [base, changed] = [
      { a: { x: 1 }, b: 1 },
      { a: { x: 2 }, b: 1 }
    ]
    const deleted = { b: 1 }
    const { a } = base
    expect(merge3(base, deleted, changed)).toEqual({
      data: deleted,
      conflicts: [{ path: '/a', kind: 'deleted by us', ...both(a, undefined, changed.a) }]
    })
    expect(merge3(base, changed, deleted)).toEqual({
      data: changed,
      conflicts: [{ path: '/a', kind: 'deleted by them', ...both(a, changed.a, undefined) }]
    })
  })

  test('a value of another type is a change of the whole value', () => {
    const merged = merge3({ a: { x: 1 } }, { a: [1] }, { a: { x: 2 } })
    expect(merged.conflicts).toEqual([
      { path: '/a', kind: 'both modified', ...both({ x: 1 }, [1], { x: 2 }) }
    ])
    expect(merge3({ a: 1 }, { a: { x: 1 } }, { a: { y: 1 } }).conflicts).toHaveLength(1)
  })

  test('equal changes are merged into one, or are conflicts by option', () => {
    const [base, changed] = [
      { n: 1, deep: { m: 1 } },
      { n: 2, deep: { m: 2 }, new: 0 }
    ]
    expect(merge3(base, changed, changed)).toEqual({ data: changed, conflicts: [] })
    const { data, conflicts } = merge3(base, changed, changed, { equalChanges: 'conflict' })
    expect(data).toEqual(changed)
    expect(conflicts.map(({ path, kind }) => [path, kind])).toEqual([
      ['/deep/m', 'both modified'],
      ['/n', 'both modified'],
      ['/new', 'both added']
    ])
  })

  test('binary data is one value', () => {
    const [base, ours, theirs] = [1, 2, 3].map((byte) => new Uint8Array([byte]))
    expect(merge3(base, ours, base)).toEqual({ data: ours, conflicts: [] })
    expect(merge3(base, base, { a: 1 })).toEqual({ data: { a: 1 }, conflicts: [] })
    expect(merge3(base, ours, new Uint8Array([2]))).toEqual({ data: ours, conflicts: [] })
    const conflict = { path: '', kind: 'both modified', ...both(base, ours, theirs) }
    expect(merge3(base, ours, theirs)).toEqual({ data: ours, conflicts: [conflict] })
  })

  test('keys that need escapes are merged like others', () => {
    const merged = merge3({}, { 'a/~"\n': { '"': 1 } }, { 'a/~"\n': { '\\': 2 }, é: 3 })
    expect(merged).toEqual({ data: { 'a/~"\n': { '"': 1, '\\': 2 }, é: 3 }, conflicts: [] })
    const { conflicts } = merge3({}, { 'a/~"\n': 1 }, { 'a/~"\n': 2 })
    expect(conflicts[0]?.path).toBe('/a~1~0"\n')
  })
})

describe('arrays', () => {
  const row = (id: number, x = 0, y = 0) => ({ id, x, y })

  test('if both sides insert at one place, both insertions stay, ours first', () => {
    expect(merge3([1, 2], [1, 10, 2], [1, 20, 2]).data).toEqual([1, 10, 20, 2])
    expect(merge3([], [1, 2], [1, 3]).data).toEqual([1, 2, 3])
    expect(merge3([1], [0, 1], [1, 2]).data).toEqual([0, 1, 2])
  })

  test('an element that replaces another counts as that one, changed', () => {
    const merged = merge3([1, 2, 3], [1, 20, 3], [1, 2, 30])
    expect(merged).toEqual({ data: [1, 20, 30], conflicts: [] })
    const conflict = { path: '/1', kind: 'both modified', ...both(2, 20, 200) }
    expect(merge3([1, 2, 3], [1, 20, 3], [1, 200, 3]).conflicts).toEqual([conflict])
  })

  test('elements are merged by their keys, moved or not', () => {
    const base = [row(1), row(2), row(3), row(4)]
    const ours = [row(4, 1), row(1), row(2), row(3)]
    const theirs = [row(1), row(2, 0, 2), row(4, 0, 5), row(5)]
    const data = [row(4, 1, 5), row(1), row(2, 0, 2), row(5)]
    expect(merge3(base, ours, theirs)).toEqual({ data, conflicts: [] })
  })

  test('an element that was moved and deleted is a conflict', () => {
    const base = [row(1), row(2), row(3), row(4)]
    const moved = [row(4), row(1), row(2), row(3)]
    const merged = merge3(base, moved, base.slice(0, 3))
    expect(merged.data).toEqual(moved)
    expect(merged.conflicts).toEqual([
      { path: '/0', kind: 'deleted by them', ...both(row(4), row(4), undefined) }
    ])
    const turned = merge3(base, base.slice(0, 3), moved)
    expect(turned.data).toEqual(base.slice(0, 3))
    expect(turned.conflicts).toEqual([
      { path: '/0', kind: 'deleted by us', ...both(row(4), undefined, row(4)) }
    ])
  })

  test('orders that exclude each other are a conflict of the array', () => {
    const base = [1, 2, 3].map((id) => row(id))
    const ours = [2, 1, 3].map((id) => row(id))
    const theirs = [1, 3, 2].map((id) => row(id))
    const merged = merge3({ rows: base }, { rows: ours }, { rows: theirs })
    expect(merged.data).toEqual({ rows: ours })
    expect(merged.conflicts).toEqual([
      { path: '/rows', kind: 'both modified', ...both(base, ours, theirs) }
    ])
  })

  test('moves of different elements are both applied', () => {
    const ids = (values: { id: number }[]) => values.map(({ id }) => id)
    const base = [1, 2, 3, 4, 5, 6].map((id) => row(id))
    const ours = [6, 1, 2, 3, 4, 5].map((id) => row(id))
    const theirs = [1, 3, 4, 2, 5, 6].map((id) => row(id))
    const merged = merge3<{ id: number }[]>(base, ours, theirs)
    expect(merged.conflicts).toEqual([])
    expect(ids(merged.data)).toEqual([6, 1, 3, 4, 2, 5])
  })

  test('an element that both sides added under one key is added once', () => {
    const merged = merge3([row(1)], [row(1), row(2, 1)], [row(1), { id: 2, y: 0, z: 1 }])
    expect(merged).toEqual({ data: [row(1), { id: 2, x: 1, y: 0, z: 1 }], conflicts: [] })
  })

  test('the key of an element that was changed, and the element, are a conflict', () => {
    const base = [row(1), row(2)]
    const { conflicts } = merge3(base, [row(1), { ...row(2), id: 7 }], [row(1), row(2, 5)])
    expect(conflicts.map(({ kind }) => kind)).toEqual(['deleted by us'])
  })
})

/** A document of rows with fields, as a model: what each side did is replayed on it. */
type Row = Record<string, number>
type Rows = Map<string, Row>
type Edit =
  | { kind: 'set'; id: string; field: string; value: number }
  | { kind: 'unset'; id: string; field: string }
  | { kind: 'delete'; id: string }
  | { kind: 'add'; id: string; value: number }

function replayed(base: Rows, edits: readonly Edit[]): Rows {
  const rows = new Map([...base].map(([id, row]) => [id, { ...row }]))
  for (const edit of edits) {
    const row = rows.get(edit.id)
    if (edit.kind === 'add') rows.set(edit.id, row ?? { value: edit.value })
    else if (edit.kind === 'delete') rows.delete(edit.id)
    else if (row !== undefined && edit.kind === 'set') row[edit.field] = edit.value
    else if (row !== undefined && edit.kind === 'unset') delete row[edit.field]
  }
  return rows
}

const baseRows: Rows = new Map(
  Array.from({ length: 8 }, (_, number) => [`r${number}`, { a: 0, b: 0, c: 0 }])
)

const ids = fc.constantFrom(...baseRows.keys())
const fields = fc.constantFrom('a', 'b', 'c', 'd')
const setting = fc.record({
  kind: fc.constant('set' as const),
  id: ids,
  field: fields,
  value: fc.integer({ min: 1, max: 3 })
})
const unsetting = fc.record({ kind: fc.constant('unset' as const), id: ids, field: fields })
const deleting = fc.record({ kind: fc.constant('delete' as const), id: ids })
const adding = fc.record({
  kind: fc.constant('add' as const),
  id: fc.constantFrom('n1', 'n2'),
  value: fc.integer({ min: 1, max: 2 })
})
const edits: fc.Arbitrary<Edit[]> = fc.array(fc.oneof(setting, unsetting, deleting, adding), {
  maxLength: 6
})

const asObject = (rows: Rows): unknown => Object.fromEntries(rows)
const asArray = (rows: Rows): unknown => ({ rows: [...rows].map(([id, row]) => ({ id, ...row })) })

/** A merge written address by address: rows by id, fields by name. */
function modelled(base: Rows, ours: Rows, theirs: Rows) {
  const conflicts = new Set<string>()
  const rows = new Map<string, Row>()
  const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)
  for (const id of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
    const [b, o, t] = [base.get(id), ours.get(id), theirs.get(id)]
    if (o === undefined || t === undefined) {
      const left = o ?? t
      if (b === undefined && left !== undefined) rows.set(id, left)
      else if (b !== undefined && left !== undefined && !same(sorted(b), sorted(left))) {
        conflicts.add(id)
        if (o !== undefined) rows.set(id, o)
      }
      continue
    }
    const row: Row = {}
    for (const field of new Set(Object.keys({ ...b, ...o, ...t }))) {
      const [before, our, their] = [b?.[field], o[field], t[field]]
      const isConflict = our !== their && our !== before && their !== before
      if (isConflict) conflicts.add(`${id}/${field}`)
      const value = isConflict || our !== before ? our : their
      if (value !== undefined) row[field] = value
    }
    rows.set(id, row)
  }
  return { rows, conflicts }
}

function sorted(row: Row): unknown {
  return Object.entries(row).sort(([one], [other]) => (one < other ? -1 : 1))
}

function addressOf(data: unknown, { path, base, ours, theirs }: MergeConflict): string {
  const [, first = '', index = '', ...rest] = path.split('/')
  if (first !== 'rows') return [first, index, ...rest].filter((step) => step !== '').join('/')
  const element = rest.length > 0 ? (data as { rows: unknown[] }).rows[Number(index)] : undefined
  const { id } = (element ?? base ?? ours ?? theirs) as { id: string }
  return [id, ...rest].join('/')
}

function rowsOf(data: unknown): Rows {
  if (!Object.hasOwn(data as object, 'rows')) return new Map(Object.entries(data as object))
  const { rows } = data as { rows: (Row & { id: string })[] }
  return new Map(rows.map(({ id, ...row }) => [id, row as Row]))
}

test.each([
  ['objects', asObject],
  ['arrays', asArray]
] as const)(
  'edits of both sides in %s are all merged or reported as conflicts, as a model replays them',
  (_name, as) => {
    const check = (left: Edit[], right: Edit[]) => {
      const [ours, theirs] = [replayed(baseRows, left), replayed(baseRows, right)]
      const expected = modelled(baseRows, ours, theirs)
      const { data, conflicts } = merge3(as(baseRows), as(ours), as(theirs))
      expect(new Set(conflicts.map((conflict) => addressOf(data, conflict)))).toEqual(
        expected.conflicts
      )
      expect(Object.fromEntries(rowsOf(data))).toEqual(Object.fromEntries(expected.rows))
    }
    fc.assert(fc.property(edits, edits, check), { numRuns: 3_000 })
  }
)

test('edits that do not conflict commute', () => {
  const check = (left: Edit[], right: Edit[]) => {
    const of = (rows: Edit[], which: string) => rows.filter(({ id }) => which.includes(id))
    const [ours, theirs] = [of(left, 'r0 r1 r2 r3 n1'), of(right, 'r4 r5 r6 r7 n2')]
    const expected = replayed(replayed(baseRows, ours), theirs)
    for (const as of [asObject, asArray]) {
      const [o, t] = [as(replayed(baseRows, ours)), as(replayed(baseRows, theirs))]
      expect(merge3(as(baseRows), o, t)).toEqual({ data: as(expected), conflicts: [] })
      expect(rowsOf(merge3(as(baseRows), t, o).data)).toEqual(expected)
    }
  }
  fc.assert(fc.property(edits, edits, check), { numRuns: 1_000 })
})

test('a side that changed nothing leaves the other as it is, and equal changes are merged into one', () => {
  const check = (base: unknown, changed: unknown) => {
    for (const [ours, theirs] of [
      [changed, base],
      [base, changed],
      [changed, changed]
    ]) {
      expect(merge3(base, ours, theirs)).toEqual({ data: changed, conflicts: [] })
    }
  }
  fc.assert(fc.property(similar, similar, check), { numRuns: 3_000 })
})

test('wrong options are refused', () => {
  expect(() => merge3(1, 2, 3, { equalChanges: true as never })).toThrow(TypeError)
  expect(() => merge3(1, 2, 3, { arrayKey: 3 as never })).toThrow(TypeError)
  expect(() => merge3(1n, 2, 3)).toThrow(TypeError)
})
