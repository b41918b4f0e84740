/**
 * Loads the native addon, or says what to do where there is none for this machine.
 *
 * CommonJS, so that every way to load the package gets it: `binding.cjs`, which is generated, tries a
 * file beside it and then the platform's package.
 */

'use strict'

try {
  module.exports = require('./binding.cjs')
} catch (cause) {
  throw new Error(messageFor(process), { cause })
}

/** What is wrong and what to do. */
function messageFor({ platform, arch }) {
  const libc = platform === 'linux' ? libcOf(process) : ''
  const machine = [platform, arch, libc].filter((word) => word !== '').join(' ')
  return (
    `histo-revisions found no native addon for ${machine}. It comes as an optional dependency of npm, ` +
    'one package for each platform: install without --omit=optional, and on the machine that runs it. ' +
    'Where there is none, build it in a clone of the repository, with Rust and a C compiler: ' +
    'npm run build'
  )
}

/** The C library that Node runs on, with its version where it tells. */
function libcOf({ report }) {
  const { glibcVersionRuntime } = report?.getReport()?.header ?? {}
  return glibcVersionRuntime === undefined ? 'musl' : `glibc ${glibcVersionRuntime}`
}
