/** The example over a git repository: a real history, made by git, and git's own answers. */

import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { read, root } from '../support/project.js'

const exec = promisify(execFile)
const revisions = 400

/** A repository with the first revisions of a recorded history, each with a branch of its own. */
function repository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'histo-git-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const lines = read('test/histories/irmin.dag').split('\n').slice(0, revisions)
  const commits = lines.map((line, n) => {
    const parents = line.split(' ').filter((parent) => parent !== '')
    const links = parents.map(
      (parent, at) => `${at === 0 ? 'from' : 'merge'} :${Number(parent) + 1}\n`
    )
    return `commit refs/heads/r${n}\nmark :${n + 1}\ncommitter a <a@b> ${n} +0000\ndata 0\n${links.join('')}\n`
  })
  execFileSync('git', ['init', '--quiet', '--bare', folder])
  execFileSync('git', ['-C', folder, 'fast-import', '--quiet'], { input: commits.join('') })
  return folder
}

test('holds its answers to those of git', async () => {
  const example = join(root, 'examples', 'git-graph.mjs')
  const folder = repository()
  const { stdout } = await exec(process.execPath, [example, folder])
  expect(stdout).toMatch(new RegExp(`^${revisions} commits, \\d+ tips`))
  expect(stdout).toContain('100 pairs, 0 wrong')
  const two = await exec(process.execPath, [example, folder, 'r0', 'r399'])
  expect(two.stdout).toContain('r0 is an ancestor of r399 true')
}, 60_000)
