/**
 * Outcomes of three-way merges, written by hand, each with its reason: `merge-vectors.mjs` puts each into several
 * places of a larger document.
 */

const [modified, added] = ['both modified', 'both added']
const [byUs, byThem] = ['deleted by us', 'deleted by them']

/** A value that is not there. */
export const none = Symbol('none')

/** The values of a conflict: those of the case where it names no others. */
function conflict(kind, path = '', values = {}) {
  return { kind, path, values }
}

/** `[reason, base, ours, theirs, expected, conflicts]` of values of any kind. */
export const values = [
  ['nobody changed it', 1, 1, 1, 1, []],
  ['ours changed it', 1, 2, 1, 2, []],
  ['theirs changed it', 1, 1, 2, 2, []],
  ['both changed it alike: one change', 1, 2, 2, 2, []],
  ['both changed it, and not alike: ours stands', 1, 2, 3, 2, [conflict(modified)]],
  [
    'a string that both changed is one value, not lines or characters',
    'a b',
    'a c',
    'd b',
    'a c',
    [conflict(modified)]
  ],
  ['a fraction is one value', 1.5, 1.5, 2, 2, []],
  ['null is a value, not an absence', 1, null, 1, null, []],
  ['null against another value is a conflict', 1, null, 2, null, [conflict(modified)]],
  ['from null to two values is a conflict', null, false, true, false, [conflict(modified)]],
  ['ours added it', none, 1, none, 1, []],
  ['theirs added it', none, none, 1, 1, []],
  ['both added it alike: one change', none, [1], [1], [1], []],
  ['both added it, and not alike', none, 1, 2, 1, [conflict(added)]],
  ['both added it, of two kinds', none, { x: 1 }, [1], { x: 1 }, [conflict(added)]],
  ['ours deleted it', 1, none, 1, none, []],
  ['theirs deleted it', 1, 1, none, none, []],
  ['both deleted it', 1, none, none, none, []],
  ['ours deleted what theirs changed: it stays away', 1, none, 2, none, [conflict(byUs)]],
  ['theirs deleted what ours changed: it stays', 1, 2, none, 2, [conflict(byThem)]],
  [
    'ours deleted an object inside of which theirs changed a member',
    { x: 1 },
    none,
    { x: 2 },
    none,
    [conflict(byUs)]
  ],
  ['theirs deleted an array that ours made longer', [1], [1, 2], none, [1, 2], [conflict(byThem)]],
  ['a change of kind is a change', { x: 1 }, 'x', { x: 1 }, 'x', []],
  [
    'a change of kind against a change inside is a conflict of the whole',
    { x: 1 },
    'x',
    { x: 2 },
    'x',
    [conflict(modified)]
  ],
  [
    'an object against an array is a conflict of the whole',
    1,
    { x: 1 },
    [1],
    { x: 1 },
    [conflict(modified)]
  ],
  [
    'both made an object of a number: its members have no common past',
    1,
    { x: 1 },
    { y: 1 },
    { x: 1 },
    [conflict(modified)]
  ]
]

/** The same for objects and arrays. */
export const containers = [
  [
    'different members that both changed',
    { x: 1, y: 1 },
    { x: 2, y: 1 },
    { x: 1, y: 2 },
    { x: 2, y: 2 },
    []
  ],
  [
    'different members that both added, in canonical order',
    { m: 1 },
    { m: 1, z: 1 },
    { a: 1, m: 1 },
    { a: 1, m: 1, z: 1 },
    []
  ],
  ['a member added beside one that is deleted', { x: 1 }, {}, { x: 1, y: 1 }, { y: 1 }, []],
  [
    'one member in conflict, another merged',
    { x: 1, y: 1 },
    { x: 2, y: 2 },
    { x: 3, y: 1 },
    { x: 2, y: 2 },
    [conflict(modified, '/x', { base: 1, ours: 2, theirs: 3 })]
  ],
  [
    'an object that both added is merged by its members',
    none,
    { x: 1 },
    { y: 1 },
    { x: 1, y: 1 },
    []
  ],
  [
    'an object that both added, with a member in conflict',
    none,
    { k: 1, x: 1 },
    { x: 2 },
    { k: 1, x: 1 },
    [conflict(added, '/x', { base: none, ours: 1, theirs: 2 })]
  ],
  [
    'changes at different depths',
    { x: { y: { z: 1 } }, w: 1 },
    { x: { y: { z: 2 } }, w: 1 },
    { w: 1, x: { v: 1, y: { z: 1 } } },
    { w: 1, x: { v: 1, y: { z: 2 } } },
    []
  ],
  [
    'an empty object is not an absence',
    { x: { y: 1 } },
    { x: {} },
    { x: { y: 1, z: 1 } },
    { x: { z: 1 } },
    []
  ],
  [
    'keys whose order is by UTF-16 units',
    { é: 1 },
    { é: 1, '\u{1f600}': 1 },
    { é: 1, '\ufb33': 1 },
    { é: 1, '\u{1f600}': 1, '\ufb33': 1 },
    []
  ],
  ['by value: both appended, ours first', [1], [1, 2], [1, 3], [1, 2, 3], []],
  ['by value: both inserted at the start, ours first', [1], [2, 1], [3, 1], [2, 3, 1], []],
  ['by value: inserted at different places', [1, 2], [0, 1, 2], [1, 2, 3], [0, 1, 2, 3], []],
  ['by value: both inserted the same at one place: one', [1], [1, 2], [1, 2], [1, 2], []],
  [
    'by value: what both inserted alike is one, the rest is both',
    [],
    ['a', 'b'],
    ['a', 'c'],
    ['a', 'b', 'c'],
    []
  ],
  ['by value: different elements deleted', [1, 2, 3, 4], [2, 3, 4], [1, 2, 3], [2, 3], []],
  ['by value: the same element deleted by both', [1, 2, 3], [1, 3], [1, 3], [1, 3], []],
  ['by value: deleted and appended', [1, 2], [1], [1, 2, 3], [1, 3], []],
  ['by value: different elements changed', [1, 2, 3], [9, 2, 3], [1, 2, 8], [9, 2, 8], []],
  [
    'by value: one element changed by both',
    [1, 2, 3],
    [1, 7, 3],
    [1, 8, 3],
    [1, 7, 3],
    [conflict(modified, '/1', { base: 2, ours: 7, theirs: 8 })]
  ],
  [
    'by value: ours deleted the element that theirs changed',
    [1, 2, 3],
    [1, 3],
    [1, 8, 3],
    [1, 3],
    [conflict(byUs, '/1', { base: 2, ours: none, theirs: 8 })]
  ],
  [
    'by value: theirs deleted the element that ours changed',
    [1, 2, 3],
    [1, 8, 3],
    [1, 3],
    [1, 8, 3],
    [conflict(byThem, '/1', { base: 2, ours: 8, theirs: none })]
  ],
  [
    'by value: an element that ours moved stays moved',
    ['a', 'b', 'c', 'd'],
    ['d', 'a', 'b', 'c'],
    ['a', 'b', 'c', 'd', 'e'],
    ['d', 'a', 'b', 'c', 'e'],
    []
  ],
  [
    'by value: elements of objects without a key are merged in their places',
    [{ x: 1, y: 1 }],
    [{ x: 2, y: 1 }],
    [{ x: 1, y: 2 }],
    [{ x: 2, y: 2 }],
    []
  ],
  ['by value: repeated elements', [0, 0, 0], [0, 0, 0, 0], [0, 0, 0], [0, 0, 0, 0], []],
  [
    'by value: arrays in arrays',
    [[1], [2]],
    [[1, 5], [2]],
    [[1], [2, 6]],
    [
      [1, 5],
      [2, 6]
    ],
    []
  ],
  ['by value: everything deleted by ours, one appended by theirs', [1, 2], [], [1, 2, 3], [3], []],
  [
    'by key: different members of one element',
    [{ id: 1, x: 1, y: 1 }],
    [{ id: 1, x: 2, y: 1 }],
    [{ id: 1, x: 1, y: 2 }],
    [{ id: 1, x: 2, y: 2 }],
    []
  ],
  [
    'by key: one member of one element',
    [{ id: 1, x: 1 }],
    [{ id: 1, x: 2 }],
    [{ id: 1, x: 3 }],
    [{ id: 1, x: 2 }],
    [conflict(modified, '/0/x', { base: 1, ours: 2, theirs: 3 })]
  ],
  [
    'by key: moved by ours, changed by theirs',
    [
      { id: 1, x: 1 },
      { id: 2, x: 1 },
      { id: 3, x: 1 }
    ],
    [
      { id: 3, x: 1 },
      { id: 1, x: 1 },
      { id: 2, x: 1 }
    ],
    [
      { id: 1, x: 1 },
      { id: 2, x: 1 },
      { id: 3, x: 2 }
    ],
    [
      { id: 3, x: 2 },
      { id: 1, x: 1 },
      { id: 2, x: 1 }
    ],
    []
  ],
  [
    'by key: different elements moved',
    [{ id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }, { id: 5 }],
    [{ id: 5 }, { id: 1 }, { id: 2 }, { id: 3 }, { id: 4 }],
    [{ id: 2 }, { id: 3 }, { id: 1 }, { id: 4 }, { id: 5 }],
    [{ id: 5 }, { id: 2 }, { id: 3 }, { id: 1 }, { id: 4 }],
    []
  ],
  [
    'by key: both moved one element to one place',
    [{ id: 1 }, { id: 2 }, { id: 3 }],
    [{ id: 3 }, { id: 1 }, { id: 2 }],
    [{ id: 3 }, { id: 1 }, { id: 2 }],
    [{ id: 3 }, { id: 1 }, { id: 2 }],
    []
  ],
  [
    'by key: what either side turned round is turned round',
    [{ id: 1 }, { id: 2 }, { id: 3 }],
    [{ id: 2 }, { id: 3 }, { id: 1 }],
    [{ id: 3 }, { id: 1 }, { id: 2 }],
    [{ id: 3 }, { id: 2 }, { id: 1 }],
    []
  ],
  [
    'by key: orders that exclude each other are one conflict of the array: 2 before 1, 3 before 2, 1 before 3',
    [{ id: 1 }, { id: 2 }, { id: 3 }],
    [{ id: 2 }, { id: 1 }, { id: 3 }],
    [{ id: 1 }, { id: 3 }, { id: 2 }],
    [{ id: 2 }, { id: 1 }, { id: 3 }],
    [conflict(modified)]
  ],
  [
    'by key: deleted by ours, changed by theirs',
    [
      { id: 1, x: 1 },
      { id: 2, x: 1 }
    ],
    [{ id: 2, x: 1 }],
    [
      { id: 1, x: 2 },
      { id: 2, x: 1 }
    ],
    [{ id: 2, x: 1 }],
    [conflict(byUs, '/0', { base: { id: 1, x: 1 }, ours: none, theirs: { id: 1, x: 2 } })]
  ],
  [
    'by key: changed by ours, deleted by theirs',
    [
      { id: 1, x: 1 },
      { id: 2, x: 1 }
    ],
    [
      { id: 1, x: 2 },
      { id: 2, x: 1 }
    ],
    [{ id: 2, x: 1 }],
    [
      { id: 1, x: 2 },
      { id: 2, x: 1 }
    ],
    [conflict(byThem, '/0', { base: { id: 1, x: 1 }, ours: { id: 1, x: 2 }, theirs: none })]
  ],
  [
    'by key: moved by ours, deleted by theirs',
    [{ id: 1 }, { id: 2 }, { id: 3 }],
    [{ id: 3 }, { id: 1 }, { id: 2 }],
    [{ id: 1 }, { id: 2 }],
    [{ id: 3 }, { id: 1 }, { id: 2 }],
    [conflict(byThem, '/0', { base: { id: 3 }, ours: { id: 3 }, theirs: none })]
  ],
  [
    'by key: one element added by both, merged by its members',
    [{ id: 1 }],
    [{ id: 1 }, { id: 2, x: 1 }],
    [{ id: 1 }, { id: 2, y: 1 }],
    [{ id: 1 }, { id: 2, x: 1, y: 1 }],
    []
  ],
  [
    'by key: one element added by both, a member in conflict',
    [{ id: 1 }],
    [{ id: 1 }, { id: 2, x: 1 }],
    [{ id: 1 }, { id: 2, x: 2 }],
    [{ id: 1 }, { id: 2, x: 1 }],
    [conflict(added, '/1/x', { base: none, ours: 1, theirs: 2 })]
  ],
  [
    'by key: different elements added at one place, ours first',
    [{ id: 1 }],
    [{ id: 1 }, { id: 'b' }],
    [{ id: 1 }, { id: 'a' }],
    [{ id: 1 }, { id: 'b' }, { id: 'a' }],
    []
  ],
  [
    'by key: an element whose key ours changed is deleted and another added',
    [
      { id: 1, x: 1 },
      { id: 2, x: 1 }
    ],
    [
      { id: 1, x: 1 },
      { id: 7, x: 1 }
    ],
    [
      { id: 1, x: 1 },
      { id: 2, x: 2 }
    ],
    [
      { id: 1, x: 1 },
      { id: 7, x: 1 }
    ],
    [conflict(byUs, '/2', { base: { id: 2, x: 1 }, ours: none, theirs: { id: 2, x: 2 } })]
  ],
  [
    'by the member `key` where there is no `id`',
    [
      { key: 'a', x: 1 },
      { key: 'b', x: 1 }
    ],
    [
      { key: 'b', x: 1 },
      { key: 'a', x: 1 }
    ],
    [
      { key: 'a', x: 1 },
      { key: 'b', x: 2 }
    ],
    [
      { key: 'b', x: 2 },
      { key: 'a', x: 1 }
    ],
    []
  ]
]
