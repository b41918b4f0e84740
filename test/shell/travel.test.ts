/** `undo`, `redo` and `oplog`. */

import { expect, test } from 'vitest'
import { folder, histo, lines } from './histo.js'

test('undo takes moves back, redo repeats them, and oplog lists them', async () => {
  const cwd = folder()
  const [first = ''] = await lines(['put', '--db', cwd], { input: '1' })
  const [second = ''] = await lines(['put'], { cwd, input: '2' })
  const [one, two] = [first.slice(0, 10), second.slice(0, 10)]
  expect(await lines(['undo'], { cwd })).toEqual([`main is ${one} (was ${two})`])
  expect(await lines(['undo', '--json'], { cwd })).toEqual([
    JSON.stringify({ branch: 'main', ref: null, previous: first })
  ])
  const none = await histo(['undo'], { cwd })
  expect([none.code, none.out]).toEqual([1, ''])
  expect(await lines(['redo', '--steps', '2'], { cwd })).toEqual([
    `main is ${two} (was without a head)`
  ])
  await lines(['set-head', 'main', '--branch', 'idea'], { cwd })
  await lines(['delete-branch', 'idea'], { cwd })
  expect(await lines(['undo', '--branch', 'idea'], { cwd })).toEqual([
    `idea is ${two} (was without a head)`
  ])
  const moves = await lines(['oplog', '-n', '3'], { cwd })
  expect(moves.map((line) => line.slice(17))).toEqual([
    `idea undo (none) → ${two}`,
    `idea delete ${two} → (none)`,
    `idea setHead (none) → ${two}`
  ])
  const json = (await lines(['oplog', '--branch', 'main', '--json'], { cwd })).map((line) =>
    JSON.parse(line)
  )
  expect(json.map(({ action }) => action)).toEqual(['redo', 'undo', 'undo', 'put', 'put'])
  expect(json[0]).toMatchObject({ branch: 'main', from: null, to: second, steps: 2 })
})
