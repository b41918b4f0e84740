/**
 * Reads a git repository: its history as a stream, and git's own answers as the oracle.
 *
 * Holds what starts git, nothing of this package. One process reads the whole history; a merge base
 * or a difference is a process each, since git answers only one at a time.
 */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const exec = promisify(execFile)

/** Runs git and answers its output; an Error with what git said where it fails. */
export async function git(folder, ...args) {
  const options = { maxBuffer: 2 ** 30, env: { ...process.env, LC_ALL: 'C' } }
  const { stdout } = await exec('git', ['-C', folder, ...args], options)
  return stdout.trim()
}

/**
 * Tells what a folder offers: `{ head, commits }`, or `{ problem }` where there is no whole history.
 */
export async function inspect(folder) {
  try {
    const shallow = await git(folder, 'rev-parse', '--is-shallow-repository')
    if (shallow === 'true') return { problem: `${folder} is a shallow clone` }
    const head = await git(folder, 'rev-parse', '--verify', 'HEAD^{commit}')
    return { head, commits: Number(await git(folder, 'rev-list', '--count', head)) }
  } catch (error) {
    const said = error.stderr?.trim().split('\n')[0] || error.message
    return { problem: `git finds no history in ${folder} (${said})` }
  }
}

// Six fields and the files, everything ended by NUL, so that names and messages may hold anything.
const format = '--format=tformat:%H%x00%P%x00%an%x00%ae%x00%aI%x00%B%x00'
const log = ['log', '--topo-order', '--reverse', '-z', '--root', '--encoding=UTF-8', format]
const files = ['--name-status', '--no-renames', '--no-color', '--no-show-signature']

/** Every commit that `head` reaches, parents first: `{ id, parents, data }`. */
export async function* readCommits(folder, head) {
  const args = ['-C', folder, '-c', 'log.diffMerges=off', ...log, ...files, head, '--']
  const child = spawn('git', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  const complaint = []
  child.stderr.on('data', (chunk) => complaint.push(chunk))
  yield* commitsOf(fieldsOf(child.stdout))
  const [code] = await closed
  if (code !== 0) throw new Error(`git log: ${Buffer.concat(complaint)}`)
}

/** Splits at NUL. Bytes until then: a character may be cut in two by the pipe. */
async function* fieldsOf(stream) {
  let rest = Buffer.alloc(0)
  for await (const chunk of stream) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
      yield bytes.toString('utf8', start, end)
      start = end + 1
    }
    rest = bytes.subarray(start)
  }
}

const isStatus = (field) => /^\n?[A-Z]\d*$/.test(field)

/**
 * Puts fields together. After the six and an empty one come pairs of a status and a path, the first
 * status behind a line feed; what is no status there is the next commit's id.
 */
async function* commitsOf(fields) {
  let current = []
  let changes = []
  let status
  for await (const field of fields) {
    if (status !== undefined) {
      changes.push({ status, path: field })
      status = undefined
    } else if (current.length < 7) {
      current.push(field)
    } else if (isStatus(field)) {
      status = field.trim()
    } else {
      yield commitOf(current, changes)
      current = [field]
      changes = []
    }
  }
  if (current.length >= 6) yield commitOf(current, changes)
}

function commitOf([id, parents, name, email, time, message], changes) {
  return {
    id,
    parents: parents === '' ? [] : parents.split(' '),
    data: { commit: id, message: message.trimEnd(), author: { name, email }, time, files: changes }
  }
}

/** What git answers about two commits: their merge bases, and what only `to` reaches. */
export async function askAbout(folder, from, to) {
  const [bases, difference] = await Promise.all([
    git(folder, 'merge-base', '--all', from, to).catch(noneIfSilent),
    git(folder, 'rev-list', `${from}..${to}`)
  ])
  return { mergeBases: linesOf(bases).sort(), difference: linesOf(difference).sort() }
}

/** `git merge-base` says "there is none" by exit code 1, without a word. */
function noneIfSilent(error) {
  if (error.code === 1 && error.stderr === '') return ''
  throw error
}

const linesOf = (text) => (text === '' ? [] : text.split('\n'))

/** All merges that `head` reaches, each with its parents, by one process. */
export async function readMerges(folder, head) {
  const lines = linesOf(await git(folder, 'rev-list', '--min-parents=2', '--parents', head))
  return lines.map((line) => {
    const [id, ...parents] = line.split(' ')
    return { id, parents }
  })
}
