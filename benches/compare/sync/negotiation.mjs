/**
 * What two sides tell each other before revisions travel: requests, refs and bytes, ours as `fetch` sees
 * them, git's by its packet trace, about the same graphs. Bytes are those that the fetching side sends, without
 * HTTP's headers.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect, createDB, createSynchronizer } from '../../../target/benches/lib/database.js'
import { child } from './calls.mjs'
import { serve } from './ours.mjs'

/** Bytes of a ref on the wire. */
const refBytes = 32

/** A line of `shared` revisions, on which the source has `ahead` more, and the target `own` of its own. */
export async function negotiateOurs(path, { shared, ahead, own }) {
  const served = await serve(join(path, 'served'), shared)
  const target = await createDB({ path: join(path, 'target'), name: 'target' }).ready()
  await createSynchronizer(connect(served.url), target).run()
  if (own > 0) {
    await target.setHead(served.head)
    await target.putMany(Array.from({ length: own }, (_, n) => ({ data: { own: n } })))
  }
  await served.ask('grow', ahead)
  await target.deleteRemote('served') // as a target that has the history from elsewhere
  const told = { requests: 0, refs: 0, bytes: 0 }
  const counting = (url, init) => {
    const bytes = init.body?.byteLength ?? 0
    told.requests += 1
    told.refs += Math.floor(bytes / refBytes)
    told.bytes += bytes
    return fetch(url, init)
  }
  const { revisions } = await createSynchronizer(
    connect(served.url, { fetch: counting }),
    target
  ).run()
  assert.equal(revisions, ahead)
  await target.close()
  await served.end()
  return told
}

/** The same by `git fetch`. */
export async function negotiateGit(path, { shared, ahead, own }) {
  const served = child('./git-served.mjs')
  const source = join(path, 'source.git')
  const port = await served.ask('open', source, '127.0.0.1')
  await served.ask('grow', shared)
  const url = `http://127.0.0.1:${port}/source.git`
  const target = join(path, 'clone.git')
  execFileSync('git', ['clone', '--quiet', '--bare', source, target])
  commitMore(target, own, 'own')
  commitMore(source, ahead, 'ahead')
  const trace = join(path, 'trace')
  const env = { ...process.env, GIT_TRACE_PACKET: trace }
  await served.ask(
    'fetch',
    ['-C', target, 'fetch', '--quiet', url, 'main:refs/remotes/source'],
    env
  )
  await served.ask('close')
  served.end()
  return toldIn(readFileSync(trace, 'utf8'))
}

function commitMore(repository, count, name) {
  const commits = Array.from({ length: count }, (_, n) => {
    const from = n === 0 ? 'from refs/heads/main^0\n' : ''
    const message = `${name} ${n}`
    const time = 2_000_000_000 + n
    return `commit refs/heads/main\ncommitter bench <bench@localhost> ${time} +0000\ndata ${message.length}\n${message}\n${from}\n`
  })
  execFileSync('git', ['-C', repository, 'fast-import', '--quiet', '--force'], {
    input: commits.join('')
  })
}

/** Packets of the fetching side: a request more than commands, for what the server can. */
function toldIn(trace) {
  const sent = [...trace.matchAll(/packet: +fetch> (.*)$/gm)].map(([, packet]) => packet)
  const commands = sent.filter((packet) => packet.startsWith('command=')).length
  return {
    requests: commands + 1,
    refs: sent.filter((packet) => packet.startsWith('have ')).length,
    bytes: sent.reduce(
      (sum, packet) => sum + (/^000[012]$/.test(packet) ? 4 : packet.length + 5),
      0
    )
  }
}
