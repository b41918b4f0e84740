/** The package by `require`, and that `import` gives the same instance of it. */

const assert = require('node:assert/strict')
const { createDB, HistoError } = require('histo-revisions')
const { createGraph } = require('histo-revisions/graph')
const { merge3 } = require('histo-revisions/json')
const { levelStores } = require('histo-revisions/level')
const { createPage } = require('histo-revisions/page')
const { postgresStores } = require('histo-revisions/postgres')
const { testStores } = require('histo-revisions/store-suite')

async function main() {
  const imported = await import('histo-revisions')
  assert.equal(imported.createDB, createDB)
  assert.equal(imported.HistoError, HistoError)
  assert.equal((await import('histo-revisions/graph')).createGraph, createGraph)
  assert.equal((await import('histo-revisions/json')).merge3, merge3)
  assert.equal((await import('histo-revisions/level')).levelStores, levelStores)
  assert.equal((await import('histo-revisions/postgres')).postgresStores, postgresStores)
  assert.equal((await import('histo-revisions/page')).createPage, createPage)
  assert.equal((await import('histo-revisions/store-suite')).testStores, testStores)
  const { connect, createListener } = require('histo-revisions/http')
  assert.equal((await import('histo-revisions/http')).connect, connect)
  assert.equal(typeof createListener(createDB()), 'function')
  const db = createDB({ path: './by-require' })
  const ref = await db.put({ packed: true })
  assert.deepEqual(await db.get(ref), { packed: true })
  await assert.rejects(db.get('no such ref'), imported.HistoError)
  await db.close()
}

void main()
