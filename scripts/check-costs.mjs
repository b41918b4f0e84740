/**
 * `npm run check:costs`: fails if a put, a get or a graph query costs over a tenth more than recorded in
 * `benches/costs.json`. With `--renew` it records the current costs.
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
