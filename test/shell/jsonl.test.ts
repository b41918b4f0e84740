/** `export jsonl` and `import jsonl`. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDB, type Ref } from '../../ts/index.js'
import { command, folder, histo, lines, shell } from './histo.js'

/** A database with a merge, bytes, a branch of its own and a remote head. */
async function made() {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  const a = await db.put({ 'key\u2028': 'a\u001b\u009b' })
  const b = await db.put(new Uint8Array([0, 255, 254]))
  const x = await db.branch('x').put([1, 2, 3], [a])
  const m = await db.put(null, [b, x])
  const own = await db.branch('own').put('root', [])
  await db.setRemoteHead('laptop', b)
  await db.close()
  return { cwd, a, b, x, m, own, file: join(cwd, 'all.jsonl') }
}

test('what is exported has ancestors first, then heads and remotes', async () => {
  const { cwd, a, b, x, m, own, file } = await made()
  expect(await lines(['export', 'jsonl', file], { cwd })).toEqual([`5 revisions in ${file}`])
  const values = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  const revisions = values.filter((value) => 'ancestors' in value)
  const at = new Map(revisions.map(({ ref }, place) => [ref as Ref, place]))
  expect([...at.keys()].toSorted()).toEqual([a, b, x, m, own].toSorted())
  for (const { ref, ancestors } of revisions) {
    for (const ancestor of ancestors) expect(at.get(ancestor)).toBeLessThan(at.get(ref) ?? -1)
  }
  expect(values.slice(revisions.length)).toEqual([
    { head: 'main', ref: m },
    { head: 'own', ref: own },
    { head: 'x', ref: x },
    { remote: 'laptop', ref: b }
  ])
  expect(existsSync(`${file}.part`)).toBe(false)
})

test('what is imported is the same database, by pipe too', async () => {
  const { cwd, file } = await made()
  await lines(['export', 'jsonl', file], { cwd })
  const copy = folder()
  const { code, err } = await shell(`histo export jsonl - | histo import jsonl - --db ${copy}`, {
    cwd
  })
  expect([code, err]).toEqual([0, ''])
  expect(await lines(['export', 'jsonl', '-', '--db', copy])).toEqual(
    readFileSync(file, 'utf8').trimEnd().split('\n')
  )
  const [told = ''] = await lines(['import', 'jsonl', file, '--db', copy, '--json'])
  expect(JSON.parse(told)).toMatchObject({ revisions: 5, remotes: { laptop: expect.any(String) } })
})

test.each([
  ['{"ref":"x"', 2, 'is not JSON: it ends at line 2, column 11'],
  ['{"ancestors":[]}', 2, 'line 2 of the standard input has no ref'],
  ['{"ref":"x","ancestors":[]}', 2, 'has neither data nor bytes'],
  ['{"ref":"x","data":1}', 2, 'has no list of ancestors'],
  ['{"ref":"x","ancestors":[],"data":1,"meta":7}', 2, 'line 2 of the standard input has a meta'],
  ['{"head":"","ref":"x"}', 2, 'has a head whose name no branch can have'],
  ['{"remote":"","ref":"x"}', 2, 'has a name that no remote can have'],
  [`{"ref":"${'0'.repeat(64)}","ancestors":[],"data":1}`, 1, 'line 2 of the standard input: rev'],
  [`{"ref":"x","ancestors":["${'0'.repeat(64)}"],"data":1}`, 1, ''],
  [`{"head":"main","ref":"${'0'.repeat(64)}"}`, 1, 'line 2 of the standard input: rev']
])('a wrong line is told: %s', async (line, code, message) => {
  const db = folder()
  const ended = await histo(['import', 'jsonl', '-', '--db', db], { input: `\n${line}\n` })
  expect(ended.err).toMatch(/^histo: [^\n]+\n$/)
  expect(ended.err).toContain(message)
  expect([ended.code, ended.out]).toEqual([code, ''])
  if (code === 1) expect(await lines(['branches', '--db', db])).toEqual([])
  else expect(existsSync(join(db, 'data.mdb'))).toBe(false)
})

test('a forged ref is told with its line and its code', async () => {
  const { file } = await made()
  const { cwd } = await made()
  await lines(['export', 'jsonl', file], { cwd })
  const [first = '', ...others] = readFileSync(file, 'utf8').split('\n')
  const forged = { ...JSON.parse(first), ref: '0'.repeat(64), ancestors: [] }
  writeFileSync(file, [first, JSON.stringify(forged), ...others].join('\n'))
  const args = ['import', 'jsonl', file, '--db', join(folder(), 'new'), '--json']
  const { code, err } = await histo(args)
  expect(code).toBe(1)
  expect(JSON.parse(err).error).toEqual({
    code: 'HISTO_CORRUPT',
    message: expect.stringMatching(/^line 2 of .* is forged: /)
  })
})

test('a wrong line ends the import, though more may come', async () => {
  const db = join(folder(), 'db')
  const child = spawn(process.execPath, [command, 'import', 'jsonl', '-', '--db', db])
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.write('x\n')
  expect(await once(child, 'exit')).toEqual([2, null])
})

test('an export that fails leaves no file', async () => {
  const { cwd, b, file } = await made()
  await lines(['erase', b, '--yes'], { cwd })
  writeFileSync(file, 'what was there')
  const { code, err } = await histo(['export', 'jsonl', file], { cwd })
  expect(err).toMatch(/^histo: [^\n]+erased[^\n]*\n$/)
  expect([code, readFileSync(file, 'utf8'), existsSync(`${file}.part`)]).toEqual([
    1,
    'what was there',
    false
  ])
  const unknown = await histo(['export', 'jsnl', file], { cwd })
  expect(unknown).toMatchObject({
    code: 2,
    err: "histo: histo export knows no 'jsnl'; it knows 'git' and 'jsonl'\n"
  })
})

test('many large lines go through a slow pipe without warnings', async () => {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  await db.putMany(Array.from({ length: 40 }, (_, at) => ({ data: String(at).repeat(100_000) })))
  await db.close()
  const { code, out, err } = await shell('histo export jsonl - | (sleep 1; wc -l)', { cwd })
  expect([code, out.trim(), err]).toEqual([0, '41', ''])
})

test('a file that cannot be read is told by its name, and no database is made for one that is not there', async () => {
  const cwd = folder()
  const missing = await histo(['import', 'jsonl', 'missing.jsonl', '--db', 'new'], { cwd })
  expect([missing.code, missing.err]).toEqual([
    1,
    'histo: missing.jsonl: no such file or directory\n'
  ])
  expect(existsSync(join(cwd, 'new'))).toBe(false)
  const directory = await histo(['import', 'jsonl', '.', '--db', 'new'], { cwd })
  expect([directory.code, directory.err]).toEqual([
    1,
    'histo: .: illegal operation on a directory\n'
  ])
  const put = await histo(['put', '.', '--db', 'new'], { cwd })
  expect([put.code, put.err]).toEqual([1, 'histo: .: illegal operation on a directory\n'])
})
