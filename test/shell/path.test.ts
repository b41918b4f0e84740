/** The verbs over a folder, in pipes. */

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { createDB } from '../../ts/index.js'
import { folder, hasTerminal, histo, inTerminal, lines, shell } from './histo.js'

/** A database with a fork: `main` and `idea` continue from one revision. */
async function forked() {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  const first = await db.put({ title: 'first', list: [1, 2] })
  const main = await db.put({ title: 'second', list: [1, 2] })
  const idea = await db.branch('idea').put({ title: 'first', list: [1, 2, 3] }, [first])
  await db.close()
  return { cwd, first, main, idea }
}

test('put prints the ref, and cat prints the data', async () => {
  const cwd = folder()
  const [ref] = await lines(['put', '--db', cwd], { input: '{"b":[1,{"c":null}],"a":"x"}' })
  expect(ref).toMatch(/^[\da-f]{64}$/)
  expect(await lines(['cat', 'main', '--json'], { cwd })).toEqual(['{"a":"x","b":[1,{"c":null}]}'])
  expect(await lines(['cat', `${ref?.slice(0, 8)}:/b/1`], { cwd })).toEqual([
    '{',
    '  "c": null',
    '}'
  ])
  const file = join(cwd, 'data.json')
  writeFileSync(file, '"from a file"')
  await lines(['put', file, '--branch', 'other'], { cwd })
  expect(await lines(['cat', 'other'], { cwd })).toEqual(['"from a file"'])
})

test('put refuses text that is not JSON or not UTF-8, and says where it is wrong', async () => {
  const cwd = folder()
  const db = join(cwd, 'new')
  const json = await histo(['put', '--db', db], { input: '{"a":\n 1,,}' })
  expect(json.err).toBe('histo: the standard input is not JSON: there is "," at line 2, column 4\n')
  const bytes = await histo(['put', '--db', db], { input: new Uint8Array([0xff]) })
  expect(bytes.err).toContain('is not UTF-8; --binary')
  expect([json.code, bytes.code]).toEqual([2, 2])
  expect(await histo(['branches', '--db', db])).toMatchObject({ code: 1 })
})

test('bytes come out of a pipe as they went in', async () => {
  const cwd = folder()
  const input = Uint8Array.from({ length: 100_000 }, (_, at) => at % 256)
  await lines(['put', '--binary', '--db', cwd], { input })
  const { bytes, code } = await histo(['cat', 'main'], { cwd })
  expect([bytes.equals(input), code]).toEqual([true, 0])
  const [json = ''] = await lines(['cat', 'main', '--json'], { cwd })
  expect(Buffer.from(JSON.parse(json).bytes, 'base64').equals(input)).toBe(true)
  expect((await histo(['cat', 'main:/a'], { cwd })).err).toContain('main is binary')
})

test('branches, remotes, merge-base and set-head print and move heads', async () => {
  const { cwd, first, main, idea } = await forked()
  expect(await lines(['branches'], { cwd })).toEqual([
    `${idea.slice(0, 10)}  idea`,
    `${main.slice(0, 10)}  main`
  ])
  expect(await lines(['branches', 'id', '--json'], { cwd })).toEqual([
    JSON.stringify({ branch: 'idea', ref: idea })
  ])
  expect(await lines(['remotes'], { cwd })).toEqual([])
  expect(await lines(['merge-base', 'main', 'idea'], { cwd })).toEqual([first])
  expect(await lines(['set-head', 'main~1', '--json'], { cwd })).toEqual([
    JSON.stringify({ branch: 'main', ref: first, previous: main })
  ])
  expect(await lines(['set-head', main, '--branch', 'new'], { cwd })).toEqual([
    `new is ${main.slice(0, 10)} (new)`
  ])
  expect(await lines(['delete-branch', 'new'], { cwd })).toEqual([`new is deleted; it was ${main}`])
  expect(await histo(['delete-branch', 'new'], { cwd })).toMatchObject({ code: 1 })
  const [other = ''] = await lines(['put', '--branch', 'root'], { cwd, input: '1' })
  expect(await histo(['merge-base', 'main', other], { cwd })).toMatchObject({ code: 1, out: '' })
})

test('merge merges as JSON; a conflict is printed, exits with 1 and changes nothing', async () => {
  const { cwd, main, idea } = await forked()
  const [merged = ''] = await lines(['merge', 'idea', '--json'], { cwd })
  expect(JSON.parse(merged)).toMatchObject({ kind: 'merge', branch: 'main' })
  expect(JSON.parse((await lines(['cat', 'main', '--json'], { cwd }))[0] ?? '')).toEqual({
    title: 'second',
    list: [1, 2, 3]
  })
  const [shownMerge = ''] = await lines(['show', '--json'], { cwd })
  expect(JSON.parse(shownMerge).ancestors).toEqual([main, idea])
  expect(await lines(['merge', 'idea'], { cwd })).toEqual(['main has it already'])
  await lines(['put', '--branch', 'idea'], { cwd, input: '{"title":"theirs"}' })
  await lines(['put'], { cwd, input: '{"title":"ours"}' })
  const [head] = await lines(['branches', 'main'], { cwd })
  const conflict = await histo(['merge', 'idea'], { cwd })
  expect(conflict.out).toContain('both modified /title')
  expect(conflict.out).toContain('  theirs "theirs"')
  expect([conflict.code, conflict.err]).toEqual([
    1,
    'histo: the merge has conflicts; nothing was changed\n'
  ])
  expect(await lines(['branches', 'main'], { cwd })).toEqual([head])
})

test('show prints what a revision changed, by path', async () => {
  const { cwd, first, main } = await forked()
  expect(await lines(['show', 'main'], { cwd })).toEqual([
    `revision  ${main}`,
    `ancestor  ${first}`,
    '',
    '~ /title  "first" → "second"'
  ])
  expect((await lines(['show', first], { cwd })).slice(2)).toEqual([
    '+ /list  [1,2]',
    '+ /title  "first"'
  ])
})

test('verify exits with 0 if all is well, and with 1 otherwise', async () => {
  const { cwd } = await forked()
  expect(await lines(['verify'], { cwd })).toEqual(['3 revisions, 93 bytes: all is well'])
  const path = folder()
  const db = createDB<unknown>({ path })
  const ref = await db.put('a sentence that is looked for in the file')
  await db.close()
  const file = join(path, 'data.mdb')
  const bytes = readFileSync(file)
  bytes.write('A', bytes.indexOf('a sentence that is looked for'))
  writeFileSync(file, bytes)
  const bad = await histo(['verify'], { cwd: path })
  expect(bad.out).toContain(`damaged ${ref}\n`)
  expect(bad.code).toBe(1)
  const [line = ''] = (await histo(['verify', '--json'], { cwd: path })).out.split('\n')
  expect(JSON.parse(line)).toMatchObject({ ok: false, damaged: [ref] })
  expect(await histo(['cat', 'main'], { cwd: path })).toMatchObject({ code: 1, out: '' })
  expect(await lines(['log', '--oneline'], { cwd: path })).toEqual([
    `●  ${ref.slice(0, 10)} main (damaged)`
  ])
})

test('backup makes a database, but not where there is one', async () => {
  const { cwd, main } = await forked()
  const copy = join(folder(), 'copy')
  expect((await lines(['backup', copy], { cwd }))[0]).toContain('3 revisions')
  expect(await lines(['branches', 'main', '--db', copy])).toEqual([`${main.slice(0, 10)}  main`])
  expect(await histo(['backup', copy], { cwd })).toMatchObject({ code: 1, out: '' })
})

test('rescue saves what is intact in a file that does not open, with heads at the tips', async () => {
  const { cwd, main, idea } = await forked()
  const [broken, path] = [folder(), join(folder(), 'new')]
  copyFileSync(join(cwd, 'data.mdb'), join(broken, 'data.mdb'))
  const bytes = readFileSync(join(broken, 'data.mdb'))
  writeFileSync(join(broken, 'data.mdb'), bytes.fill(0, 0, 8192)) // both meta pages
  const closed = await histo(['branches'], { cwd: broken })
  expect(closed.err).toMatch(/^histo: .*\n$/)
  expect(closed.code).toBe(1)
  const [line = ''] = await lines(['rescue', broken, path, '--json'])
  const { revisions, heads } = JSON.parse(line)
  expect(revisions).toBe(3)
  expect(Object.keys(heads).toSorted()).toEqual(['rescued/1', 'rescued/2'])
  expect(Object.values(heads).toSorted()).toEqual([main, idea].toSorted())
  expect(await histo(['rescue', broken, path])).toMatchObject({ code: 1, out: '' })
  const missing = join(folder(), 'none')
  expect(await histo(['rescue', missing, join(missing, 'x')])).toMatchObject({ code: 1 })
})

test('a truncated file and a foreign file are reported in one line', async () => {
  const { cwd } = await forked()
  truncateSync(join(cwd, 'data.mdb'), 5000)
  const foreign = folder()
  writeFileSync(join(foreign, 'data.mdb'), 'something else')
  for (const place of [cwd, foreign]) {
    const { code, err, out } = await histo(['branches'], { cwd: place })
    expect(err).toMatch(/^histo: [^\n]+\n$/)
    if (place === cwd) expect(err).toContain("; 'histo rescue' copies what is intact")
    expect([code, out]).toEqual([1, ''])
  }
  const path = join(folder(), 'none')
  const nothing = await histo(['rescue', foreign, path])
  const told = `histo: no intact revision is in ${foreign}\n`
  expect([nothing.code, nothing.err, existsSync(path)]).toEqual([1, told, false])
})

test('prune --dry-run only reports; without a terminal prune requires --yes', async () => {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  await db.put('reached')
  await db.put('not reached', [], { moveHead: false })
  await db.prune({ grace: 0 })
  await db.close()
  const [dry = ''] = await lines(['prune', '--dry-run', '--json'], { cwd })
  expect(JSON.parse(dry)).toEqual({ deleted: 0, waiting: 1, bytes: 0, dryRun: true })
  expect(await lines(['prune', '--dry-run'], { cwd })).toEqual([
    '0 revisions, 0 bytes, would be deleted',
    '1 revision that nothing reaches waits for the 30 days to end'
  ])
})

test('prune --dry-run names what would be deleted, and deletes nothing', async () => {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  const first = await db.put('not reached', [], { moveHead: false })
  const second = await db.put('on top', [first], { moveHead: false })
  const clock = vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 40 * 86_400_000)
  await db.prune().finally(() => clock.mockRestore())
  await db.close()
  const summary = { deleted: 2, waiting: 0, bytes: 21, dryRun: true }
  for (let time = 0; time < 2; time += 1) {
    expect(await lines(['prune', '--dry-run'], { cwd })).toEqual([
      second,
      first,
      '2 revisions, 21 bytes, would be deleted'
    ])
  }
  const told = await lines(['prune', '--dry-run', '--json'], { cwd })
  expect(told.map((line) => JSON.parse(line))).toEqual([{ ref: second }, { ref: first }, summary])
})

test('without a terminal erase requires --yes, and then erases', async () => {
  const { cwd, first } = await forked()
  const asked = await histo(['erase', first], { cwd })
  expect(asked.err).toContain('will be erased for good. Nobody can be asked here: --yes agrees')
  expect([asked.code, (await histo(['cat', first], { cwd })).code]).toEqual([2, 0])
  await lines(['erase', first, '--yes'], { cwd })
  const gone = await histo(['cat', first], { cwd })
  expect([gone.code, gone.out]).toEqual([1, ''])
  const [sizes = ''] = await lines(['compact', '--json'], { cwd })
  expect(Object.keys(JSON.parse(sizes))).toEqual(['before', 'after'])
})

test.runIf(hasTerminal)('on a terminal the user is asked, and can say no', async () => {
  const { cwd, first } = await forked()
  const no = inTerminal(['erase', first], { cwd, typed: 'n\n' })
  expect(no.out).toContain('Go on? [y/N]')
  expect([no.code, (await histo(['cat', first], { cwd })).code]).toEqual([1, 0])
  const yes = inTerminal(['erase', first], { cwd, typed: 'y\n' })
  expect([yes.code, (await histo(['cat', first], { cwd })).code]).toEqual([0, 1])
})

test('verbs that need the database alone say that another process has it open', async () => {
  const { cwd } = await forked()
  const db = await createDB({ path: cwd }).ready()
  const { code, err } = await histo(['compact'], { cwd })
  await db.close()
  expect(err).toMatch(/^histo: [^\n]+\n$/)
  expect(code).toBe(1)
})

test('if the reader of the output closes, the command ends quietly', async () => {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  await db.put(Array.from({ length: 100_000 }, (_, at) => `line ${at}`))
  for (let at = 0; at < 3000; at += 1) void db.branch(`b${at}`).setHead(db.head() ?? '')
  await db.close()
  const { code, err } = await shell('histo branches | head -n 1', { cwd })
  expect([code, err]).toEqual([0, ''])
  const cat = await shell('histo cat main | head -c 10', { cwd })
  expect([cat.code, cat.err, cat.out.length]).toEqual([0, '', 10])
})

test('files and folders that cannot be read or created are an error', async () => {
  const { cwd } = await forked()
  const { code, err } = await histo(['put', 'no-such-file'], { cwd })
  expect(err).toMatch(/^histo: [^\n]*no-such-file[^\n]*\n$/)
  expect(code).toBe(1)
  mkdirSync(join(cwd, 'sub'))
  writeFileSync(join(cwd, 'sub', 'file'), '')
  const backup = await histo(['backup', join('sub', 'file', 'x')], { cwd })
  expect(backup.err).toMatch(/^histo: [^\n]+\n$/)
  expect(backup.code).toBe(1)
})
