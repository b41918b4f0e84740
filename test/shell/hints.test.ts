/** Errors say early what stands in the way, where, and what to do. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createDB } from '../../ts/index.js'
import { command, folder, hasTerminal, histo, inTerminal, lines } from './histo.js'
import { hasGit } from './repositories.js'

/** A database with two revisions on `main`. */
async function written() {
  const cwd = folder()
  const db = createDB<unknown>({ path: cwd })
  await db.put({ title: 'first' })
  await db.put({ title: 'second' })
  await db.close()
  return { cwd }
}

/** Runs it with an input that nobody types and that never ends; its error. */
async function unread(args: readonly string[], cwd: string): Promise<string> {
  const child = spawn(process.execPath, [command, ...args], { cwd })
  onTestFinished(() => void child.kill('SIGKILL'))
  const err = child.stderr.toArray()
  await once(child, 'exit')
  return Buffer.concat(await err).toString()
}

test('histo alone is told over HTTP by how it was called, with the verb that works there', async () => {
  const { code, err } = await histo(['--db', 'http://127.0.0.1:9'])
  expect([code, err]).toEqual([
    2,
    "histo: histo alone, the smartlog, does not work over HTTP; 'histo log' does\n"
  ])
})

test('what makes a write impossible is said before anything is read', async () => {
  const cwd = folder()
  for (const verb of [['put'], ['import', 'jsonl', '-']]) {
    const overHttp = await unread([...verb, '--db', 'http://127.0.0.1:9'], cwd)
    expect(overHttp).toContain(`histo ${verb[0]} does not work over HTTP; run it where`)
    expect(await unread(verb, cwd)).toContain(`there is no database in ${cwd}`)
  }
  writeFileSync(join(cwd, 'data.mdb'), 'something else')
  expect(await unread(['put'], cwd)).toMatch(/^histo: .*data\.mdb/)
  const below = join(cwd, 'data.mdb', 'folder')
  expect(await unread(['put', '--db', below], cwd)).toMatch(/^histo: .*data\.mdb/)
})

test('a JSON Pointer without its slash is told with the command that has it', async () => {
  const { cwd } = await written()
  const cat = async (operand: string) => (await histo(['cat', operand], { cwd })).err
  expect(await cat('main:title')).toBe(
    "histo: a JSON Pointer begins with '/': histo cat main:/title\n"
  )
  expect(await cat("main~1:it's")).toBe(
    "histo: a JSON Pointer begins with '/': histo cat 'main~1:/it'\\''s'\n"
  )
  expect(await cat('nix:title')).toContain("is named 'nix:title'")
  expect(await histo(['changes', 'title'], { cwd })).toMatchObject({
    code: 2,
    err: "histo: a JSON Pointer begins with '/': histo changes /title\n"
  })
  expect((await histo(['changes', 'a~b'], { cwd })).err).toContain('; for example /items/0/title')
})

test.runIf(hasTerminal)('an empty list says at a terminal what would fill it', async () => {
  const cwd = folder()
  await createDB({ path: cwd }).close()
  expect(inTerminal(['branches'], { cwd }).out).toBe(
    "histo: there is no branch yet; 'histo put' writes a first revision\n"
  )
  expect(inTerminal(['remotes'], { cwd, columns: 80 }).out).toBe(
    "histo: there is no remote yet; 'histo pull' of another database makes one\n"
  )
  expect(inTerminal(['branches', 'a/'], { cwd }).out).toBe(
    "histo: there is no branch whose name begins with 'a/'\n"
  )
  for (const args of [['branches'], ['remotes', '--json']]) {
    expect(await histo(args, { cwd })).toMatchObject({ code: 0, out: '', err: '' })
  }
})

test('a branch without moves has nothing to undo or redo', async () => {
  const { cwd } = await written()
  const redo = await histo(['redo'], { cwd })
  expect(redo.err).toBe("histo: the branch 'main' has nothing to redo\n")
  const undo = await histo(['undo', '--steps', '9'], { cwd })
  expect(undo.err).toBe("histo: the branch 'main' has only 2 moves to undo, not 9\n")
  const none = await histo(['undo', '--branch', 'none'], { cwd })
  expect(none.err).toBe("histo: the branch 'none' has nothing to undo\n")
  await lines(['undo'], { cwd })
  const one = await histo(['redo', '--steps', '2'], { cwd })
  expect(one.err).toBe("histo: the branch 'main' has only 1 move to redo, not 2\n")
})

test('a push of nothing looks at the target, and makes none', async () => {
  const { cwd } = await written()
  const empty = join(folder(), 'empty')
  await createDB({ path: empty }).close()
  const typo = join(folder(), 'typo')
  for (const options of [[], ['--branches', '']]) {
    const { code, err } = await histo(['push', typo, ...options], { cwd: empty })
    expect([code, err]).toEqual([1, `histo: there is no database in ${typo}\n`])
  }
  expect(existsSync(typo)).toBe(false)
  expect(await lines(['push', cwd], { cwd: empty })).toEqual(['there is no revision to push yet'])
  expect(await lines(['pull', empty], { cwd })).toEqual(['there is no revision to pull yet'])
  await lines(['push', typo], { cwd })
  expect(await lines(['cat', 'main:/title', '--db', typo])).toEqual(['"second"'])
})

test.runIf(hasGit)('a repository that is not there is told, with the words of git', async () => {
  const cwd = folder()
  const [missing, db] = [join(cwd, 'none'), join(cwd, 'db')]
  const none = await histo(['import', 'git', missing, '--db', db])
  expect(none.err).toMatch(new RegExp(`^histo: there is no repository at ${missing}: git: fatal`))
  const plain = await histo(['import', 'git', cwd, '--db', db])
  expect(plain.err).toMatch(new RegExp(`^histo: ${cwd} is no repository of git: git: fatal`))
  expect([none.code, plain.code, existsSync(db)]).toEqual([1, 1, false])
})
