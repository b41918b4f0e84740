/** `npm run check:types`: the types of the package, of its tests and benches. */

import { tools } from './lib/paths.mjs'
import { runTool, step } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  for (const config of ['tsconfig.json', 'tsconfig.test.json', 'tsconfig.bench.json']) {
    const args = ['-p', config, '--noEmit']
    const { code } = await step(`tsc -p ${config}`, () => runTool(tools.tsc, args))
    if (code !== 0) return code
  }
  return 0
})
