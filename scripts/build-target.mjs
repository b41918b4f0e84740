/**
 * `npm run build:target -- <target>`: the addon for one of the platforms that package.json lists, as
 * the release builds it.
 *
 * For Linux by cargo-zigbuild, which must be installed: it links against the oldest glibc that we promise,
 * whatever this machine has, and brings musl. For the others by napi.
 */

import { copyFileSync, rmSync } from 'node:fs'
import { buildAddonFor, libraryIn } from './lib/addon.mjs'
import { oldestGlibc } from './lib/glibc.mjs'
import { at } from './lib/paths.mjs'
import { main, must, Problem, run } from './lib/process.mjs'

/** How napi names the addons of Linux. */
const addons = {
  'x86_64-unknown-linux-gnu': 'linux-x64-gnu',
  'aarch64-unknown-linux-gnu': 'linux-arm64-gnu',
  'x86_64-unknown-linux-musl': 'linux-x64-musl',
  'aarch64-unknown-linux-musl': 'linux-arm64-musl'
}

await main(async () => {
  const target = process.argv[2]
  if (target === undefined) throw new Problem('Name a target: npm run build:target -- <target>')
  if (!(target in addons)) return buildAddonFor(target)
  const versioned = target.endsWith('-gnu') ? `${target}.${oldestGlibc}` : target
  const args = ['zigbuild', '--release', '-p', 'histo-node', '--target', versioned]
  args.push('--message-format', 'json-render-diagnostics')
  // musl is linked statically by default, which a library that Node.js loads must not be
  const env = target.endsWith('-musl') ? { RUSTFLAGS: '-C target-feature=-crt-static' } : {}
  const hint = 'Is cargo-zigbuild there? `pip install cargo-zigbuild ziglang`'
  const { output } = await must(
    `building for ${versioned}`,
    () => run('cargo', args, { env }),
    hint
  )
  const addon = at('crates', 'node', `histo-revisions.${addons[target]}.node`)
  rmSync(addon, { force: true }) // overwritten in place, a process that has it loaded dies
  copyFileSync(libraryIn(output), addon)
})
