/** The package by `import`. */

import assert from 'node:assert/strict'
import { createDB, HistoError } from 'histo-revisions'
import { createGraph } from 'histo-revisions/graph'
import { connect, createHandler } from 'histo-revisions/http'
import { applyPatch, diff } from 'histo-revisions/json'
import { levelStores } from 'histo-revisions/level'
import { createPage } from 'histo-revisions/page'
import { postgresStores } from 'histo-revisions/postgres'
import { testStores } from 'histo-revisions/store-suite'

const db = createDB()
const ref = await db.put({ packed: true })
assert.deepEqual(await db.get(ref), { packed: true })
await assert.rejects(db.get('no such ref'), HistoError)
const remote = connect('http://in.process', { fetch: createHandler(db) })
assert.equal(await remote.head(), ref)
const page = createPage(db)
for (const file of ['', 'page.js', 'page.css', 'icon.svg']) {
  const { status, headers } = await page(new Request(`http://localhost/${file}`))
  assert.equal(status, 200, file)
  assert.ok(Number(headers.get('content-length')) > 100, file)
}
await db.close()
assert.equal(createGraph().add('a').add('b', ['a']).isAncestor('a', 'b'), true)
assert.deepEqual(applyPatch([1], diff([1], [1, 2])), [1, 2])
assert.throws(() => testStores({}), TypeError)
assert.throws(() => postgresStores({}), TypeError)
assert.throws(() => levelStores({}), TypeError)
