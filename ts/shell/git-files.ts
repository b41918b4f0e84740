/**
 * The contents of the files that commits changed, by one `git cat-file --batch` for all.
 */

import { Refusal } from './fail.js'
import type { Commit } from './fast-export.js'
import { ByteReader, endOfGit, startGit, textOf } from './git-process.js'
import { utf8Of } from './git-text.js'

/** Commits whose contents are asked for ahead: enough that nobody waits for a pipe. */
const ahead = 32
/** The mode of a commit of another repository, which has no contents here. */
const submodule = '160000'

/** A content: text where it is UTF-8, else in base64. */
export type Content = { readonly text: string } | { readonly base64: string }

/** A commit with the contents of its files, by path. */
export interface FilledCommit extends Commit {
  readonly contents: ReadonlyMap<string, Content>
}

/** The commits with the contents of their files. */
export async function* contentsOf(
  repository: string,
  commits: AsyncIterable<Commit>
): AsyncGenerator<FilledCommit> {
  const git = startGit(repository, ['cat-file', '--batch'])
  const complaints = textOf(git.stderr)
  const reader = new ByteReader(git.stdout)
  const waiting: Commit[] = []
  try {
    for await (const commit of commits) {
      waiting.push(commit)
      git.stdin.write(
        wanted(commit)
          .map(({ hash }) => `${hash}\n`)
          .join('')
      )
      const next = waiting.length > ahead ? waiting.shift() : undefined
      if (next !== undefined) yield await filled(next, reader)
    }
    git.stdin.end()
    for (const commit of waiting) yield await filled(commit, reader)
    await endOfGit(git, complaints)
  } finally {
    git.kill()
  }
}

function wanted({ changes }: Commit): Commit['changes'] {
  return changes.filter(({ mode }) => mode !== undefined && mode !== submodule)
}

async function filled(commit: Commit, reader: ByteReader): Promise<FilledCommit> {
  const contents = new Map<string, Content>()
  for (const { path, hash } of wanted(commit)) {
    const head = (await reader.line())?.toString('latin1') ?? ''
    const [, size] = /^\w+ blob (\d+)$/.exec(head) ?? []
    if (size === undefined) throw new Refusal(`git has no contents of ${path}, ${hash}`)
    const bytes = await reader.bytes(Number(size))
    await reader.bytes(1)
    const text = utf8Of(bytes)
    contents.set(path, text === undefined ? { base64: bytes.toString('base64') } : { text })
  }
  return { ...commit, contents }
}
