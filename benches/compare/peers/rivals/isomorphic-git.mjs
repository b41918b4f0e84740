/** isomorphic-git: git in JavaScript. It writes loose objects and never syncs, in its favour. */

import fs from 'node:fs'
import { join } from 'node:path'
import git from 'isomorphic-git'
import { batched } from '../pipeline.mjs'
import { sharedGraph } from './git-history.mjs'

export const how =
  '`writeBlob`, `writeTree`, `commit`, one after the other; **not synced to the disk**; graph: over the repository that git packed, with its cache'
export const isSlow = true

const author = { name: 'bench', email: 'bench@localhost' }

export async function open(path, isNew) {
  const gitdir = join(path, 'isomorphic.git')
  const cache = {}
  const repository = { fs, gitdir, cache }
  if (isNew) await git.init({ ...repository, bare: true, defaultBranch: 'main' })
  const commit = async (data) => {
    const blob = Buffer.from(JSON.stringify(data))
    const oid = await git.writeBlob({ ...repository, blob })
    const tree = await git.writeTree({
      ...repository,
      tree: [{ mode: '100644', path: 'item', oid, type: 'blob' }]
    })
    return git.commit({ ...repository, tree, message: 'a version', author, ref: 'refs/heads/main' })
  }
  return {
    put: (all) => batched(all, 1, async ([data]) => [await commit(data)]),
    async get(oid) {
      const { blob } = await git.readBlob({ ...repository, oid, filepath: 'item' })
      return JSON.parse(Buffer.from(blob).toString())
    },
    head: () => git.resolveRef({ ...repository, ref: 'main' }),
    close() {}
  }
}

export async function loadGraph(path, parents) {
  const { repository: gitdir, refs, numberOf } = await sharedGraph(path, parents)
  const cache = {}
  return {
    async mergeBases(a, b) {
      const found = await git.findMergeBase({ fs, gitdir, cache, oids: [refs[a], refs[b]] })
      return found.map((ref) => numberOf.get(ref))
    },
    close() {}
  }
}
