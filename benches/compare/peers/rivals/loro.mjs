/** Loro: the document in memory, its updates in a file that is synced. */

import { join } from 'node:path'
import { LoroDoc, LoroList, LoroMap } from 'loro-crdt'
import { batched } from '../pipeline.mjs'
import { openLog } from './log-file.mjs'

export const how =
  'a commit a version, `export` of the updates for what is in flight, appended and synced; the document is in memory'

export async function open(path) {
  const log = await openLog(join(path, 'loro'))
  const document = new LoroDoc()
  if (log.chunks.length > 0) document.importBatch(log.chunks)
  const root = document.getMap('document')
  let saved = document.oplogVersion()
  const old = new LoroDoc()
  let known = old.oplogVersion()
  return {
    put: (all, flight) =>
      batched(all, flight, async (batch) => {
        const refs = batch.map((data) => {
          edit(root, data)
          document.commit()
          return document.frontiers()
        })
        await log.append(document.export({ mode: 'update', from: saved }))
        saved = document.oplogVersion()
        return refs
      }),
    // A second copy goes back and forth, so that the first stays at its head.
    get(ref) {
      if (document.oplogVersion().compare(known) !== 0) {
        old.import(document.export({ mode: 'update', from: known }))
        known = document.oplogVersion()
      }
      old.checkout(ref)
      return old.getMap('document').toJSON()
    },
    head: () => document.frontiers(),
    close: () => log.close()
  }
}

/** Sets what differs in a map; maps within lists are edited in place. */
function edit(map, data) {
  for (const [key, value] of Object.entries(data)) {
    const before = map.get(key)
    if (before === value) continue
    if (before instanceof LoroList) editList(before, value)
    else if (Array.isArray(value)) fill(map.setContainer(key, new LoroList()), value)
    else map.set(key, value)
  }
}

function fill(list, values) {
  for (const [at, value] of values.entries()) {
    if (typeof value === 'object') edit(list.insertContainer(at, new LoroMap()), value)
    else list.insert(at, value)
  }
}

function editList(list, values) {
  for (const [at, value] of values.entries()) {
    const before = list.get(at)
    if (before instanceof LoroMap) edit(before, value)
    else if (before !== value) {
      list.delete(at, 1)
      list.insert(at, value)
    }
  }
}
