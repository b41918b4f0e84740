/** `npm run check:types`: the types of the package and of its tests. */

import { tools } from './lib/paths.mjs'
import { runTool, step } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  for (const config of ['tsconfig.json', 'tsconfig.test.json']) {
    const { code } = await step(`tsc -p ${config}`, () => runTool(tools.tsc, ['-p', config]))
    if (code !== 0) return code
  }
  return 0
})
