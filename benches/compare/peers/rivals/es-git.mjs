/** es-git, which is libgit2. It makes blobs of files of a working tree alone. */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openRepository } from 'es-git'
import { batched } from '../pipeline.mjs'
import { sharedGraph } from './git-history.mjs'

export const how =
  'a file, `addPath`, `writeTree`, `commit`; `core.fsyncObjectFiles`; graph: over the repository that git packed'
export const isSlow = true

const signature = { name: 'bench', email: 'bench@localhost' }
const author = { author: signature, committer: signature, updateRef: 'HEAD' }

export async function open(path, isNew) {
  const folder = join(path, 'tree')
  if (isNew) {
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', folder])
    execFileSync('git', ['-C', folder, 'config', 'core.fsyncObjectFiles', 'true'])
  }
  const repository = await openRepository(folder)
  const index = repository.index()
  const head = () => repository.head().target()
  let last = isNew ? [] : [head()]
  const commit = (data) => {
    writeFileSync(join(folder, 'item'), JSON.stringify(data))
    index.addPath('item')
    const tree = repository.getTree(index.writeTree())
    const ref = repository.commit(tree, 'a version', { ...author, parents: last })
    last = [ref]
    return ref
  }
  return {
    put: (all) => batched(all, 1, async ([data]) => [commit(data)]),
    get(ref) {
      const entry = repository.getCommit(ref).tree().getName('item')
      return JSON.parse(Buffer.from(entry.toObject(repository).peelToBlob().content()).toString())
    },
    head,
    close() {}
  }
}

export async function loadGraph(path, parents) {
  const { repository, refs, numberOf } = await sharedGraph(path, parents)
  const opened = await openRepository(repository)
  return {
    mergeBases(a, b) {
      let found = []
      try {
        found = opened.getMergeBases(refs[a], refs[b])
      } catch (error) {
        if (!/no merge base/i.test(error.message)) throw error
      }
      return found.map((ref) => numberOf.get(ref))
    },
    difference(from, to) {
      const walk = opened.revwalk().push(refs[to]).hide(refs[from])
      let count = 0
      for (const _ of walk) count += 1
      return count
    },
    close() {}
  }
}
