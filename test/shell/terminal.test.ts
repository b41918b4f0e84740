/** The command in a pseudo terminal of 60 columns: colour, widths, control characters. */

import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { uncoloured, widthOf } from '../../ts/shell/text.js'
import { actsOnTerminal, folder, hasTerminal, histo, inTerminal } from './histo.js'

const evil = '\u001b[2J\u0007\u009b31m\u202etxt.exe\r\n日本語 e\u0301 👍 '.repeat(5)

/** A database whose data, branches and meta are wide and hostile. */
async function hostile() {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  await db.put({ [evil]: evil, nested: [evil, { a: evil }] })
  await db.put({ [evil]: 'short', long: 'x'.repeat(200) })
  await db.branch('ветка-日本語-'.repeat(4)).put(new TextEncoder().encode(evil))
  await db.branch('bytes').put(new Uint8Array([0, 255, 1, 2]))
  await db.close()
  return cwd
}

test.runIf(hasTerminal)('no data controls the terminal', async () => {
  const cwd = await hostile()
  const branch = 'ветка-日本語-'.repeat(4)
  for (const args of [
    ['cat', 'main'],
    ['show'],
    ['show', 'main~1'],
    ['branches'],
    ['cat', branch]
  ]) {
    const { code, out } = inTerminal(args, { cwd })
    expect([args, code, actsOnTerminal(out)]).toEqual([args, 0, false])
  }
  const none = inTerminal(['cat', 'bytes'], { cwd })
  expect(none.out).toContain('4 bytes that are no text: histo cat bytes > FILE')
  expect(none.code).toBe(1)
})

test.runIf(hasTerminal)('what show prints is no wider than the terminal', async () => {
  const cwd = await hostile()
  const { out } = inTerminal(['show'], { cwd })
  const changes = out.split('\n').filter((line) => /^[+~>-] /.test(uncoloured(line)))
  expect(changes.length).toBeGreaterThan(1)
  expect(changes.filter((line) => widthOf(line) > 60)).toEqual([])
})

test.runIf(hasTerminal)('what changes prints is no wider than the terminal', async () => {
  const cwd = await hostile()
  const { out } = inTerminal(['changes', '/long'], { cwd })
  const values = uncoloured(out)
    .split('\n')
    .filter((line) => line.startsWith('  +'))
  expect(values.map(widthOf)).toEqual([60])
})

test.runIf(hasTerminal)(
  'there is colour on a terminal, except with NO_COLOR or --color=never',
  async () => {
    const cwd = await hostile()
    const hasColour = (args: string[], env: Record<string, string> = {}) =>
      inTerminal(args, { cwd, env }).out.includes('\u001b[')
    expect(hasColour(['branches'])).toBe(true)
    expect(hasColour(['branches'], { NO_COLOR: '1' })).toBe(false)
    expect(hasColour(['branches', '--color=never'])).toBe(false)
    expect(hasColour(['branches'], { TERM: 'dumb' })).toBe(false)
    expect(hasColour(['branches', '--json'])).toBe(false)
    expect((await histo(['branches'], { cwd })).out).not.toContain('\u001b[')
    expect((await histo(['branches', '--color', 'always'], { cwd })).out).toContain('\u001b[')
  }
)

test.runIf(hasTerminal)('help is no wider than the terminal', () => {
  for (const verb of ['', 'put', 'import', 'serve', 'smartlog']) {
    const { out } = inTerminal(['help', ...(verb === '' ? [] : [verb])])
    const wide = uncoloured(out)
      .split('\n')
      .filter((line) => widthOf(line) > 60)
    expect([verb, wide.filter((line) => !line.startsWith('  echo '))]).toEqual([verb, []])
  }
})

test.runIf(hasTerminal)('JSON can be typed', async () => {
  const cwd = folder()
  const { out, code } = inTerminal(['put', '--db', cwd], { typed: '{"a":1}\n\u0004' })
  expect(out).toContain('Type JSON; control-D ends it.')
  expect([code, (await histo(['cat', 'main', '--json'], { cwd })).out]).toEqual([0, '{"a":1}\n'])
})
