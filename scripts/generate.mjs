/**
 * `npm run generate`: rewrites the generated files that are committed: the bindings, the test vectors, the
 * API reference, the README's picture.
 */

import { writeFileSync } from 'node:fs'
import { buildTests, exampleIn } from './lib/addon.mjs'
import { writeApiReference } from './lib/api-reference.mjs'
import { historyPicture } from './lib/history-picture.mjs'
import { mergeVectorsText } from './lib/merge-vectors.mjs'
import { at } from './lib/paths.mjs'
import { must, run } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp() // rebuilds the bindings if the sources have changed
  const vectors = exampleIn(await buildTests(), 'generate_vectors')
  await must('generating the test vectors', () => run(vectors, []))
  writeFileSync(at('test', 'vectors', 'merge.json'), mergeVectorsText())
  await writeApiReference()
  writeFileSync(at('docs', 'history.svg'), historyPicture())
})
