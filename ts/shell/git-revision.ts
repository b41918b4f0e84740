/**
 * A commit as a revision: its data and its meta.
 */

import { isRecord } from '../base/arguments.js'
import type { Meta, Revision } from '../base/types.js'
import type { Commit } from './fast-export.js'
import type { FilledCommit } from './git-files.js'
import { textOfBytes } from './git-text.js'

/** Letters of a message that stand in the meta, which may have 64 KiB; a longer one is in the data whole. */
const mostOfMessage = 8192

/** What a commit did to a file: `null` where it deleted it. */
export type StoredFile = {
  readonly mode: string
  readonly hash: string
  readonly text?: string
  readonly base64?: string
} | null

/** The data of a revision that was a commit. */
export interface StoredCommit {
  readonly files: Readonly<Record<string, StoredFile>>
  /** The message, where it is too long for the meta. */
  readonly message?: string
}

/** The data: what changed. */
export function dataOf(commit: Commit | FilledCommit): StoredCommit {
  const contents = 'contents' in commit ? commit.contents : undefined
  const files: Record<string, StoredFile> = Object.create(null)
  for (const { path, mode, hash } of commit.changes) {
    if (mode === undefined || hash === undefined) files[path] = null
    else files[path] = { mode, hash, ...contents?.get(path) }
  }
  const message = textOfBytes(commit.message)
  return message.length > mostOfMessage ? { files, message } : { files }
}

/** The meta; the committer is in it where it is somebody else, or later. */
export function metaOf({ hash, author, committer, message }: Commit): Meta {
  const isSame = author.who === committer.who && author.time === committer.time
  const text = textOfBytes(message)
  return {
    author: author.who,
    time: author.time,
    message: text.length > mostOfMessage ? `${text.slice(0, mostOfMessage).toWellFormed()}…` : text,
    commit: hash,
    ...(isSame ? {} : { committer: committer.who, committed: committer.time })
  }
}

/** The data of a revision that `import git` made. */
export function storedOf({
  data,
  meta
}: Pick<Revision<unknown>, 'data' | 'meta'>): StoredCommit | undefined {
  const { files, message } = Object(data) as Partial<StoredCommit>
  if (typeof meta?.['commit'] !== 'string' || !isRecord(files)) return undefined
  if (message !== undefined && typeof message !== 'string') return undefined
  return Object.values(files).every(isFile) ? (data as StoredCommit) : undefined
}

function isFile(file: unknown): boolean {
  if (file === null) return true
  const { mode, hash } = Object(file) as Record<string, unknown>
  return typeof mode === 'string' && typeof hash === 'string'
}
