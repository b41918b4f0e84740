/** A commit graph by itself: what goes in, what is refused, and that nothing of it stays then. */

import { expect, test } from 'vitest'
import { type CommitGraph, createGraph } from '../../ts/commit-graph/commit-graph.js'

/** Two roots, a criss-cross over them, and a merge of both sides. */
function crissCross(): CommitGraph {
  return createGraph()
    .add('a')
    .add('b', [])
    .add('left', ['a', 'b'])
    .add('right', ['b', 'a'])
    .add('merge', ['left', 'right'])
}

test('an empty graph has nothing', () => {
  const graph = createGraph()
  expect([graph.size, graph.tips(), graph.has('a')]).toEqual([0, [], false])
})

test('a criss-cross has both merge bases, the smallest first', () => {
  const graph = crissCross()
  expect(graph.mergeBases('left', 'right')).toEqual(['a', 'b'])
  expect(graph.commonAncestor('right', 'left')).toBe('a')
  expect(graph.mergeBases('merge', 'left')).toEqual(['left'])
})

test('histories that share nothing have no common ancestor', () => {
  const graph = crissCross()
  expect(graph.mergeBases('a', 'b')).toEqual([])
  expect(graph.commonAncestor('a', 'b')).toBeNull()
})

test('a difference is newest first, from one, several or nothing', () => {
  const graph = crissCross()
  expect(graph.difference('left', 'merge')).toEqual(['merge', 'right'])
  expect(graph.difference(['left', 'right'], 'merge')).toEqual(['merge'])
  expect(graph.difference(null, 'left')).toEqual(['left', 'b', 'a'])
  expect(graph.difference(undefined, 'a')).toEqual(['a'])
  expect(graph.difference([], 'a')).toEqual(['a'])
  expect(graph.difference('merge', 'merge')).toEqual([])
})

test('a revision is an ancestor of itself and of what reaches it', () => {
  const graph = crissCross()
  expect(graph.isAncestor('a', 'a')).toBe(true)
  expect(graph.isAncestor('a', 'merge')).toBe(true)
  expect(graph.isAncestor('merge', 'a')).toBe(false)
})

test('tips are the refs that no other names, ascending', () => {
  const graph = crissCross()
  expect(graph.tips()).toEqual(['merge'])
  graph.add('z').add('other', ['a'])
  expect(graph.tips()).toEqual(['merge', 'other', 'z'])
  expect(graph.size).toBe(7)
})

test('a history has the ancestors, ends at its limit, and leaves out what until reaches', () => {
  const graph = crissCross()
  expect([...graph.history('left')]).toEqual([
    { ref: 'left', ancestors: ['a', 'b'] },
    { ref: 'b', ancestors: [] },
    { ref: 'a', ancestors: [] }
  ])
  expect([...graph.history('merge', { limit: 1 })].map(({ ref }) => ref)).toEqual(['merge'])
  expect([...graph.history('merge', { limit: 0 })]).toEqual([])
  const refs = [...graph.history('merge', { until: ['left', 'a'] })].map(({ ref }) => ref)
  expect(refs).toEqual(['merge', 'right'])
})

test('a long history comes whole, of the graph as it was at the call', () => {
  const graph = createGraph().add('0')
  for (let n = 1; n < 1000; n += 1) graph.add(`${n}`, [`${n - 1}`])
  const history = graph.history('999')
  graph.add('later', ['999'])
  expect([...history].map(({ ref }) => Number(ref))).toEqual(
    Array.from({ length: 1000 }, (_, n) => 999 - n)
  )
})

test('a history of one graph can be added to another', () => {
  const copy = createGraph().addMany(crissCross().history('merge'))
  expect(copy.mergeBases('left', 'right')).toEqual(['a', 'b'])
  expect(copy.size).toBe(5)
})

test('refs are any strings', () => {
  const refs = ['é', '🦀', '日本語', ' ', '\n', '\0', 'x'.repeat(100_000), '\u{10ffff}', 'e\u0301']
  const graph = createGraph()
  for (const [n, ref] of refs.entries()) graph.add(ref, refs.slice(Math.max(0, n - 1), n))
  const many = createGraph().addMany(
    refs.map((ref, n) => ({ ref, ancestors: refs.slice(Math.max(0, n - 1), n) }))
  )
  for (const made of [graph, many]) {
    expect(made.difference(null, refs.at(-1) ?? '')).toEqual(refs.toReversed())
    expect(made.size).toBe(refs.length)
  }
})

test('several bases ascend as an array sorts strings', () => {
  const roots = ['\uffee', '🦀', 'é', 'z']
  const graph = createGraph().addMany(roots.map((ref) => ({ ref })))
  graph.add('left', roots).add('right', roots)
  expect(graph.mergeBases('left', 'right')).toEqual(roots.toSorted())
})

test.each([
  ['the oldest first', (items: string[][]) => items],
  ['the newest first', (items: string[][]) => items.toReversed()],
  ['mixed', (items: string[][]) => items.toSorted()]
])('many revisions come in any order: %s', (_name, order) => {
  const items = [['m'], ['b', 'm'], ['z', 'm'], ['c', 'b', 'z'], ['a', 'c']]
  const pairs = order(items).map(([ref = '', ...ancestors]) => [ref, ancestors] as const)
  const graph = createGraph().addMany(pairs)
  expect(graph.difference('b', 'a')).toEqual(expect.arrayContaining(['a', 'c', 'z']))
  expect(graph.commonAncestor('b', 'z')).toBe('m')
  expect(graph.tips()).toEqual(['a'])
})

test('many revisions come from any iterable, of objects or of pairs', () => {
  const map = new Map([
    ['b', ['a']],
    ['a', []]
  ])
  function* generated() {
    yield { ref: 'c', ancestors: ['b'] }
    yield ['d'] as const
  }
  expect(createGraph().addMany(map).addMany(generated()).tips()).toEqual(['c', 'd'])
})

test('adding again with the same ancestors changes nothing', () => {
  const graph = crissCross().add('left', ['a', 'b']).add('a')
  graph.addMany([
    ['right', ['b', 'a']],
    ['a', []],
    ['new', ['a']],
    ['new', ['a']]
  ])
  expect(graph.size).toBe(6)
})

test.each([
  ['other ancestors', [['left', ['a']]], { code: 'HISTO_CORRUPT', ref: 'left' }],
  ['another order', [['left', ['b', 'a']]], { code: 'HISTO_CORRUPT', ref: 'left' }],
  [
    'two of one ref that differ',
    [
      ['new', []],
      ['new', ['a']]
    ],
    { code: 'HISTO_CORRUPT', ref: 'new' }
  ],
  ['its own ancestor', [['self: it', ['self: it']]], { code: 'HISTO_CORRUPT', ref: 'self: it' }],
  [
    'a cycle',
    [
      ['x', ['y']],
      ['y', ['z', 'a']],
      ['z', ['x']]
    ],
    { code: 'HISTO_CORRUPT', ref: expect.stringMatching(/^[xyz]$/) }
  ],
  [
    'a missing ancestor',
    [['new', ['not: here']]],
    { code: 'HISTO_MISSING_ANCESTOR', ref: 'not: here' }
  ]
] as const)('%s is refused and leaves nothing behind', (_name, items, error) => {
  const graph = crissCross()
  const good = ['good', ['merge']] as const
  expect(() => graph.addMany([good, ...items])).toThrow(expect.objectContaining(error))
  expect([graph.size, graph.has('good'), graph.tips()]).toEqual([5, false, ['merge']])
  if (items.length > 1) return
  const [[ref, ancestors]] = items
  expect(() => graph.add(ref, ancestors)).toThrow(expect.objectContaining(error))
  expect([graph.size, graph.tips()]).toEqual([5, ['merge']])
})

test('an iterable that throws adds nothing, and may itself add', () => {
  const graph = createGraph()
  function* failing() {
    yield ['a'] as const
    graph.add('inside')
    throw new Error('broken off')
  }
  expect(() => graph.addMany(failing())).toThrow('broken off')
  expect(graph.tips()).toEqual(['inside'])
})

test('an unknown ref is not found, whatever is asked', () => {
  const graph = crissCross()
  const missing = expect.objectContaining({ code: 'HISTO_NOT_FOUND', ref: 'no: such' })
  const asked = [
    () => graph.mergeBases('no: such', 'a'),
    () => graph.commonAncestor('a', 'no: such'),
    () => graph.difference(['a', 'no: such'], 'a'),
    () => graph.difference(null, 'no: such'),
    () => graph.isAncestor('no: such', 'a'),
    () => graph.isAncestor('a', 'no: such'),
    () => graph.history('no: such'),
    () => graph.history('a', { until: 'no: such' })
  ]
  for (const ask of asked) expect(ask).toThrow(missing)
})

test('misuse is a TypeError and changes nothing', () => {
  const graph = crissCross() as unknown as Record<string, (...args: unknown[]) => unknown> & {
    size: number
  }
  const wrong: [string, ...unknown[]][] = [
    ...[undefined, null, 1, '', '\ud800', '\udc00x', ['a']].flatMap((ref) =>
      ['has', 'add', 'history'].map((name) => [name, ref] as [string, unknown])
    ),
    ...['a', ['a', 'a'], [''], [1], ['\ud800'], {}, null].map(
      (ancestors) => ['add', 'new', ancestors] as [string, ...unknown[]]
    ),
    ...[undefined, null, 1, 'text', {}, [1], ['ab'], [null], [{}], [['']], [['\ud800']]].map(
      (items) => ['addMany', items] as [string, unknown]
    ),
    ['addMany', [['new\ud83e'], ['\udd80']]],
    ['addMany', [['new', 'a']]],
    ['addMany', [['new', ['a', 'a']]]],
    ['mergeBases', 'a'],
    ['commonAncestor', 'a', 1],
    ['isAncestor', 'a'],
    ['difference', 'a'],
    ['difference', 1, 'a'],
    ['difference', [undefined], 'a'],
    ['history', 'a', { limit: -1 }],
    ['history', 'a', { until: undefined }],
    ['history', 'a', 5]
  ]
  for (const [name, ...args] of wrong) {
    expect(() => graph[name]?.(...args), `${name}(${JSON.stringify(args)})`).toThrow(TypeError)
  }
  expect(graph.size).toBe(5)
})

test('a chain of a hundred thousand is added and asked without recursion', () => {
  const length = 100_000
  const items = Array.from({ length }, (_, n) => [`${n}`, n === 0 ? [] : [`${n - 1}`]] as const)
  const graph = createGraph().addMany(items.toReversed())
  expect(graph.size).toBe(length)
  expect(graph.isAncestor('0', `${length - 1}`)).toBe(true)
  expect(graph.difference('10', `${length - 1}`)).toHaveLength(length - 11)
})
