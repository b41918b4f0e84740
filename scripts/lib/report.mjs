/**
 * Counts what ran: tests by what their tools print, anything else as one. Counts are
 * `{ passed, failed, failures }`; `failures` are the names of what failed.
 *
 * A tool that fails without counting a failure (a crash, a compile error) is one failure more, so
 * that no run can fail and count none.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { reportFile, root } from './paths.mjs'

/** Sums the `test result:` lines of `cargo test`. */
export function countCargo({ code, output }) {
  const total = none()
  for (const [, passed, failed] of output.matchAll(
    /^test result: .*? (\d+) passed; (\d+) failed;/gm
  )) {
    total.passed += Number(passed)
    total.failed += Number(failed)
  }
  const panics = output.matchAll(/^---- (\S+) stdout ----$/gm)
  total.failures = Array.from(panics, ([, name]) => name)
  return withCrash('Rust tests', code, total)
}

/** Sums vitest's JSON report; a file that could not be loaded counts as one failure. */
export function countVitest({ code }, reportPath) {
  const total = none()
  try {
    const report = JSON.parse(readFileSync(reportPath, 'utf8'))
    total.passed = report.numPassedTests
    total.failures = report.testResults.flatMap(failuresIn)
    total.failed = total.failures.length
  } catch {
    return withCrash('vitest', code === 0 ? 1 : code, total) // no report: nothing is known to have passed
  }
  return withCrash('vitest', code, total)
}

/** The failed tests of a file of vitest's report, or the file itself where it broke before its tests. */
function failuresIn({ name, status, assertionResults }) {
  const file = relative(root, name)
  const failed = assertionResults.filter((test) => test.status === 'failed')
  if (status === 'failed' && failed.length === 0) return [file]
  return failed.map((test) => `${file}: ${test.fullName}`)
}

/** A step without counts of its own. */
export const countStep = (title, { code }) =>
  withCrash(title, code, { ...none(), passed: code === 0 ? 1 : 0 })

/** The sum of some counts. */
export function sum(counts) {
  const total = none()
  for (const { passed, failed, failures } of counts) {
    total.passed += passed
    total.failed += failed
    total.failures.push(...failures)
  }
  return total
}

/** The last line of CI. */
export const format = ({ passed, failed }) => `${passed} passed, ${failed} failed`

const none = () => ({ passed: 0, failed: 0, failures: [] })

/** A tool that failed and counted no failure is one. */
function withCrash(title, code, counts) {
  if (code === 0 || counts.failed > 0) return counts
  return { ...counts, failed: 1, failures: [title] }
}

/** Leaves the counts of a test run for CI. */
export function writeReport(counts) {
  mkdirSync(dirname(reportFile), { recursive: true })
  writeFileSync(reportFile, JSON.stringify(counts))
}

/** The counts that the test run left; `undefined` where it left none. */
export function readReport() {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8'))
  } catch {
    return undefined
  }
}
