/**
 * `npm run generate`: renews what is generated and committed: the bindings, the test vectors, the
 * API reference, the README's picture.
 */

import { writeFileSync } from 'node:fs'
import { buildAddon } from './lib/addon.mjs'
import { writeApiReference } from './lib/api-reference.mjs'
import { historyPicture } from './lib/history-picture.mjs'
import { mergeVectorsText } from './lib/merge-vectors.mjs'
import { at } from './lib/paths.mjs'
import { must, run } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

const vectors = ['run', '--quiet', '-p', 'histo-core', '--example', 'generate_vectors']

await main(async () => {
  const rustVersion = await setUp()
  await buildAddon(rustVersion, { force: true })
  await must('generating the test vectors', () => run('cargo', vectors))
  writeFileSync(at('test', 'vectors', 'merge.json'), mergeVectorsText())
  await writeApiReference()
  writeFileSync(at('docs', 'history.svg'), historyPicture())
})
