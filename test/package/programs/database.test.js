/** The package under jest as it comes: modules are required. */

const { createDB, HistoError } = require('histo-revisions')

test('a revision comes back', async () => {
  const db = createDB()
  const ref = await db.put({ packed: true })
  expect(await db.get(ref)).toEqual({ packed: true })
  await expect(db.get('no such ref')).rejects.toBeInstanceOf(HistoError)
  await db.close()
})
