/** Many who edit one document offline, and end equal with every edit. */

import { expect, test } from 'vitest'
import { createDB, type DB } from '../../ts/index.js'
import { inProcess } from '../http/servers.js'

const clients = 50

interface Note {
  title: string
  fields: Record<string, number>
  rows: { id: string; by: string }[]
}

const start: Note = {
  title: 'shared',
  fields: Object.fromEntries(Array.from({ length: clients }, (_, number) => [`f${number}`, 0])),
  rows: [{ id: 'start', by: 'nobody' }]
}

function edited(note: Note, number: number): Note {
  const rows = [...note.rows, { id: `row ${number}`, by: `c${number}` }]
  return { ...note, fields: { ...note.fields, [`f${number}`]: number + 1 }, rows }
}

test('fifty clients edit different fields offline and end equal with every edit', async () => {
  const server = createDB<Note>({ name: 'server' })
  await server.put(start)
  const remote = inProcess<Note>(server)
  const all = Array.from({ length: clients }, (_, number) => createDB<Note>({ name: `c${number}` }))
  for (const client of all) await client.pull(remote, { resolve: 'json' })
  for (const [number, client] of all.entries())
    await client.update((note) => edited(note ?? start, number))
  await Promise.all(all.map((client: DB<Note>) => client.push(remote, { resolve: 'json' })))
  for (const client of all) await client.pull(remote, { resolve: 'json' })
  const note = await server.get()
  expect(note.fields).toEqual(
    Object.fromEntries(Array.from({ length: clients }, (_, number) => [`f${number}`, number + 1]))
  )
  expect(new Set(note.rows.map(({ id }) => id)).size).toBe(clients + 1)
  expect(note.rows).toHaveLength(clients + 1)
  for (const client of all) {
    expect(client.head()).toBe(server.head())
    expect(await client.get()).toEqual(note)
  }
  await Promise.all([server, ...all].map((db) => db.close()))
}, 120_000)
