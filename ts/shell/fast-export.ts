/**
 * Reads the stream of `git fast-export --no-data`: commits, their parents and the files that they changed.
 *
 * Source: the input format of `git fast-import`.
 */

import type { Readable } from 'node:stream'
import { Refusal } from './fail.js'
import { endOfGit, startGit, textOf } from './git-process.js'
import { pathOf, type Signature, signatureOf, textOfLatin1 } from './git-text.js'

/** A file that a commit changed against its first parent; without a `mode` it was deleted. */
export interface FileChange {
  readonly path: string
  /** `100644`, `100755`, `120000` (a link) or `160000` (a commit of another repository). */
  readonly mode?: string
  readonly hash?: string
}

/** A commit. */
export interface Commit {
  /** Its number in the stream. */
  readonly mark: number
  readonly hash: string
  readonly author: Signature
  readonly committer: Signature
  readonly message: string
  /** Their numbers; the hashes of those that are not in the stream. */
  readonly parents: readonly (number | string)[]
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
    yield* new Commits(git.stdout).all()
    await endOfGit(git, complaints)
  } finally {
    git.kill()
  }
}

type Draft = { -readonly [K in keyof Commit]: Commit[K] } & {
  parents: (number | string)[]
  changes: FileChange[]
}

/**
 * Reads lines of the stream as strings of its bytes, ISO 8859-1: slices of one string a chunk cost less than slices of a
 * buffer. A slice that is kept for long keeps its chunk alive.
 */
class Commits {
  readonly #chunks: AsyncIterator<Buffer>
  #text = ''
  #at = 0
  /** Bytes of data that come next; -1 if a line does. */
  #dataLength = -1
  #draft: Draft | undefined
  #ready: Commit[] = []
  /** The last signature: the committer's is mostly the author's. */
  #written = ''
  #signature: Signature = { who: '', time: '' }

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  async *all(): AsyncGenerator<Commit[]> {
    for (;;) {
      const { done, value } = await this.#chunks.next()
      if (done === true) break
      const chunk = (value as Buffer).toString('latin1')
      this.#text = this.#at === this.#text.length ? chunk : this.#text.slice(this.#at) + chunk
      this.#at = 0
      this.#readAll()
      const ready = this.#ready
      this.#ready = []
      if (ready.length > 0) yield ready
    }
    if (this.#dataLength >= 0) throw new Refusal('git ended in the middle of its output')
    this.#end()
    if (this.#ready.length > 0) yield this.#ready
  }

  /** Reads what is whole. */
  #readAll(): void {
    for (;;) {
      if (this.#dataLength >= 0) {
        const end = this.#at + this.#dataLength
        if (end > this.#text.length) return
        const data = this.#text.slice(this.#at, end)
        if (this.#draft !== undefined) this.#draft.message = textOfLatin1(data)
        this.#at = end
        this.#dataLength = -1
      }
      const end = this.#text.indexOf('\n', this.#at)
      if (end < 0) return
      const line = this.#text.slice(this.#at, end)
      this.#at = end + 1
      this.#takeLine(line)
    }
  }

  #takeLine(line: string): void {
    const space = line.indexOf(' ')
    const word = space < 0 ? line : line.slice(0, space)
    if (word === 'commit' || word === 'reset' || word === 'done') this.#end()
    if (word === 'commit') this.#draft = emptyDraft()
    else if (word === 'data') this.#dataLength = Number(line.slice(5))
    else if (this.#draft !== undefined) this.#take(this.#draft, word, line)
  }

  #end(): void {
    if (this.#draft !== undefined) this.#ready.push(this.#draft)
    this.#draft = undefined
  }

  #take(draft: Draft, word: string, line: string): void {
    switch (word) {
      case 'mark':
        draft.mark = Number(line.slice(6))
        break
      case 'original-oid':
        draft.hash = line.slice(13)
        break
      case 'author':
        draft.author = this.#signatureOf(line.slice(7))
        break
      case 'committer':
        draft.committer = this.#signatureOf(line.slice(10))
        break
      case 'from':
      case 'merge':
        draft.parents.push(parentOf(line.slice(word.length + 1)))
        break
      case 'M':
      case 'D':
        draft.changes.push(changeOf(line))
        break
      default:
        break // an empty line, or one that is not about the commit
    }
  }

  #signatureOf(written: string): Signature {
    if (written !== this.#written) {
      this.#written = written
      this.#signature = signatureOf(written)
    }
    return this.#signature
  }
}

function emptyDraft(): Draft {
  const nobody = { who: '', time: '' }
  return {
    mark: 0,
    hash: '',
    author: nobody,
    committer: nobody,
    message: '',
    parents: [],
    changes: []
  }
}

/** The number of a mark, `:12`, or a hash. */
function parentOf(name: string): number | string {
  return name.startsWith(':') ? Number(name.slice(1)) : name
}

/** `M <mode> <hash> <path>` or `D <path>`. */
function changeOf(line: string): FileChange {
  if (line.startsWith('D')) return { path: pathOf(line.slice(2)) }
  const modeEnd = line.indexOf(' ', 2)
  const hashEnd = line.indexOf(' ', modeEnd + 1)
  return {
    mode: line.slice(2, modeEnd),
    hash: line.slice(modeEnd + 1, hashEnd),
    path: pathOf(line.slice(hashEnd + 1))
  }
}
