/** Any JSON, and JSON that is a small change of other JSON. */

import fc from 'fast-check'

/** Values as they come back from a database: no negative zero, no `__proto__`, which other judges refuse. */
export const values: fc.Arbitrary<unknown> = fc
  .jsonValue({ maxDepth: 4, stringUnit: 'grapheme' })
  .map((value): unknown => JSON.parse(JSON.stringify(value)))
  .filter((value) => !JSON.stringify(value).includes('__proto__'))

const scalars = fc.constantFrom<unknown>(null, true, 0, 1, 'a', 'b/~', 'é"\\')

/** Small values of few kinds, so that two of them have much in common. */
export const similar: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 6 }),
    fc.uniqueArray(fc.record({ id: fc.integer({ min: 0, max: 9 }), x: tie('value') }), {
      maxLength: 6,
      selector: ({ id }) => id
    }),
    fc.dictionary(fc.constantFrom('a', 'b', 'c', 'id', 'é', '/', '~1', ''), tie('value'), {
      maxKeys: 5,
      noNullPrototype: true
    })
  )
})).value
