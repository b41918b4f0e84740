/**
 * Runs one workload over one checkpointer in a separate process: `node run.mjs <saver> <workload> <size>`. Prints the
 * measurements as JSON.
 */

import { savers } from './savers.mjs'
import { workloads } from './workloads.mjs'

const [name, workload, size] = process.argv.slice(2)
try {
  const { saver, close } = await savers[name]()
  const measured = await workloads[workload].run(saver, workloads[workload][size])
  console.log(JSON.stringify({ ...measured, bytes: await close() }))
} catch (error) {
  console.log(JSON.stringify({ failed: error.message.split('\n')[0] }))
}
