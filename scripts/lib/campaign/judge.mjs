/** Judges the result of a flip: each answer must be that of the undamaged file, or `HISTO_CORRUPT`. */

const corrupt = '! HISTO_CORRUPT'
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other)

/** The faults, in words; none if all is right. */
export function faultsOf(tried, truth) {
  if (tried.refused !== undefined) return tried.refused === corrupt ? [] : [`open ${tried.refused}`]
  const faults = wrongAnswers(tried.before, truth.before)
  const failed = countFailed(tried.before)
  if (tried.verified === true && failed > 0) faults.push(`verify ok beside ${failed} that fail`)
  if (tried.verified !== true && tried.verified !== false && tried.verified !== corrupt) {
    faults.push(`verify ${tried.verified}`)
  }
  for (const [n, written] of tried.written.entries()) {
    if (written !== corrupt && !same(written, truth.written[n])) faults.push(`write ${written}`)
  }
  if (tried.again !== undefined) return [...faults, `after a write ${tried.again}`]
  faults.push(...wrongAnswers(tried.after, truth.after).map((fault) => `after a write ${fault}`))
  const lost = countFailed(tried.after) - failed
  if (lost > 0) faults.push(`a write destroyed ${lost}`)
  return [...new Set(faults)]
}

/** Answers of one for each ref. */
const ofEach = ['data', 'metas']

function* answers(read) {
  for (const [what, answer] of Object.entries(read)) {
    if (ofEach.includes(what)) yield* answer.map((one, n) => [`${what} ${n}`, one, what, n])
    else yield [what, answer, what]
  }
}

function wrongAnswers(read, right) {
  const faults = []
  for (const [name, answer, what, n] of answers(read)) {
    const expected = n === undefined ? right[what] : right[what][n]
    if (answer !== corrupt && !same(answer, expected)) {
      faults.push(`${name} is ${JSON.stringify(answer)?.slice(0, 60)}`)
    }
  }
  return faults
}

function countFailed(read) {
  return [...answers(read)].filter(([, answer]) => answer === corrupt).length
}
