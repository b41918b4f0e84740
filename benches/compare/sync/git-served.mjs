/**
 * A process of its own that serves the git repositories below a folder: git's own `http-backend`, as a
 * web server runs it.
 */

import { execFile, execFileSync, spawn } from 'node:child_process'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { items } from '../../../target/benches/lib/data.js'
import { answerCalls } from './calls.mjs'

const group = 10_000
const run = promisify(execFile)
let folder
let server
let next = 0

const git = (args, input) =>
  execFileSync('git', ['-C', folder, ...args], { input, encoding: 'utf8', maxBuffer: 2 ** 30 })

const calls = {
  /** Makes an empty repository and serves it; answers the port. */
  async open(path, address) {
    folder = path
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', path])
    server = createServer(answer)
    await new Promise((resolve) => server.listen(0, address, resolve))
    return server.address().port
  },
  /** So many more commits of a linear history, with a new blob of 220 bytes each; the first ones are packed. */
  grow(count) {
    let text = next === 0 ? '' : 'reset refs/heads/main\nfrom refs/heads/main^0\n'
    for (const end = next + count; next < end; ) {
      const made = items(next, Math.min(group, end - next))
      text += made.map((item, index) => commit(item, next + index)).join('')
      next += made.length
    }
    git(['fast-import', '--quiet'], text)
    if (next === count) git(['repack', '-a', '-d', '-q'])
  },
  /** Runs git while this process serves. */
  async fetch(args, env) {
    await run('git', args, { env })
  },
  async close() {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

function commit(item, index) {
  const text = JSON.stringify(item)
  const head = `commit refs/heads/main\ncommitter bench <bench@localhost> ${index} +0000\ndata 0\n`
  return `${head}\nM 100644 inline item\ndata ${text.length}\n${text}\n`
}

/** One request as CGI has it: the head in variables, the body on both standard streams. */
function answer(request, response) {
  const { pathname, search } = new URL(request.url, 'http://localhost')
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...process.env,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_PROJECT_ROOT: join(folder, '..'),
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: request.headers['git-protocol'] ?? ''
    },
    stdio: ['pipe', 'pipe', 'inherit']
  })
  request.pipe(backend.stdin)
  backend.stdin.on('error', () => request.resume())
  readHead(backend.stdout, response)
}

/** Reads the lines of the head, then lets the rest through. */
function readHead(output, response) {
  let head = Buffer.alloc(0)
  output.on('data', function take(chunk) {
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    output.off('data', take)
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name, value] = line.split(': ')
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.write(head.subarray(end + 4))
    output.pipe(response)
  })
}

answerCalls(calls)
