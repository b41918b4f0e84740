/**
 * Holds the database's answers about its graph to git's.
 *
 * Each check returns `{ asked, wrong }`; `wrong` are sentences, empty where all is well.
 */

import { progress } from './progress.mjs'
import { hashOfNumbers } from './source-shipped.mjs'

const timeLimit = 20_000 // ms; git needs a process for each answer

/** Merge bases and differences of many pairs, as many at once as the source can answer. */
export async function checkPairs(db, source, { refOf, idOf, parentsOf }) {
  const result = { asked: 0, wrong: [], ms: 0 }
  const questions = await source.questions([...refOf.keys()])
  const bar = progress('checking pairs', questions.length)
  const deadline = performance.now() + timeLimit
  const waiting = questions.values()
  async function askOneByOne() {
    for (const question of waiting) {
      const theirs = await question.answer()
      const start = performance.now()
      const ours = await answerOf(db, refOf.get(question.from), refOf.get(question.to))
      result.ms += performance.now() - start
      result.wrong.push(...compare(question, theirs, ours, { idOf, parentsOf }))
      result.asked += 1
      bar.to(result.asked)
      if (performance.now() > deadline) return
    }
  }
  await Promise.all(Array.from({ length: source.lanes }, askOneByOne))
  const cut = ` of ${questions.length}, then the time was over,`
  const asked = `${result.asked}${result.asked < questions.length ? cut : ''}`
  bar.end(`${asked} against ${source.oracle}: ${verdict(result.wrong)}`)
  return result
}

async function answerOf(db, from, to) {
  const [bases, difference] = [await db.mergeBases(from, to), await db.refDifference(from, to)]
  return { bases, difference, isAncestor: await db.isAncestor(from, to) }
}

function compare({ from, to }, theirs, ours, { idOf, parentsOf }) {
  const wrong = []
  const pair = `${from} and ${to}`
  const bases = sorted(ours.bases.map((ref) => idOf.get(ref)))
  const difference = ours.difference.map((ref) => idOf.get(ref))
  if (bases.join() !== sorted(theirs.mergeBases).join()) wrong.push(`merge bases of ${pair}`)
  if (!sameDifference(difference, theirs)) wrong.push(`difference of ${pair}`)
  if (!isNewestFirst(difference, parentsOf)) wrong.push(`order of the difference of ${pair}`)
  if (ours.isAncestor !== (theirs.mergeBases.length === 1 && theirs.mergeBases[0] === from)) {
    wrong.push(`isAncestor of ${pair}`)
  }
  return wrong
}

/** git's answer is a list where it was asked, and a count and a hash where it was recorded. */
function sameDifference(ours, { difference, differenceCount, differenceSha256 }) {
  if (difference !== undefined) return sorted(ours).join() === difference.join()
  return ours.length === differenceCount && hashOfNumbers(sorted(ours)) === differenceSha256
}

/** Ids of git as text, shipped ones as numbers. */
function sorted(ids) {
  return typeof ids[0] === 'number' ? ids.toSorted((a, b) => a - b) : ids.toSorted()
}

/** No revision stands before one of its descendants. */
function isNewestFirst(ids, parentsOf) {
  const passed = new Set()
  for (const id of ids) {
    if (parentsOf.get(id).some((parent) => passed.has(parent))) return false
    passed.add(id)
  }
  return true
}

/** The ancestors of every merge, in order, against one listing by git. */
export async function checkMerges(db, source, { refOf, idOf }) {
  const merges = await source.merges()
  const bar = progress('checking merges', merges.length)
  const wrong = []
  for (const [index, { id, parents }] of merges.entries()) {
    const ours = (await db.ancestors(refOf.get(id))).map((ref) => idOf.get(ref))
    if (ours.join() !== parents.join()) wrong.push(`parents of merge ${id}`)
    bar.to(index)
  }
  bar.end(`the parents of ${merges.length} merges: ${verdict(wrong)}`)
  return { asked: merges.length, wrong }
}

const verdict = (wrong) => (wrong.length === 0 ? 'all as git says' : `${wrong.length} WRONG`)
