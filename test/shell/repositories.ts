/**
 * Repositories for the tests of `import git` and `export git`.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { possible } from '../support/skip.js'
import { folder } from './histo.js'

/** Whether git is installed. */
export const hasGit: boolean = possible(works(), 'import and export of git need git')

function works(): boolean {
  try {
    execFileSync('git', ['--version'])
    return true
  } catch {
    return false
  }
}

const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann Author',
  GIT_AUTHOR_EMAIL: 'ann@example.org',
  GIT_AUTHOR_DATE: '1600000000 +0530',
  GIT_COMMITTER_NAME: 'Carl Committer',
  GIT_COMMITTER_EMAIL: 'carl@example.org',
  GIT_COMMITTER_DATE: '1600000100 -0330'
}

/** Runs git in a folder. */
export function git(cwd: string, args: readonly string[], input?: string | Uint8Array): string {
  const options = { cwd, env: environment, input: input ?? '', maxBuffer: 2 ** 30 }
  return execFileSync('git', ['-c', 'protocol.file.allow=always', ...args], options).toString()
}

/** A repository with what is odd: octopus, several roots, empty commits, modes, links, submodules, names. */
export function odd(): string {
  const cwd = folder()
  git(cwd, ['init', '-q', '-b', 'main'])
  const commit = (...args: string[]) => {
    git(cwd, ['add', '-A'])
    git(cwd, ['commit', '-q', '--allow-empty', '--allow-empty-message', ...args])
  }
  writeFileSync(join(cwd, 'a file'), 'text\n')
  writeFileSync(join(cwd, 'bytes'), new Uint8Array([0, 255, 254, 10]))
  writeFileSync(join(cwd, 'wörld\n"quoted"\\'), '')
  writeFileSync(join(cwd, '__proto__'), 'no')
  writeFileSync(join(cwd, '10'), 'ten')
  writeFileSync(Buffer.concat([Buffer.from(`${cwd}/latin`), Buffer.from([0xe9])]), 'é')
  commit('-m', 'begin\n\nwith a body\n\n  and more')
  writeFileSync(join(cwd, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 })
  symlinkSync('a file', join(cwd, 'link'))
  commit('-m', '')
  commit('-m', 'nothing changed')
  rmSync(join(cwd, 'a file'))
  mkdirSync(join(cwd, 'a file'))
  writeFileSync(join(cwd, 'a file', 'inside'), 'a folder in the place of a file')
  commit('-m', 'x'.repeat(20_000))
  for (const name of ['one', 'two', 'three']) {
    git(cwd, ['checkout', '-q', '-b', `side/${name}`, 'main'])
    writeFileSync(join(cwd, name), name)
    commit('-m', name, '--author', 'Nobody <>')
  }
  git(cwd, ['checkout', '-q', 'main'])
  commit('-m', 'before the octopus')
  git(cwd, ['merge', '-q', '-m', 'octopus', 'side/one', 'side/two', 'side/three'])
  git(cwd, ['checkout', '-q', '--orphan', 'other'])
  rmSync(join(cwd, 'a file'), { recursive: true })
  writeFileSync(join(cwd, 'a file'), 'a file in the place of a folder')
  commit('-m', 'another root', '--date', '-1000 +1400')
  const hash = git(cwd, ['rev-parse', 'main']).trim()
  git(cwd, ['update-index', '--add', '--cacheinfo', `160000,${hash},module`])
  git(cwd, ['commit', '-q', '-m', 'a submodule'])
  git(cwd, ['checkout', '-q', '-f', 'main'])
  git(cwd, ['merge', '-q', '--allow-unrelated-histories', '-s', 'ours', '-m', 'two roots', 'other'])
  return cwd
}

/** Every commit of all branches, and the branches. */
export function state(cwd: string): { readonly commits: string[]; readonly branches: string } {
  return {
    commits: git(cwd, ['rev-list', '--branches']).split('\n').toSorted(),
    branches: git(cwd, ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads'])
  }
}
