/** `npm run check:package`: packs the package and tests it in each way in which it is used. */

import { packageChecks } from './lib/check-package.mjs'
import { PackedProject } from './lib/packed.mjs'
import { step } from './lib/process.mjs'
import { main, setUp } from './lib/setup.mjs'

await main(async () => {
  await setUp()
  const project = new PackedProject()
  try {
    let failed = 0
    for (const [title, work] of packageChecks(project)) {
      if ((await step(title, work)).code !== 0) failed += 1
    }
    return failed === 0 ? 0 : 1
  } finally {
    project.remove()
  }
})
