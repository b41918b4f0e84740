/** Lix: a file whose content is written anew, each time a commit. In memory: its storage on disk is no package on npm. */

import { openLix } from '@lix-js/sdk'
import { batched } from '../pipeline.mjs'

export const how =
  'an `INSERT … ON CONFLICT` on `lix_file` a version, which is a commit; **in memory**: its package for storage on disk is not on npm'
export const isVolatile = true
export const isSlow = true

const upsert =
  'INSERT INTO lix_file (path, content) VALUES ($1, $2) ON CONFLICT (path) DO UPDATE SET content = excluded.content'
const encoder = new TextEncoder()
const decoder = new TextDecoder()

export async function open() {
  const lix = await openLix()
  let head
  const write = async (path, data) => {
    const { commit } = await lix.execute(upsert, [path, encoder.encode(JSON.stringify(data))])
    head = commit.after
    return head
  }
  return {
    put: (all) => batched(all, 1, async ([data]) => [await write('/item.json', data)]),
    async get(ref) {
      const found = await lix.execute(
        "SELECT content FROM lix_as_of('lix_file', $1) WHERE path = '/item.json'",
        [ref]
      )
      return JSON.parse(decoder.decode(found.rows[0].content))
    },
    head: () => head,
    close: () => lix.close(),
    fork: (each) => fork(lix, write, each)
  }
}

/** Two branches, `each` commits apart from the last one of the main branch; a function that asks for their base. */
async function fork(lix, write, each) {
  const main = await lix.activeBranchId()
  const base = await write('/base.json', 'base')
  const { id } = await lix.createBranch({ name: 'side' })
  await lix.switchBranch({ branchId: id })
  for (let number = 0; number < each; number += 1) await write('/side.json', number)
  await lix.switchBranch({ branchId: main })
  for (let number = 0; number < each; number += 1) await write('/main.json', number)
  const ask = async () => (await lix.mergeBranchPreview({ sourceBranchId: id })).baseCommitId
  return { base, ask }
}
