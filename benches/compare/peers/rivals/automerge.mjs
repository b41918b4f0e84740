/** Automerge: the document in memory, its incremental chunks in a file that is synced. */

import { join } from 'node:path'
import * as automerge from '@automerge/automerge'
import { batched } from '../pipeline.mjs'
import { edit } from './edit.mjs'
import { openLog } from './log-file.mjs'

export const how =
  'a change a version, `saveIncremental` for what is in flight, appended and synced; the document is in memory'
export const isSlow = true

export async function open(path) {
  const log = await openLog(join(path, 'automerge'))
  let document = automerge.init()
  for (const chunk of log.chunks) document = automerge.loadIncremental(document, chunk)
  return {
    put: (all, flight) =>
      batched(all, flight, async (batch) => {
        const refs = batch.map((data) => {
          document = automerge.change(document, (draft) => edit(draft, data))
          return automerge.getHeads(document)[0]
        })
        await log.append(automerge.saveIncremental(document))
        return refs
      }),
    get: (ref) => automerge.toJS(automerge.view(document, [ref])),
    head: () => automerge.getHeads(document)[0],
    close: () => log.close()
  }
}
