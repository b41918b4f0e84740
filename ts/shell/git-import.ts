/**
 * `import git`: turns each commit of a repository's branches into a revision, and each branch into a branch.
 *
 * The data of a revision is `{ files: { path: { mode, hash } or null } }`, what the commit changed against its first
 * parent; its meta has author, time, message and the commit's hash, by which a later import finds existing commits.
 */

import { counted, shown } from '../base/shown.js'
import type { Ref } from '../base/types.js'
import { writeBatches } from '../branch/write-stream.js'
import type { DB } from '../db.js'
import type { Arrival } from '../engine.js'
import { refOf } from '../ref-of.js'
import { type Commit, commitsOf } from './fast-export.js'
import { contentsOf } from './git-files.js'
import { Imported } from './git-imported.js'
import { repositoryAt, thereOf } from './git-repository.js'
import { type CommitTexts, textsOf } from './git-revision.js'
import { type HeadMove, moveHeads } from './move-heads.js'
import { writingAfter } from './open.js'
import { Progress } from './progress.js'
import { exit, type Shell } from './shell.js'

/** Imports what is new, and sets the branches. */
export async function importGit(shell: Shell): Promise<number> {
  const repository = shell.operand(1)
  const [db, { tips, unnamed, isShallow }] = await writingAfter(shell, () =>
    repositoryAt(repository)
  )
  for (const name of unnamed) {
    await shell.err.line(
      `histo: the branch ${shown(name)} is left out: no branch here has such a name`
    )
  }
  if (isShallow) {
    await shell.err.line('histo: the clone is shallow: its oldest commits come without ancestors')
  }
  const imported = await Imported.of(db)
  const excluded = await thereOf(repository, imported.tips)
  const commits = commitsOf(repository, [...new Set(tips.values())], excluded)
  const filled = shell.flag('files') ? contentsOf(repository, commits) : commits
  const progress = new Progress(shell, 'importing')
  let count = 0
  const onCount = (more: number) => {
    count += more
    progress.show(count, 0)
  }
  const batches = revisionsOf(filled, imported, new Set(tips.values()), onCount)
  await writeBatches(db, batches).finally(() => progress.end())
  const { moves, kept } = await movesOf(db, tips, imported)
  await moveHeads(db, moves)
  const branches = Object.fromEntries(moves.map(({ branch, ref }) => [branch, ref]))
  const moved = counted(moves.length, 'branch', 'branches')
  const lines = [
    `${counted(count, 'new revision')}; ${moved} moved`,
    ...kept.map((name) => `${shown(name)} has revisions of its own and stays`)
  ]
  await shell.tell({ revisions: count, branches, kept }, ...lines)
  return exit.done
}

/** Commits as revisions. Their refs are computed here, so that later ones in the stream can name them. `asked`: the tips. */
async function* revisionsOf(
  commits: AsyncIterable<readonly Commit[]>,
  imported: Imported,
  asked: ReadonlySet<string>,
  onCount: (more: number) => void
): AsyncGenerator<Arrival[]> {
  for await (const batch of commits) {
    const revisions: Arrival[] = []
    for (const commit of batch) {
      const ancestors: Ref[] = []
      for (const parent of new Set(commit.parents)) {
        ancestors.push(imported.knownRefOf(parent) ?? (await imported.refOf(String(parent))))
      }
      const revision = arrivalOf(ancestors, textsOf(commit))
      imported.made(commit, revision.ref, asked.has(commit.hash))
      revisions.push(revision)
    }
    yield revisions
    onCount(revisions.length)
  }
}

/**
 * A revision of texts that were put together of many pieces. Its own are slices of the whole one, which hashing makes flat:
 * pieces that were kept would be put together again, and keep git's output alive.
 */
function arrivalOf(ancestors: readonly Ref[], { data, meta }: CommitTexts): Arrival & { ref: Ref } {
  const list = ancestors.length === 0 ? '' : `"${ancestors.join('","')}"`
  const start = `{"ancestors":[${list}],"data":`
  const end = start.length + data.length
  const whole = `${start}${data},"meta":${meta}}`
  const ref = refOf(whole)
  const payload = whole.slice(start.length, end)
  return { ref, ancestors, payload, meta: whole.slice(end + ',"meta":'.length, -1) }
}

/** The branches to move; a branch with revisions that did not come from git stays. */
async function movesOf(db: DB, tips: ReadonlyMap<string, string>, imported: Imported) {
  const [moves, kept]: [HeadMove[], string[]] = [[], []]
  const heads = await db.branches()
  const commits = imported.commitsOf([...tips.keys()].flatMap((branch) => heads[branch] ?? []))
  for (const [branch, hash] of tips) {
    const ref = await imported.refOf(hash)
    const previous = heads[branch] ?? null
    if (previous === ref) continue
    const isOwn = previous !== null && !commits.has(previous)
    if (isOwn && !(await db.isAncestor(previous, ref))) kept.push(branch)
    else moves.push({ branch, ref, previous })
  }
  return { moves, kept }
}
