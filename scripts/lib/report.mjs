/**
 * Counts what ran: tests by what their tools print, anything else as one.
 *
 * A tool that fails without counting a failure (a crash, a compile error) is one failure more, so
 * that no run can fail and count none.
 */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { reportFile } from './paths.mjs'

/** Sums the `test result:` lines of `cargo test`. */
export function countCargo({ code, output }) {
  const total = { passed: 0, failed: 0 }
  for (const [, passed, failed] of output.matchAll(
    /^test result: .*? (\d+) passed; (\d+) failed;/gm
  )) {
    total.passed += Number(passed)
    total.failed += Number(failed)
  }
  return withCrash(code, total)
}

/** Sums vitest's JSON report; a file that could not be loaded counts as one failure. */
export function countVitest({ code }, reportPath) {
  const total = { passed: 0, failed: 0 }
  try {
    const report = JSON.parse(readFileSync(reportPath, 'utf8'))
    total.passed = report.numPassedTests
    total.failed = report.numFailedTests
    const broken = report.testResults.filter(
      (file) =>
        file.status === 'failed' && file.assertionResults.every((t) => t.status !== 'failed')
    )
    total.failed += broken.length
  } catch {
    return withCrash(code === 0 ? 1 : code, total) // no report: nothing is known to have passed
  }
  return withCrash(code, total)
}

/** A step without counts of its own. */
export const countStep = ({ code }) => withCrash(code, { passed: code === 0 ? 1 : 0, failed: 0 })

/** The sum of some counts. */
export function sum(counts) {
  const total = { passed: 0, failed: 0 }
  for (const { passed, failed } of counts) {
    total.passed += passed
    total.failed += failed
  }
  return total
}

/** The last line of CI. */
export const format = ({ passed, failed }) => `${passed} passed, ${failed} failed`

function withCrash(code, { passed, failed }) {
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed }
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
