/** `log`, `smartlog`, `diff` and `changes` at a shell. */

import { expect, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { uncoloured, widthOf } from '../../ts/shell/text.js'
import { folder, hasTerminal, histo, inTerminal, lines, shell } from './histo.js'

/** A database with a merge, an open side and a remote head. */
async function made() {
  const cwd = folder()
  const db = createDB<{ title: string }>({ path: cwd })
  const a = await db.put({ title: 'a' })
  const b = await db.put({ title: 'b' })
  const idea = db.branch('idea')
  const i = await idea.put({ title: 'i' }, [a])
  const m = await db.put({ title: 'm' }, [b, i])
  const j = await idea.put({ title: 'j' })
  await db.setRemoteHead('laptop', b)
  await db.close()
  return { cwd, a, b, i, j, m }
}

test('log draws all heads with their names, newest first', async () => {
  const { cwd, a, b, i, j, m } = await made()
  const [sa, sb, si, sj, sm] = [a, b, i, j, m].map((ref) => ref.slice(0, 10))
  expect(await lines(['log'], { cwd })).toEqual([
    `●    ${sm} main`,
    '├─╮  {"title":"m"}',
    `│ │ ●  ${sj} idea`,
    '│ ├─╯  {"title":"j"}',
    `│ ○  ${si}`,
    '│ │  {"title":"i"}',
    `● │  ${sb} remotes/laptop`,
    '├─╯  {"title":"b"}',
    `○  ${sa}`,
    '   {"title":"a"}'
  ])
  expect(await lines(['log', 'idea', '--oneline', '-n1'], { cwd })).toEqual([
    `●  ${sj} idea {"title":"j"}`,
    '~'
  ])
})

test('log --json prints one revision per line', async () => {
  const { cwd, a, b, m, i } = await made()
  const found = (await lines(['log', 'main', '--json'], { cwd })).map((line) => JSON.parse(line))
  expect(found).toEqual([
    { ref: m, ancestors: [b, i], branches: ['main'], remotes: [] },
    { ref: i, ancestors: [a], branches: [], remotes: [] },
    { ref: b, ancestors: [a], branches: [], remotes: ['laptop'] },
    { ref: a, ancestors: [], branches: [], remotes: [] }
  ])
})

test('histo alone is the smartlog', async () => {
  const { cwd, m } = await made()
  const alone = await lines([], { cwd })
  expect(alone[0]).toBe(`●    ${m.slice(0, 10)} main`)
  expect(await lines(['smartlog'], { cwd })).toEqual(alone)
})

test('an empty database is said to have no revision yet', async () => {
  const cwd = folder()
  await createDB({ path: cwd }).close()
  for (const args of [[], ['log'], ['smartlog', '--json']]) {
    expect(await histo(args, { cwd })).toMatchObject({
      code: 0,
      out: '',
      err: 'histo: there is no revision yet\n'
    })
  }
  expect(await histo(['show'], { cwd })).toMatchObject({
    code: 1,
    err: "histo: the branch 'main' has no revision yet\n"
  })
})

test('erased revisions are drawn and marked', async () => {
  const { cwd, b } = await made()
  await lines(['erase', b, '--yes'], { cwd })
  expect((await lines(['log', '--oneline', b], { cwd }))[0]).toBe(
    `●  ${b.slice(0, 10)} remotes/laptop (erased)`
  )
})

test('show prints what is left of an erased revision, and fails', async () => {
  const { cwd, a, b } = await made()
  await lines(['erase', b, '--yes'], { cwd })
  const { code, out, err } = await histo(['show', b], { cwd })
  expect(out).toBe(`revision  ${b}\nancestor  ${a}\n`)
  expect(err).toMatch(/^histo: [^\n]*erased[^\n]*\n$/)
  expect(code).toBe(1)
})

test('diff and changes print paths, and JSON', async () => {
  const { cwd, a, b } = await made()
  expect(await lines(['diff', a, b], { cwd })).toEqual(['~ /title  "a" → "b"'])
  expect(await lines(['diff', a, b, '--json'], { cwd })).toEqual([
    '{"op":"replace","path":"/title","value":"b"}'
  ])
  expect(await lines(['diff', a, a], { cwd })).toEqual(['the data is the same'])
  expect(await lines(['changes', '/title', b], { cwd })).toEqual([
    `${b.slice(0, 10)} remotes/laptop`,
    '  ~ /title  "a" → "b"',
    a.slice(0, 10),
    '  + /title  "a"'
  ])
  expect(await lines(['changes', '/title', b, '-n', '1', '--json'], { cwd })).toEqual([
    JSON.stringify({ ref: b, before: 'a', after: 'b' })
  ])
  expect(await histo(['changes', 'title'], { cwd })).toMatchObject({ code: 2 })
})

test('values that are added, removed or moved are printed with their paths', async () => {
  const cwd = folder()
  const put = (data: unknown) => lines(['put', '--db', cwd], { input: JSON.stringify(data) })
  await put({
    list: [
      { id: 1, n: 'one' },
      { id: 2, n: 'two' }
    ],
    gone: { a: [], b: null }
  })
  await put({
    list: [
      { id: 2, n: 'two' },
      { id: 1, n: 'one' }
    ],
    'new/~': { x: {} }
  })
  expect(await lines(['show'], { cwd })).toEqual(
    expect.arrayContaining([
      '- /gone  {"a":[],"b":null}',
      '+ /new~1~0/x  {}',
      expect.stringMatching(/^> \/list\/\d {2}from \/list\/\d$/)
    ])
  )
  expect((await lines(['changes', '/gone/b'], { cwd }))[1]).toBe('  - /gone/b  null')
})

test.runIf(hasTerminal)('nothing is wider than a terminal of 60 columns', async () => {
  const cwd = folder()
  const db = createDB<string>({ path: cwd })
  const root = await db.put('日本語 '.repeat(40))
  const tips = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      db.branch(`ветка ${at}`).put('👍 '.repeat(50) + at, [root])
    )
  )
  await db.put('e\u0301'.repeat(90), tips)
  await db.close()
  for (const args of [['log'], ['log', '--oneline'], []]) {
    const { out, code } = inTerminal(args, { cwd })
    const drawn = uncoloured(out).split('\n')
    expect([code, drawn.filter((line) => widthOf(line) > 60)]).toEqual([0, []])
    expect(drawn.length).toBeGreaterThan(40)
  }
})

test('a history of 100,000 revisions is drawn while it is read, and reading stops when the output closes', async () => {
  const cwd = folder()
  const db = createDB<number>({ path: cwd, durability: 'relaxed' })
  for (let at = 0; at < 100_000; at += 10_000) {
    await db.putMany(Array.from({ length: 10_000 }, (_, n) => ({ data: at + n })))
  }
  await db.close()
  const { code, out, err } = await shell('histo log | head -n 5', { cwd })
  expect([code, err, out.split('\n').length]).toEqual([0, '', 6])
  expect(await lines(['log', '--oneline', '-n', '10'], { cwd })).toHaveLength(11)
})
