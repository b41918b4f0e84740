/**
 * The package as users get it: packed as `npm publish` does, and installed by npm into an empty
 * project. No network: the package depends on nothing, and a checkout's tarball has the addon inside.
 */

import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { at } from './paths.mjs'
import { Problem } from './process.mjs'
import { runNpm } from './setup.mjs'

const manifest = { name: 'empty-project', private: true, version: '0.0.0' }

/** A project with the package in it and `test/package/programs` beside. */
export class PackedProject {
  /** The project's folder. */
  folder = mkdtempSync(join(tmpdir(), 'histo-package-'))
  /** The path of the tarball, once it is installed. */
  tarball

  /** Packs and installs. Returns `{ code, output }`. */
  async install() {
    const packed = await runNpm(['pack', '--silent', '--pack-destination', this.folder], {
      cwd: at()
    })
    const name = /^\S+\.tgz$/m.exec(packed.output)?.[0]
    if (packed.code !== 0 || name === undefined) return { code: 1, output: packed.output }
    this.tarball = join(this.folder, name)
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify(manifest))
    const args = ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error']
    const installed = await runNpm([...args, this.tarball], { cwd: this.folder })
    cpSync(at('test', 'package', 'programs'), this.folder, { recursive: true })
    return installed
  }

  /** Lets the project's programs find packages of the checkout, types for one. */
  async link(...packages) {
    for (const name of packages) {
      const place = join(this.folder, 'node_modules', name)
      await mkdir(join(place, '..'), { recursive: true })
      symlinkSync(at('node_modules', name), place, 'junction')
    }
  }

  /** Where the package is installed. */
  get installed() {
    if (this.tarball === undefined) throw new Problem('The package is not installed.')
    return join(this.folder, 'node_modules', 'histo-revisions')
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}
