/**
 * A commit as a revision: its data and its meta.
 */

import { isRecord } from '../base/arguments.js'
import type { Revision } from '../base/types.js'
import type { Commit, FileChange } from './fast-export.js'
import type { Content, FilledCommit } from './git-files.js'

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
  const { message } = commit
  const isLong = message.length > mostOfMessage
  const files = `{"files":{${filesOf(commit).join(',')}}`
  return {
    data: isLong ? `${files},"message":${JSON.stringify(message)}}` : `${files}}`,
    meta: metaOf(commit, isLong ? `${message.slice(0, mostOfMessage).toWellFormed()}…` : message)
  }
}

/** The members for the files, in the order of their paths; where git tells a path twice, the last stands. */
function filesOf(commit: Commit | FilledCommit): string[] {
  const { changes } = commit
  const contents = 'contents' in commit ? commit.contents : undefined
  const [first] = changes
  if (first !== undefined && changes.length === 1) return [memberOf(first, contents)]
  const members = new Map(changes.map((change) => [change.path, memberOf(change, contents)]))
  const paths = [...members.keys()].sort()
  return paths.map((path) => members.get(path) ?? '')
}

function memberOf({ path, mode, hash }: FileChange, contents?: FilledCommit['contents']): string {
  const isGone = mode === undefined || hash === undefined
  const file = isGone ? 'null' : fileOf(mode, hash, contents?.get(path))
  return `${JSON.stringify(path)}:${file}`
}

/** Its members in the order of their names; modes and hashes are digits. */
function fileOf(mode: string, hash: string, content: Content | undefined): string {
  if (content === undefined) return `{"hash":"${hash}","mode":"${mode}"}`
  return 'text' in content
    ? `{"hash":"${hash}","mode":"${mode}","text":${JSON.stringify(content.text)}}`
    : `{"base64":"${content.base64}","hash":"${hash}","mode":"${mode}"}`
}

/** Its members in the order of their names. The committer is in it where it is somebody else, or later. */
function metaOf({ hash, author, committer }: Commit, message: string): string {
  const isSame = author.who === committer.who && author.time === committer.time
  const other = isSame
    ? ''
    : `"committed":"${committer.time}","committer":${JSON.stringify(committer.who)},`
  const [who, said] = [JSON.stringify(author.who), JSON.stringify(message)]
  return `{"author":${who},"commit":"${hash}",${other}"message":${said},"time":"${author.time}"}`
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
