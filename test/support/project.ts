/**
 * The checkout as data: its files and what its documents name.
 *
 * For tests that hold documents and manifests to what is there. Reads files, runs nothing.
 */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the checkout. */
export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** The text of a file, by its path from the top. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Whether a file or folder is there, by its path from the top. */
export function isThere(path: string): boolean {
  return existsSync(join(root, path))
}

const ignored = new Set(['node_modules', 'target', 'dist', '.git', 'coverage', 'failpoints'])

/** All files below some folders of the checkout, as paths from the top with `/` between. */
export function filesBelow(...folders: string[]): string[] {
  return folders.flatMap((folder) => {
    const path = join(root, folder)
    if (!existsSync(path)) return []
    if (statSync(path).isFile()) return [folder]
    return readdirSync(path)
      .filter((name) => !ignored.has(name))
      .flatMap((name) => filesBelow(`${folder}/${name}`))
  })
}

/** The documents that users and contributors read; not the generated `docs/api`. */
export function documents(): string[] {
  const top = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'].filter(isThere)
  const written = filesBelow('docs').filter((path) => !path.startsWith('docs/api/'))
  return [...top, ...written.filter((path) => path.endsWith('.md'))]
}

/** A fenced block of a document. */
export interface Block {
  readonly document: string
  /** The line of the opening fence, from 1. */
  readonly line: number
  readonly language: string
  readonly text: string
}

/** The fenced blocks of a document, in order. */
export function blocksOf(document: string): Block[] {
  const blocks: Block[] = []
  let open: { line: number; language: string; lines: string[] } | undefined
  for (const [index, line] of read(document).split('\n').entries()) {
    const fence = /^\s*```\s*(\S*)/.exec(line)
    if (fence === null) {
      open?.lines.push(line)
    } else if (open === undefined) {
      open = { line: index + 1, language: fence[1] ?? '', lines: [] }
    } else {
      blocks.push({
        document,
        line: open.line,
        language: open.language,
        text: open.lines.join('\n')
      })
      open = undefined
    }
  }
  if (open !== undefined) throw new Error(`${document}:${open.line}: the block is not closed`)
  return blocks
}

/** The examples in the doc comments of a file, in order. */
export function examplesOf(file: string): Block[] {
  const text = read(file)
  return [...text.matchAll(/^ *\* @example\n *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)].map((match) => ({
    document: file,
    line: text.slice(0, match.index).split('\n').length,
    language: 'ts',
    text: (match[1] ?? '').replaceAll(/^ *\* ?/gm, '')
  }))
}

/** The paths that a document names, in links and in backticks, from the top of the checkout. */
export function pathsNamedIn(document: string): string[] {
  const prose = read(document).replaceAll(/^\s*```[\s\S]*?^\s*```/gm, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^([a-z]+:|#)/.test(target))
    .map((target) => target.replace(/#.*$/, ''))
    .map((target) => relative(root, resolve(root, dirname(document), target)))
  const quoted = [...prose.matchAll(/`([^`\n]+)`/g)]
    .map((match) => match[1] ?? '')
    .filter(looksLikePath)
    .map((path) => path.replace(/\/$/, ''))
  return [...new Set([...links, ...quoted])]
}

const rooms = '(?:\\.ci|benches|crates|dist|docs|examples|scripts|test|ts)'
const names = '(?:README|CONTRIBUTING|CHANGELOG|LICENSE|Cargo|package|package-lock|biome|tsconfig)'
const pathPattern = new RegExp(`^(?:${rooms}/[\\w./-]*|${names}\\.(?:md|toml|json|lock))$`)

/** A path of this checkout: below one of its rooms, or a well-known name at the top; no pattern. */
function looksLikePath(text: string): boolean {
  return pathPattern.test(text)
}
