/** git by its processes that stay: `fast-import` to write, `cat-file --batch` to read. Bare repositories. */

import { execFile, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const most = { maxBuffer: 2 ** 28 }

/** What a database promises at each acknowledgement: all of it is synced. */
const durable = ['-c', 'core.fsync=all', '-c', 'core.fsyncMethod=fsync']

/** Runs git in a repository; resolves with its lines. */
export async function git(repository, ...args) {
  const { stdout } = await run('git', ['-C', repository, ...args], most)
  return stdout.split('\n').filter((line) => line !== '')
}

export function makeRepository(path) {
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', path])
}

/** A process that is written to and whose answers are taken off in order. */
class Conversation {
  #child
  #waiting = []
  #bytes = Buffer.alloc(0)
  #ended

  constructor(args) {
    this.#child = spawn('git', args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdout.on('data', (chunk) => {
      this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk])
      this.#settle()
    })
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve))
  }

  write(text) {
    this.#child.stdin.write(text)
  }

  /** Resolves with what `parse` makes of the bytes: `[value, bytes that it took]`, or `undefined` until there are more. */
  take(parse) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ parse, resolve, reject })
      this.#settle()
    })
  }

  #settle() {
    while (this.#waiting.length > 0) {
      const { parse, resolve, reject } = this.#waiting[0]
      try {
        const taken = parse(this.#bytes)
        if (taken === undefined) return
        this.#bytes = this.#bytes.subarray(taken[1])
        this.#waiting.shift()
        resolve(taken[0])
      } catch (error) {
        this.#waiting.shift()
        reject(error)
      }
    }
  }

  async close() {
    this.#child.stdin.end()
    await this.#ended
  }
}

/** Takes a line. */
function line(bytes) {
  const end = bytes.indexOf(10)
  return end < 0 ? undefined : [bytes.toString('latin1', 0, end), end + 1]
}

/** Takes an object of `cat-file --batch`. */
function object(bytes) {
  const head = line(bytes)
  if (head === undefined) return undefined
  const size = Number(/ blob (\d+)$/.exec(head[0])?.[1])
  if (Number.isNaN(size)) throw new Error(`git: ${head[0]}`)
  const end = head[1] + size
  return bytes.length <= end ? undefined : [bytes.toString('utf8', head[1], end), end + 1]
}

/** Writes commits of one file, `item`. */
export class Importer {
  #git
  #next = 1

  constructor(repository) {
    this.#git = new Conversation(['-C', repository, ...durable, 'fast-import', '--quiet'])
  }

  /** Commits these texts, each on the one before, and resolves with the commits once they are on disk. */
  async commit(texts) {
    const first = this.#next
    this.#next += texts.length
    let commands = ''
    for (const [index, text] of texts.entries()) {
      const mark = first + index
      commands += `commit refs/heads/main\nmark :${mark}\ncommitter bench <bench@localhost> ${mark} +0000\ndata 0\n`
      commands += `\nM 100644 inline item\ndata ${Buffer.byteLength(text)}\n${text}\n`
    }
    for (const [index] of texts.entries()) commands += `get-mark :${first + index}\n`
    this.#git.write(`${commands}checkpoint\nprogress ${this.#next}\n`)
    const refs = []
    for (const _ of texts) refs.push(await this.#git.take(line))
    const told = await this.#git.take(line)
    if (told !== `progress ${this.#next}`) throw new Error(`fast-import: ${told}`)
    return refs
  }

  close() {
    return this.#git.close()
  }
}

/** Reads the file `item` of commits. */
export class Reader {
  #git

  constructor(repository) {
    this.#git = new Conversation(['-C', repository, 'cat-file', '--batch'])
  }

  async read(refs) {
    this.#git.write(refs.map((ref) => `${ref}:item\n`).join(''))
    const texts = []
    for (const _ of refs) texts.push(await this.#git.take(object))
    return texts
  }

  close() {
    return this.#git.close()
  }
}

/** Makes a repository of a shape, packed, with a commit-graph file; resolves with the commits of its numbers. */
export async function importGraph(repository, parents) {
  makeRepository(repository)
  const importing = new Conversation(['-C', repository, 'fast-import', '--quiet', '--force'])
  for (const [number, [first, ...others]] of parents.entries()) {
    // A branch for each, so that everything is reachable, and a root is one.
    const begin = `commit refs/heads/n${number}\nmark :${number + 1}\n`
    const from = first === undefined ? '' : `from :${first + 1}\n`
    const merges = others.map((parent) => `merge :${parent + 1}\n`).join('')
    const at = `committer bench <bench@localhost> ${number + 1} +0000\n`
    importing.write(`${begin}${at}data 0\n${from}${merges}get-mark :${number + 1}\n`)
  }
  const refs = []
  for (const _ of parents) refs.push(await importing.take(line))
  await importing.close()
  await git(repository, 'pack-refs', '--all')
  await git(repository, 'repack', '-a', '-d', '-q')
  await git(repository, 'commit-graph', 'write', '--reachable')
  return refs
}

/** The repository of a shape, made once for all that read git's files. */
export async function sharedGraph(path, parents) {
  const [repository, list] = [join(path, 'graph.git'), join(path, 'graph.json')]
  if (!existsSync(list)) {
    writeFileSync(list, JSON.stringify(await importGraph(repository, parents)))
  }
  const refs = JSON.parse(readFileSync(list, 'utf8'))
  return { repository, refs, numberOf: new Map(refs.map((ref, number) => [ref, number])) }
}
