/** The conformance suite for stores under jest, over stores that call back at once. */

const { testStores } = require('histo-revisions/store-suite')
const { refOf } = require('histo-revisions')

testStores({
  test,
  open: () => {
    const [texts, values] = [new Map(), new Map()]
    const revisionStore = {
      put: (text, callback) => {
        texts.set(refOf(text), text)
        callback(null, refOf(text))
      },
      get: (id, callback) => callback(null, texts.get(id))
    }
    const branchStore = {
      put: (key, value, callback) => {
        values.set(key, value)
        callback()
      },
      get: (key, callback) => callback(null, values.get(key)),
      del: (key, callback) => {
        values.delete(key)
        callback()
      }
    }
    return { revisionStore, branchStore }
  },
  timeout: 60_000
})
