/** `git fetch` over HTTP into an empty repository. */

import assert from 'node:assert/strict'
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { child } from './calls.mjs'
import { here } from './places.mjs'

const run = promisify(execFile)

/** Serves a history of so many commits; answers the contender, how to fetch more and how to end it. */
export async function gitFetch(path, revisions, place = here) {
  const served = child('./git-served.mjs', place.server)
  const port = await served.ask('open', join(path, 'source.git'), place.address)
  await served.ask('grow', revisions)
  const url = `http://${place.address}:${port}/source.git`
  let round = 0
  let target
  let all = revisions
  const contender = {
    name: 'git fetch over HTTP',
    before() {
      round += 1
      target = join(path, `git-${round}`)
      execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', target])
    },
    run() {
      const fetch = ['git', '-C', target, 'fetch', '--quiet', url, 'main:main']
      const [command, ...args] =
        place.client === undefined ? fetch : ['ip', 'netns', 'exec', place.client, ...fetch]
      return run(command, args)
    },
    after() {
      const count = execFileSync('git', ['-C', target, 'rev-list', '--count', 'main'])
      assert.equal(Number(count), revisions)
      rmSync(target, { recursive: true })
    }
  }
  /** Milliseconds of a fetch of so many more. */
  const more = async (count) => {
    if (target === undefined || !existsSync(target)) {
      contender.before()
      await contender.run()
    }
    await served.ask('grow', count)
    const start = performance.now()
    await contender.run()
    const milliseconds = performance.now() - start
    const counted = execFileSync('git', ['-C', target, 'rev-list', '--count', 'main'])
    all += count
    assert.equal(Number(counted), all)
    return milliseconds
  }
  const end = async () => {
    await served.ask('close')
    served.end()
  }
  return { contender, more, end }
}
