/**
 * The contents of the files that commits changed, by one `git cat-file --batch` for all.
 */

import { Refusal } from './fail.js'
import type { Commit } from './fast-export.js'
import { ByteReader, endOfGit, startGit, textOf } from './git-process.js'
import { utf8Of } from './git-text.js'

/** Commits whose contents are requested ahead, so that neither side waits for the pipe. */
const ahead = 32
/** Bytes of contents that are given at once, at least. */
const weight = 1024 * 1024
/** The mode of a commit of another repository, which has no contents here. */
const submodule = '160000'

/** The content of a file: text if it is UTF-8, otherwise base64. */
export type Content = { readonly text: string } | { readonly base64: string }

/** A commit with the contents of its files, by path. */
export interface FilledCommit extends Commit {
  readonly contents: ReadonlyMap<string, Content>
}

/** The commits with the contents of their files, some at once. */
export async function* contentsOf(
  repository: string,
  commits: AsyncIterable<readonly Commit[]>
): AsyncGenerator<FilledCommit[]> {
  const git = startGit(repository, ['cat-file', '--batch'])
  const complaints = textOf(git.stderr)
  const reader = new ByteReader(git.stdout)
  const waiting: Commit[] = []
  try {
    for await (const batch of commits) {
      waiting.push(...batch)
      const lines = batch.flatMap((commit) => wanted(commit).map(({ hash }) => `${hash}\n`))
      git.stdin.write(lines.join(''))
      const count = waiting.length - ahead
      if (count > 0) yield* filledOf(waiting.splice(0, count), reader)
    }
    git.stdin.end()
    yield* filledOf(waiting, reader)
    await endOfGit(git, complaints)
  } finally {
    git.kill()
  }
}

async function* filledOf(
  commits: readonly Commit[],
  reader: ByteReader
): AsyncGenerator<FilledCommit[]> {
  let ready: FilledCommit[] = []
  let bytes = 0
  for (const commit of commits) {
    const one = await filled(commit, reader)
    ready.push(one)
    for (const content of one.contents.values()) {
      bytes += 'text' in content ? content.text.length : content.base64.length
    }
    if (bytes < weight) continue
    yield ready
    ready = []
    bytes = 0
  }
  if (ready.length > 0) yield ready
}

function wanted({ changes }: Commit): Commit['changes'] {
  return changes.filter(({ mode }) => mode !== undefined && mode !== submodule)
}

async function filled(commit: Commit, reader: ByteReader): Promise<FilledCommit> {
  const contents = new Map<string, Content>()
  for (const { path, hash } of wanted(commit)) {
    const head = (reader.takeLine() ?? (await reader.line()))?.toString('latin1') ?? ''
    const [, size] = /^\w+ blob (\d+)$/.exec(head) ?? []
    if (size === undefined) throw new Refusal(`git has no contents of ${path}, ${hash}`)
    const bytes = await reader.bytes(Number(size))
    await reader.bytes(1)
    const text = utf8Of(bytes)
    contents.set(path, text === undefined ? { base64: bytes.toString('base64') } : { text })
  }
  return { ...commit, contents }
}
