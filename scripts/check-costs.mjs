/**
 * `npm run check:costs`: fails where a put, a get or a question to the graph costs over a tenth more than
 * `benches/costs.json` says. With `--renew` it writes down what they cost now.
 */

import { checkCosts, renewCosts } from './lib/costs.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  if (process.argv.includes('--renew')) {
    for (const left of await renewCosts()) console.log(`${left}; what is recorded of them stays.`)
    return 0
  }
  const { code, output, note } = await checkCosts()
  process.stdout.write(`${output}${note}\n`)
  return code
})
