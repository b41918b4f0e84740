/**
 * `npm run bench:sync [-- --quick]`: synchronizing over HTTP, both ends durable and in processes of
 * their own: a first synchronization, small increments of a long history, memory, and a slow link.
 */

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from '../../target/benches/lib/folder.js'
import { machine } from '../../target/benches/lib/machine.js'
import { figure, quick, race, report, size, summary } from '../../target/benches/lib/race.js'
import { automergeSync } from './sync/automerge.mjs'
import { child } from './sync/calls.mjs'
import { gitFetch } from './sync/git.mjs'
import { negotiateGit, negotiateOurs } from './sync/negotiation.mjs'
import { pulling, pushing, serve } from './sync/ours.mjs'
import { pouchdb } from './sync/pouchdb.mjs'
import { slow, slowLink, whyNoLink } from './sync/slow-link.mjs'

const megabyte = 2 ** 20
const path = folder('sync')

/** A first synchronization: at least 100,000 revisions a second, and twice `git fetch`. */
async function first() {
  const revisions = size(100_000, 2000)
  const served = await serve(join(path, 'first'), revisions)
  const git = await gitFetch(path, revisions)
  const push = await pushing(path, revisions)
  const ours = pulling(path, served, revisions)
  const times = await race({
    question: `a first synchronization of ${revisions} revisions of 220 bytes`,
    unit: 'revision',
    units: revisions,
    rounds: size(5, 1),
    ours,
    others: [push.contender, git.contender],
    targets: { [git.contender.name]: 2 }
  })
  for (const { name } of [ours, push.contender]) report(name, times.get(name).median, 'us', 10)
  for (const ended of [served, git, push]) await ended.end()
}

/** The same beside those that are too slow for as many. */
async function firstOfFew() {
  const revisions = size(10_000, 500)
  const served = await serve(join(path, 'few'), revisions)
  const pouch = await pouchdb(path, revisions)
  await race({
    question: `a first synchronization of ${revisions} revisions of 220 bytes`,
    unit: 'revision',
    units: revisions,
    rounds: size(3, 1),
    ours: pulling(path, served, revisions),
    others: [pouch.contender, automergeSync(revisions)]
  })
  for (const ended of [served, pouch]) await ended.end()
}

/** What a first synchronization of a million takes in memory, and ten more revisions in time. */
async function million() {
  const revisions = size(1_000_000, 5000)
  const served = await serve(join(path, 'million'), revisions)
  const puller = child('./puller.mjs')
  await puller.ask('open', join(path, 'million-pulled'), served.url)
  await served.ask('watch')
  const pulled = await puller.ask('pullWatched')
  assert.equal(pulled.revisions, revisions)
  console.log(`\n${revisions} revisions: memory for a while, beyond what stays`)
  report('at the source', (await served.ask('peak')) / megabyte, 'MiB', 150)
  report('at the target', pulled.peak / megabyte, 'MiB', 150)
  await increments(served, puller, revisions)
  await puller.ask('close')
  puller.end()
  await served.end()
}

async function increments(served, puller, revisions) {
  const all = []
  let last
  for (let round = 0; round < size(50, 3); round += 1) {
    await served.ask('grow', 10)
    last = await puller.ask('pull')
    assert.equal(last.revisions, 10)
    all.push(last.milliseconds)
  }
  const { median, max } = summary(all)
  console.log(`\n10 revisions more in a history of ${revisions}`)
  report('pull, median', median, 'ms', 5)
  report('pull, the longest', max, 'ms')
  report('requests of one', last.requests, '')
  const none = await puller.ask('pull')
  assert.equal(none.revisions, 0)
  report('requests where both are equal', none.requests, '')
}

/** Over a link of 50 ms that loses a packet in a hundred: seconds of one run each. */
async function overSlowLink() {
  const why = whyNoLink()
  if (why !== undefined) return console.log(`\nThe slow link is left out: ${why}.`)
  const revisions = size(20_000, 500)
  const link = await slowLink(slow)
  try {
    console.log(`\n${revisions} revisions over a link of 50 ms with 1% loss (seconds of 3 runs)`)
    await timed('ours: pull', (round) => pullOver(link.place, revisions, round))
    const git = await gitFetch(join(path, 'slow'), revisions, link.place)
    await timed(git.contender.name, () => gitOver(git.contender))
    await git.end()
  } finally {
    link.end()
  }
}

/** What is told before revisions travel, beside git's packet trace. */
async function negotiation() {
  const shared = size(20_000, 1000)
  const more = size(1000, 50)
  console.log(`\nTold before revisions travel, on a line of ${shared}: requests, refs, bytes`)
  for (const [what, ahead, own] of [
    ['equal', 0, 0],
    ['10 more at the source', 10, 0],
    [`${more} more at the target`, 0, more],
    [`${more} more at both`, more, more]
  ]) {
    const graph = { shared, ahead, own }
    for (const [name, ask] of Object.entries({ ours: negotiateOurs, git: negotiateGit })) {
      const place = join(path, `told-${ahead}-${own}-${name}`)
      mkdirSync(place)
      const { requests, refs, bytes } = await ask(place, graph)
      console.log(`  ${`${what}: ${name}`.padEnd(44)} ${requests}, ${refs}, ${bytes}`)
    }
  }
}

async function timed(name, run) {
  const all = []
  for (let round = 0; round < size(3, 1); round += 1) all.push(await run(round))
  const { median, min, max } = summary(all.map(({ milliseconds }) => milliseconds / 1000))
  const { requests } = all[0]
  const sent = requests === undefined ? '' : `, ${requests} requests`
  console.log(`  ${name.padEnd(44)} ${figure(median)}  ${figure(min)}-${figure(max)}${sent}`)
}

async function pullOver({ address, server, client }, revisions, round) {
  const [served, puller] = [child('./served.mjs', server), child('./puller.mjs', client)]
  const port = await served.ask('open', join(path, `slow-${round}`), address)
  await served.ask('grow', revisions)
  await puller.ask('open', join(path, `slow-pulled-${round}`), `http://${address}:${port}/`)
  const pulled = await puller.ask('pull')
  assert.equal(pulled.revisions, revisions)
  for (const { ask, end } of [puller, served]) {
    await ask('close')
    end()
  }
  return pulled
}

async function gitOver(contender) {
  contender.before()
  const start = performance.now()
  await contender.run()
  const milliseconds = performance.now() - start
  contender.after()
  return { milliseconds }
}

console.log(machine())
for (const part of [negotiation, first, firstOfFew, million, overSlowLink]) await part()
if (quick) console.log('\nquick: the figures mean nothing')
