/**
 * A commit as a revision: its data and its meta.
 */

import { isRecord } from '../base/arguments.js'
import type { Revision } from '../base/types.js'
import type { Commit } from './fast-export.js'
import type { Content, FilledCommit } from './git-files.js'
import { textOfBytes } from './git-text.js'

/** Most characters of a message in the meta, which may have 64 KiB; a longer message is whole in the data. */
const mostOfMessage = 8192

/** A file after a commit; `null` if the commit deleted it. */
export type StoredFile = {
  readonly mode: string
  readonly hash: string
  readonly text?: string
  readonly base64?: string
} | null

/** The data of a revision that was a commit. */
export interface StoredCommit {
  readonly files: Readonly<Record<string, StoredFile>>
  /** The message, if it is too long for the meta. */
  readonly message?: string
}

/** The texts of a commit's revision, canonical (RFC 8785), so that its ref is the hash of them. */
export interface CommitTexts {
  readonly data: string
  readonly meta: string
}

/** What changed as data; who, when and why as meta. */
export function textsOf(commit: Commit | FilledCommit): CommitTexts {
  const message = textOfBytes(commit.message)
  const isLong = message.length > mostOfMessage
  const files = `{"files":{${filesOf(commit).join(',')}}`
  return {
    data: isLong ? `${files},"message":${JSON.stringify(message)}}` : `${files}}`,
    meta: metaOf(commit, isLong ? `${message.slice(0, mostOfMessage).toWellFormed()}…` : message)
  }
}

/** The members for the files, in the order of their paths; where git tells a path twice, the last stands. */
function filesOf(commit: Commit | FilledCommit): string[] {
  const contents = 'contents' in commit ? commit.contents : undefined
  const texts = new Map<string, string>()
  for (const { path, mode, hash } of commit.changes) {
    const content = contents?.get(path)
    texts.set(path, mode === undefined || hash === undefined ? 'null' : fileOf(mode, hash, content))
  }
  const paths = [...texts.keys()]
  if (paths.length > 1) paths.sort()
  return paths.map((path) => `${JSON.stringify(path)}:${texts.get(path)}`)
}

/** Its members in the order of their names; modes and hashes are digits. */
function fileOf(mode: string, hash: string, content: Content | undefined): string {
  if (content === undefined) return `{"hash":"${hash}","mode":"${mode}"}`
  return 'text' in content
    ? `{"hash":"${hash}","mode":"${mode}","text":${JSON.stringify(content.text)}}`
    : `{"base64":"${content.base64}","hash":"${hash}","mode":"${mode}"}`
}

/** The committer is in it where it is somebody else, or later. */
function metaOf({ hash, author, committer }: Commit, message: string): string {
  const isSame = author.who === committer.who && author.time === committer.time
  return JSON.stringify({
    author: author.who,
    commit: hash,
    ...(isSame ? {} : { committed: committer.time, committer: committer.who }),
    message,
    time: author.time
  })
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
