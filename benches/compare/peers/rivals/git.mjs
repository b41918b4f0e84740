/** git. Commits of one file; as its manual advises, what was imported is packed before it is read. */

import { join } from 'node:path'
import { batched } from '../pipeline.mjs'
import { git, Importer, makeRepository, Reader, sharedGraph } from './git-history.mjs'

export const how =
  'one `fast-import` that stays, a `checkpoint` for what is in flight, `core.fsync=all`; then `gc`, `cat-file --batch`, warm; merge bases a process each'

export function open(path, isNew) {
  const repository = join(path, 'history.git')
  if (isNew) makeRepository(repository)
  const importer = isNew ? new Importer(repository) : undefined
  const reader = isNew ? undefined : new Reader(repository)
  const commit = (batch) => importer.commit(batch.map((data) => JSON.stringify(data)))
  const getMany = async (refs) => (await reader.read(refs)).map((text) => JSON.parse(text))
  return {
    put: (all, flight) => batched(all, flight, commit),
    get: async (ref) => (await getMany([ref]))[0],
    getMany,
    head: async () => (await git(repository, 'rev-parse', 'main'))[0],
    async close() {
      await reader?.close()
      await importer?.close()
      if (isNew) await git(repository, 'gc', '--quiet')
    }
  }
}

export async function loadGraph(path, parents) {
  const { repository, refs, numberOf } = await sharedGraph(path, parents)
  return {
    async mergeBases(a, b) {
      // Exit code 1 says that there is none.
      const found = await git(repository, 'merge-base', '--all', refs[a], refs[b]).catch(
        (error) => {
          if (error.code === 1) return []
          throw error
        }
      )
      return found.map((ref) => numberOf.get(ref))
    },
    difference: async (from, to) =>
      Number((await git(repository, 'rev-list', '--count', refs[to], `^${refs[from]}`))[0]),
    close() {}
  }
}
