/** The conformance suite over every manner of store of the tests, and over what the package brings. */

import { describe, test } from 'vitest'
import { testStores } from '../../ts/store-suite-entry.js'
import { loggingStores } from '../support/logging-stores.js'
import { manners, mapStores, ownManners } from '../support/user-stores.js'

describe.each([...manners, ...ownManners])('$name', ({ make }) => {
  testStores({
    test,
    open: () => {
      const kept = make()
      const { revisionStore, branchStore, texts, values } = kept
      return { revisionStore, branchStore, again: () => make({ texts, values }) }
    }
  })
})

/** Checked to fail: bring back the refs of revisions in the case of streams. */
describe('ids that are counted', () => {
  testStores({
    test,
    open: () => {
      const { revisionStore, branchStore, texts } = mapStores()
      const put = (text: string) => {
        const id = `r${texts.size}`
        texts.set(id, text)
        return Promise.resolve(id)
      }
      return { revisionStore: { ...revisionStore, put }, branchStore }
    }
  })
})

describe('stores with a log', () => {
  testStores({
    test,
    open: () => {
      const { stores, kept } = loggingStores()
      return { ...stores, again: () => loggingStores(kept).stores }
    },
    supports: { compareAndSwapMany: true, readLog: true, forgetLog: true }
  })
})
