/**
 * Writes a history into a database: each commit one revision, its parents as ancestors.
 *
 * Commits that follow one another go out in one `putMany`; calls are not awaited one by one, so that
 * many share a sync of the disk. A run waits only for the ancestors of its first commit.
 */

import { progress } from './progress.mjs'

const longestRun = 1000
const mostInFlight = 20_000 // revisions; bounds the memory, and leaves the disk enough to do

/**
 * Resolves with `{ refOf, idOf, parentsOf, ms }`: maps from commit to ref and back, and to parents.
 */
export async function writeHistory(db, source) {
  const refOf = new Map()
  const idOf = new Map()
  const parentsOf = new Map()
  const flight = startFlight(db, { refOf, idOf, total: source.total })
  for await (const run of runsOf(source.commits())) {
    for (const { id, parents } of run) parentsOf.set(id, parents)
    await flight.take(run)
  }
  await flight.land()
  const ms = flight.bar.end(`${refOf.size} revisions`)
  return { refOf, idOf, parentsOf, ms }
}

/** Groups commits in which each but the first has the one before it as its only parent. */
async function* runsOf(commits) {
  let run = []
  for await (const commit of commits) {
    const last = run.at(-1)
    const follows = commit.parents.length === 1 && commit.parents[0] === last?.id
    if (last !== undefined && (!follows || run.length === longestRun)) {
      yield run
      run = []
    }
    run.push(commit)
  }
  if (run.length > 0) yield run
}

/** The calls under way: `take` starts a run's and waits only where too many are, `land` for all. */
function startFlight(db, { refOf, idOf, total }) {
  const bar = progress('writing', total)
  const pending = new Map() // id -> promise of its ref, until it is written
  const calls = new Set()
  let inFlight = 0

  async function write(run) {
    const parents = await Promise.all(run[0].parents.map((id) => refOf.get(id) ?? pending.get(id)))
    const [first, ...others] = run.map(({ data }) => ({ data }))
    return await db.putMany([{ ...first, ancestors: parents }, ...others], { moveHead: false })
  }

  async function take(run) {
    const written = write(run)
    for (const [index, { id }] of run.entries()) {
      pending.set(
        id,
        written.then((refs) => refs[index])
      )
      pending.get(id).catch(() => undefined) // the run's own promise reports it
    }
    inFlight += run.length
    const call = written.then((refs) => settle(run, refs)).finally(() => calls.delete(call))
    call.catch(() => undefined) // thrown by the next take, or by land
    calls.add(call)
    while (inFlight > mostInFlight) await Promise.race(calls)
  }

  function settle(run, refs) {
    for (const [index, { id }] of run.entries()) {
      refOf.set(id, refs[index])
      idOf.set(refs[index], id)
      pending.delete(id)
    }
    inFlight -= run.length
    bar.to(refOf.size)
  }

  return { bar, take, land: () => Promise.all(calls) }
}
