/**
 * Automerge's sync protocol between two documents in memory, in this process: no network and no disk,
 * in its favour. Each change sets one of a hundred keys to an object of 220 bytes, as text.
 */

import assert from 'node:assert/strict'
import * as automerge from '@automerge/automerge'
import { items } from '../../../target/benches/lib/data.js'

const keys = 100

/** A document of so many changes, and the contender that brings it to an empty one. */
export function automergeSync(changes) {
  const texts = items(0, changes).map((item) => JSON.stringify(item))
  let source = automerge.init()
  for (const [index, text] of texts.entries()) {
    source = automerge.change(source, (document) => {
      document[`key ${index % keys}`] = text
    })
  }
  let from
  let target
  return {
    name: 'Automerge sync, in memory',
    before() {
      from = automerge.clone(source)
      target = automerge.init()
    },
    run() {
      target = bring(from, target)
    },
    after() {
      assert.equal(target[`key ${(changes - 1) % keys}`], texts.at(-1))
    }
  }
}

/** Passes messages both ways until neither side has more to say. */
function bring(source, target) {
  let [ours, theirs] = [source, target]
  let [ourState, theirState] = [automerge.initSyncState(), automerge.initSyncState()]
  for (;;) {
    const [nextOurs, there] = automerge.generateSyncMessage(ours, ourState)
    ourState = nextOurs
    if (there !== null)
      [theirs, theirState] = automerge.receiveSyncMessage(theirs, theirState, there)
    const [nextTheirs, back] = automerge.generateSyncMessage(theirs, theirState)
    theirState = nextTheirs
    if (back !== null) [ours, ourState] = automerge.receiveSyncMessage(ours, ourState, back)
    if (there === null && back === null) return theirs
  }
}
