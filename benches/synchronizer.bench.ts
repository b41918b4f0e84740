/**
 * Synchronizing two databases on disk, every revision verified, against `git fetch` of a history of
 * the same length between two repositories: one file of 220 bytes, changed by each commit.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { createDB, createSynchronizer, type DB } from 'histo-revisions'
import { type Item, item, items } from './lib/data.js'
import { folder } from './lib/folder.js'
import { machine } from './lib/machine.js'
import { type Contender, race, report, size } from './lib/race.js'

const revisions = size(100_000, 2000)
const batch = 1000
const rounds = size(5, 1)
/** 150,000 revisions a second. */
const microsecondsAllowed = 1e6 / 150_000

const path = folder('synchronizer')
const source = await createDB<Item>({ path: join(path, 'source') }).ready()
for (let first = 0; first < revisions; first += batch) {
  await source.putMany(items(first, batch).map((data) => ({ data })))
}
let number = 0

const ours: Contender & { target: DB<Item> | undefined } = {
  name: 'synchronizer, two databases on disk',
  target: undefined,
  before: async () => {
    number += 1
    ours.target = await createDB<Item>({ path: join(path, `target-${number}`) }).ready()
  },
  run: async () => {
    assert(ours.target !== undefined)
    const result = await createSynchronizer(source, ours.target).run()
    assert.equal(result.revisions, revisions)
  },
  after: async () => {
    assert(ours.target !== undefined)
    const head = await ours.target.remoteHead(source.name)
    assert.equal(head, source.head())
    assert.deepEqual(await ours.target.get(head ?? ''), item(revisions - 1))
    await ours.target.close()
  }
}

function git(args: readonly string[], input?: string): string {
  return execFileSync('git', args, { input, encoding: 'utf8' })
}

/** A linear history with a new blob of 220 bytes a commit. */
function importHistory(repository: string): void {
  git(['init', '--quiet', '--bare', '--initial-branch=main', repository])
  const commits = Array.from({ length: revisions }, (_, index) => {
    const text = JSON.stringify(item(index))
    const head = `commit refs/heads/main\ncommitter bench <bench@localhost> ${index} +0000\ndata 0\n`
    return `${head}\nM 100644 inline item\ndata ${text.length}\n${text}\n`
  })
  git(['-C', repository, 'fast-import', '--quiet'], commits.join(''))
}

function gitFetch(): Contender {
  const from = join(path, 'git-source')
  let round = 0
  let to = ''
  importHistory(from)
  return {
    name: 'git fetch, two repositories',
    before: () => {
      round += 1
      to = join(path, `git-target-${round}`)
      git(['init', '--quiet', '--bare', '--initial-branch=main', to])
    },
    run: () => git(['-C', to, 'fetch', '--quiet', from, 'main:main']),
    after: () => {
      const count = git(['-C', to, 'rev-list', '--count', 'main']).trim()
      assert.equal(Number(count), revisions)
    }
  }
}

console.log(machine())
const times = await race({
  question: `synchronizing ${revisions} revisions of 220 bytes`,
  unit: 'revision',
  units: revisions,
  rounds,
  ours,
  others: [gitFetch()],
  targets: { 'git fetch, two repositories': 1 }
})
report(
  'synchronizer',
  times.get(ours.name)?.median ?? Number.NaN,
  'us a revision',
  microsecondsAllowed
)
await source.close()
