/** `undo`, `redo`, `oplog` and `completion`. */

import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { globalOptions } from '../../ts/shell/parse.js'
import { verbs } from '../../ts/shell/verbs.js'
import { folder, histo, lines, shell } from './histo.js'

test('undo takes moves back, redo makes them again, and oplog tells them', async () => {
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

test('bash completes verbs, options and branches', async () => {
  const cwd = folder()
  await lines(['put', '--db', cwd, '--branch', 'idea'], { input: '1' })
  const completed = async (...words: string[]) => {
    const at = words.length - 1
    const line = `eval "$(histo completion bash)"; COMP_WORDS=(${words.join(' ')}); COMP_CWORD=${at}; _histo; echo "\${COMPREPLY[@]}"`
    const { out, err } = await shell(line, { cwd })
    expect(err).toBe('')
    return out.trim()
  }
  expect(await completed('histo', 'me')).toBe('merge-base merge')
  expect(await completed('histo', '--db', 'x', 'put', '--b')).toBe('--branch --binary')
  expect(await completed('histo', 'show', 'i')).toBe('idea')
  expect(await completed('histo', 'import', 'g')).toBe('git')
})

test.each(['bash', 'zsh', 'fish'])(
  'the script for %s names every verb and option',
  async (name) => {
    const script = (await lines(['completion', name])).join('\n')
    for (const verb of verbs) {
      expect(script).toContain(verb.name)
      for (const option of Object.keys({ ...verb.options, ...globalOptions })) {
        expect(script).toMatch(new RegExp(`(--|-l )${option}\\b`))
      }
    }
    const checked = spawnSync(name, ['-n'], { input: script })
    expect(checked.error === undefined ? checked.stderr.toString() : '').toBe('')
  }
)

test('completion of another shell is misuse; names are empty where there is no database', async () => {
  expect(await histo(['completion', 'tcsh'])).toMatchObject({ code: 2 })
  expect(await lines(['completion', 'names'], { cwd: join(folder()) })).toEqual([])
})
