/** The command line by itself: help, misuse, exit codes, errors. */

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { globalOptions, parse } from '../../ts/shell/parse.js'
import { widthOf } from '../../ts/shell/text.js'
import { verbs } from '../../ts/shell/verbs.js'
import { workOf } from '../../ts/shell/works.js'
import { read } from '../support/project.js'
import { folder, histo, lines } from './histo.js'

const manifest = JSON.parse(read('package.json')) as { version: string; bin: object }

test('both names of the command lead to one program', () => {
  const program = './dist/shell/histo.js'
  expect(manifest.bin).toEqual({ histo: program, 'histo-revisions': program })
})

test('--version prints the version of the package, anywhere in the command line', async () => {
  expect(await lines(['--version'])).toEqual([manifest.version])
  expect(await lines(['put', '--version'])).toEqual([manifest.version])
})

test('every verb has a description, an example and a help page', async () => {
  for (const verb of verbs) {
    expect(await workOf(verb.name)).toBeTypeOf('function')
    expect(verb.examples.length).toBeGreaterThan(0)
    expect(verb.says.length).toBeLessThan(64)
    const page = await lines(['help', verb.name])
    for (const [line] of verb.examples) expect(page).toContain(`  ${line}`)
  }
}, 60_000)

test('an option has one type and one letter in all verbs, and none is a global one', () => {
  const kinds = new Map<string, string>()
  const letters = new Map<string, Set<string>>()
  for (const { options = {} } of verbs) {
    for (const [name, { type, short }] of Object.entries(options)) {
      expect(globalOptions).not.toHaveProperty(name)
      expect(kinds.get(name) ?? `${type} ${short}`).toBe(`${type} ${short}`)
      kinds.set(name, `${type} ${short}`)
      if (short !== undefined) letters.set(short, new Set([...(letters.get(short) ?? []), name]))
    }
  }
  expect([...letters].filter(([, names]) => names.size > 1)).toEqual([])
})

test('the examples of help are command lines that parse', () => {
  const examples = verbs.flatMap(({ examples }) => examples.map(([line]) => line))
  for (const line of examples) {
    const [, words = ''] = /(?:^|\| |&& )histo([^|>&]*)/.exec(line) ?? []
    const args = words.match(/'[^']*'|"[^"]*"|\S+/g) ?? []
    expect(() => parse(args.map((word) => word.replace(/^['"]|['"]$/g, '')))).not.toThrow()
  }
})

test('help has lines of at most 80 columns and lists every verb', async () => {
  const page = await lines(['--help'])
  expect(page.filter((line) => widthOf(line) > 80)).toEqual([])
  const listed = page.flatMap((line) => /^ {2}([a-z][a-z-]*) {2,}/.exec(line)?.[1] ?? [])
  expect(listed).toEqual(verbs.map(({ name }) => name))
  expect(await lines(['help'])).toEqual(page)
})

test('-h after a verb prints its help page', async () => {
  expect(await lines(['put', '-h'])).toEqual(await lines(['help', 'put']))
})

test.each([
  [['brnches'], "histo has no verb 'brnches'; the nearest is 'branches'"],
  [['put', '--mesage', 'x'], 'histo put has no option --mesage; the nearest is --message'],
  [['put', '--jsn'], 'histo put has no option --jsn; the nearest is --json'],
  [['branches', '-m', 'x'], "histo branches has no option -m ('histo help branches' lists all)"],
  [['help', 'nope'], "histo has no verb 'nope' ('histo help' lists all)"],
  [['psuh', 'x'], "histo has no verb 'psuh'; the nearest is 'push'"],
  [['log', '-z'], "histo log has no option -z ('histo help log' lists all)"],
  [['--vers'], 'histo has no option --vers; the nearest is --version'],
  [['export', 'csv', 'x'], "histo export knows no 'csv'; it knows 'git' and 'jsonl'"],
  [['log', '-n', 'x'], "-n must be a whole number, not 'x'"],
  [['log', '--limit', 'x'], "--limit must be a whole number, not 'x'"],
  [['undo', '--steps', '0'], "--steps must be a whole number of at least 1, not '0'"],
  [['serve', '--port=65536'], "--port must be a whole number up to 65535, not '65536'"],
  [['put', '-m'], '-m needs a value: -m TEXT'],
  [['put', '-m', '--binary'], '-m needs a value'],
  [['put', '--binary=yes'], '--binary takes no value'],
  [['merge-base', 'main'], 'histo merge-base needs more: histo merge-base <a> <b>'],
  [['verify', 'main'], "histo verify takes no 'main': histo verify"],
  [['branches', '--color', 'blue'], '--color is always, never or auto'],
  [['branches', '--db', ''], '--db is empty'],
  [
    ['branches', '--db', 'ftp://x/y'],
    'a database is a folder, postgres://… or http://…, not ftp://'
  ],
  [['verify', '--db', 'http://127.0.0.1:1'], 'histo verify does not work over HTTP; run it'],
  [['compact', '--db', 'postgres://127.0.0.1:1/x'], 'histo compact works over a folder']
])('misuse ends with 2 and one line: %s', async (args, message) => {
  const { code, out, err } = await histo(args, { cwd: folder() })
  expect(err).toContain(`histo: ${message}`)
  expect(err.split('\n')).toHaveLength(2)
  expect([code, out]).toEqual([2, ''])
})

test('an error has no stack but with --debug, and is JSON with --json', async () => {
  const cwd = folder()
  await histo(['put', '--db', cwd], { input: '1' })
  const plain = await histo(['cat', 'nix'], { cwd })
  expect(plain).toMatchObject({
    code: 1,
    out: '',
    err: "histo: no revision, branch or remote is named 'nix'\n"
  })
  const debug = await histo(['cat', 'nix', '--debug'], { cwd })
  expect(debug.err).toMatch(/\n +at /)
  const json = await histo(['--json', 'cat', 'nix'], { cwd })
  expect(JSON.parse(json.err)).toEqual({
    error: { code: 'HISTO_NOT_FOUND', message: "no revision, branch or remote is named 'nix'" }
  })
})

test('no verb creates anything in the working folder', async () => {
  const cwd = folder()
  for (const args of [['put'], ['branches'], ['verify'], ['set-head', 'x']]) {
    const { code, err } = await histo(args, { cwd, input: '1' })
    expect(err).toContain(`there is no database in ${cwd}`)
    expect(code).toBe(1)
  }
  expect(readdirSync(cwd)).toEqual([])
})

test('--db takes precedence over HISTO_DB, and that over the working folder', async () => {
  const [cwd, other] = [folder(), folder()]
  const env = { HISTO_DB: join(other, 'two') }
  await lines(['put', '--db', cwd], { input: '1' })
  await lines(['put'], { cwd, env, input: '2' })
  expect(await lines(['cat', 'main'], { cwd, env })).toEqual(['2'])
  expect(await lines(['cat', 'main', '--db', cwd], { env })).toEqual(['1'])
  expect(await lines(['--db', '.', 'cat', 'main'], { cwd, env })).toEqual(['1'])
})

test('a file is not a database, and a folder without a database is an error', async () => {
  const cwd = folder()
  writeFileSync(join(cwd, 'file'), 'text')
  mkdirSync(join(cwd, 'empty'))
  const file = await histo(['branches', '--db', join(cwd, 'file')])
  expect(file.err).toContain('is a file; a database is a folder')
  const empty = await histo(['branches', '--db', join(cwd, 'empty')])
  expect(empty.err).toContain('there is no database in')
  expect([file.code, empty.code]).toEqual([1, 1])
})
