/**
 * `npm start [-- path/to/a/git/repository]`: set-up, then the example that runs the main job.
 *
 * Needs nothing installed but what `lib/requirements.mjs` asks for.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { at } from './lib/paths.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  const args = [at('examples', 'main-job.mjs'), ...process.argv.slice(2)]
  const job = spawn(process.execPath, args, { stdio: 'inherit' }) // its cwd is the user's: paths
  const [code] = await once(job, 'close')
  return code ?? 1
})
