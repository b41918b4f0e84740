/** Messages say what to do next, and why nothing is printed. */

import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createListener } from '../../ts/http-entry.js'
import { createDB } from '../../ts/index.js'
import { folder, hasTerminal, histo, inTerminal, lines, shell } from './histo.js'

/** A database with two revisions on `main`, and another root on `other`. */
async function written() {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  const first = await db.put({ title: 'first' })
  await db.put({ title: 'second' })
  await db.branch('other').put({ title: 'other' }, [])
  await db.close()
  return { cwd, first }
}

/** Listens until the test ends; the address. */
async function listening(answers: RequestListener): Promise<string> {
  const server = createServer(answers).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

test.each([
  ['show main:/title', "named 'main:/title'; 'histo cat' takes a pointer"],
  ['diff main: other', "named 'main:'; 'histo cat' takes a pointer"],
  ['diff main', 'histo diff needs more: histo diff <from> <to>'],
  ['verify main', "histo verify takes no 'main': histo verify"],
  ['log main other', "histo log takes no 'other': histo log [ref]"],
  ['put', 'the standard input is empty; it must be JSON'],
  ['show --db empty', "the branch 'main' has no revision yet"],
  ['pull 127.0.0.1:4680', 'a server begins with http:// or https://: http://127.0.0.1:4680'],
  ['log --db http:/localhost:1/a', 'begins with http:// or https://: http://localhost:1/a'],
  ['log --db foreign', "; if it was one, 'histo rescue' copies what is intact"]
])('histo %s', async (line, message) => {
  const { cwd } = await written()
  await createDB({ path: join(cwd, 'empty') }).close()
  const foreign = join(cwd, 'foreign')
  await createDB({ path: foreign }).close()
  writeFileSync(join(foreign, 'data.mdb'), 'x'.repeat(20_000))
  const { err } = await histo(line.split(' '), { cwd, input: ' \n' })
  expect(err).toContain(message)
  expect(err).toMatch(/^histo: [^\n]+\n$/)
})

test('a server that refuses is told with what it wants', async () => {
  const { cwd } = await written()
  const db = await createDB<unknown>({ path: cwd }).ready()
  onTestFinished(() => db.close())
  const reads = await listening(createListener(db, { branches: true }))
  const local = folder()
  await lines(['put', '--db', local], { input: '1' })
  const push = await histo(['push', reads, '--db', local])
  expect(push.err).toMatch(/: not allowed: write; 'histo serve --write' lets clients push\n$/)
  const none = await listening(createListener(db, { authorize: () => false }))
  const log = await histo(['log', '--db', none])
  expect(log.err).toMatch(/; HISTO_TOKEN or --token must be the token of the server\n$/)
})

test.runIf(hasTerminal)('at a terminal it is said why nothing is printed', async () => {
  const { cwd } = await written()
  const told: readonly (readonly [string, string])[] = [
    ['merge-base main other', 'the two have no common ancestor'],
    ['changes /nix', 'no revision changed /nix'],
    ['oplog --branch nix', 'no head was moved yet']
  ]
  for (const [line, message] of told) {
    expect(inTerminal(line.split(' '), { cwd }).out).toBe(`histo: ${message}\n`)
    expect(await histo(line.split(' '), { cwd })).toMatchObject({ out: '', err: '' })
  }
  const serve = { cwd, typed: '\x03', after: 'ends it' }
  expect(inTerminal(['serve', '--port', '0'], serve)).toMatchObject({ code: 0 })
})

test.runIf(hasTerminal)('bytes that are no text are not sent to a terminal', async () => {
  const { cwd } = await written()
  await lines(['put', '--binary'], { cwd, input: new Uint8Array([255, 0]) })
  const { code, out } = inTerminal(['cat', 'main'], { cwd, env: { NO_COLOR: '1' } })
  expect([code, out]).toEqual([1, 'histo: 2 bytes that are no text: histo cat main > FILE\n'])
})

test.runIf(hasTerminal)('help wraps sentences, not the lines in which they are written', () => {
  const { out } = inTerminal(['help', 'put'], { columns: 60 })
  expect(out).toContain(
    '\nIf --db or HISTO_DB names a folder without a database, one\nis created.\n'
  )
  const wide = inTerminal(['help', 'pull'], { columns: 80 })
  expect(wide.out).toContain('it reports each\nbranch, and exits with 1 if one failed.\n')
})

test('a file that cannot be written is told by its name', async () => {
  const cwd = folder()
  await lines(['put', '--db', cwd], { cwd, input: JSON.stringify('x'.repeat(300_000)) })
  const limited = "trap '' XFSZ; ulimit -f 100; histo export jsonl all.jsonl"
  const { code, err } = await shell(limited, { cwd })
  expect([code, err]).toEqual([1, 'histo: all.jsonl: file too large\n'])
  const missing = await histo(['export', 'jsonl', 'none/all.jsonl'], { cwd })
  expect(missing.err).toBe('histo: none/all.jsonl: no such file or directory\n')
})
