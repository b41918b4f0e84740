/**
 * Reads the stream of `git fast-export --no-data`: commits, their parents and the files that they changed.
 *
 * Source: the input format of `git fast-import`.
 */

import { ByteReader, endOfGit, startGit, textOf } from './git-process.js'
import { pathOf, type Signature, signatureOf } from './git-text.js'

/** A file that a commit changed against its first parent; without a `mode` it was deleted. */
export interface FileChange {
  readonly path: string
  /** `100644`, `100755`, `120000` (a link) or `160000` (a commit of another repository). */
  readonly mode?: string
  readonly hash?: string
}

/** A commit. */
export interface Commit {
  readonly hash: string
  readonly author: Signature
  readonly committer: Signature
  readonly message: Buffer
  readonly parents: readonly string[]
  readonly changes: readonly FileChange[]
}

const options = [
  '--no-data',
  '--reencode=yes',
  '--show-original-ids',
  '--reference-excluded-parents',
  '--signed-tags=strip',
  '--use-done-feature'
]

/** The commits that `refs` reach and `excluded` do not, parents first, as many at once as git has written. */
export async function* commitsOf(
  repository: string,
  refs: readonly string[],
  excluded: readonly string[]
): AsyncGenerator<Commit[]> {
  if (refs.length === 0) return
  const git = startGit(repository, ['fast-export', ...options, '--stdin'])
  const complaints = textOf(git.stderr)
  git.stdin.end([...refs, ...excluded.map((hash) => `^${hash}`), ''].join('\n'))
  try {
    yield* new Commits(new ByteReader(git.stdout)).all()
    await endOfGit(git, complaints)
  } finally {
    git.kill()
  }
}

type Draft = { -readonly [K in keyof Commit]: Commit[K] } & {
  parents: string[]
  changes: FileChange[]
}

class Commits {
  readonly #reader: ByteReader
  /** By the numbers of marks. */
  readonly #hashes: string[] = []
  /** The last signature: the committer's is mostly the author's. */
  #written: Buffer = Buffer.alloc(0)
  #signature: Signature = { who: '', time: '' }

  constructor(reader: ByteReader) {
    this.#reader = reader
  }

  async *all(): AsyncGenerator<Commit[]> {
    let ready: Commit[] = []
    let draft: Draft | undefined
    for (;;) {
      let line = this.#reader.takeLine()
      if (line === undefined) {
        if (ready.length > 0) yield ready
        ready = []
        line = await this.#reader.line()
      }
      const word = line === undefined ? '' : wordOf(line)
      const begins = line === undefined || word === 'commit' || word === 'reset' || word === 'done'
      if (begins && draft !== undefined) {
        ready.push(draft)
        draft = undefined
      }
      if (line === undefined) break
      if (word === 'commit') draft = emptyDraft()
      else if (word === 'data') await this.#data(line, draft)
      else if (draft !== undefined) this.#take(draft, word, line)
    }
    if (ready.length > 0) yield ready
  }

  async #data(line: Buffer, draft: Draft | undefined): Promise<void> {
    const bytes = await this.#reader.bytes(Number(textAfter(line, 5)))
    if (draft !== undefined) draft.message = bytes
  }

  #take(draft: Draft, word: string, line: Buffer): void {
    switch (word) {
      case 'mark':
        draft.hash = textAfter(line, 5)
        break
      case 'original-oid': {
        const hash = textAfter(line, 13)
        this.#hashes[markOf(draft.hash)] = hash
        draft.hash = hash
        break
      }
      case 'author':
        draft.author = this.#signatureOf(line.subarray(7))
        break
      case 'committer':
        draft.committer = this.#signatureOf(line.subarray(10))
        break
      case 'from':
      case 'merge': {
        const parent = textAfter(line, word.length + 1)
        draft.parents.push(this.#hashes[markOf(parent)] ?? parent)
        break
      }
      case 'M':
      case 'D':
        draft.changes.push(changeOf(line))
        break
      default:
        break // an empty line, or one that is not about the commit
    }
  }

  #signatureOf(written: Buffer): Signature {
    if (!written.equals(this.#written)) {
      this.#written = written
      this.#signature = signatureOf(written)
    }
    return this.#signature
  }
}

function emptyDraft(): Draft {
  const nobody = { who: '', time: '' }
  const message = Buffer.alloc(0)
  return { hash: '', author: nobody, committer: nobody, message, parents: [], changes: [] }
}

/** The number of a mark, `:12`; `NaN` of a hash. */
function markOf(name: string): number {
  return name.startsWith(':') ? Number(name.slice(1)) : Number.NaN
}

function wordOf(line: Buffer): string {
  const space = line.indexOf(32)
  return line.toString('latin1', 0, space < 0 ? line.length : space)
}

function textAfter(line: Buffer, start: number): string {
  return line.toString('latin1', start)
}

/** `M <mode> <hash> <path>` or `D <path>`. */
function changeOf(line: Buffer): FileChange {
  if (line[0] === 0x44) return { path: pathOf(line.subarray(2)) }
  const [modeEnd, hashEnd] = [line.indexOf(32, 2), line.indexOf(32, line.indexOf(32, 2) + 1)]
  return {
    mode: line.toString('latin1', 2, modeEnd),
    hash: line.toString('latin1', modeEnd + 1, hashEnd),
    path: pathOf(line.subarray(hashEnd + 1))
  }
}
