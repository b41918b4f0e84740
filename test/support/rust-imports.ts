/**
 * Which Rust files of a crate use which others, read from their text.
 *
 * A path leads to the file that defines the item: a re-export is followed, and is no import itself.
 * Modules for tests do not count.
 */

import { filesBelow, read } from './project.js'

interface Use {
  /** The path from the crate's root, such as `graph::index::Pos`. */
  readonly path: readonly string[]
  /** The name under which the path is known in its file. */
  readonly name: string
  readonly isExported: boolean
}

interface Module {
  readonly file: string
  readonly path: readonly string[]
  readonly uses: readonly Use[]
  /** Paths in the code itself. */
  readonly mentions: readonly (readonly string[])[]
}

/** The imports of each file below `crates/<crate>/src`. */
export function rustImports(crate: string): Map<string, string[]> {
  const src = `crates/${crate}/src`
  const files = filesBelow(src).filter((file) => file.endsWith('.rs'))
  const named = files.map((file) => moduleOf(src, file))
  const modules = new Map(named.map((module) => [module.path.join('::'), module]))
  return new Map(named.map((module) => [module.file, importsOf(modules, module)]))
}

function moduleOf(src: string, file: string): Module {
  const name = file.slice(src.length + 1).replace(/(^|\/)(lib|mod)?\.rs$|\.rs$/, '')
  const path = name.split('/').filter((part) => !['', 'lib', 'mod'].includes(part))
  const uses: Use[] = []
  const mentions: (readonly string[])[] = []
  for (const { text, depth } of partsOf(read(file))) {
    const absolute = (given: string[]): string[] => fromRoot(path, depth, given)
    const code = text.replaceAll(
      /^\s*(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);/gm,
      (_, exported: string | undefined, tree: string) => {
        for (const [given, as] of leavesOf(tree.replaceAll(/\s+/g, ' '))) {
          uses.push({ path: absolute(given), name: as, isExported: exported !== undefined })
        }
        return ''
      }
    )
    for (const [mention] of code
      .replaceAll(/pub\(in [\w:]+\)/g, 'pub')
      .matchAll(/\b(?:crate|super|self)(?:::\w+)+/g)) {
      mentions.push(absolute(mention.split('::')))
    }
  }
  return { file, path, uses, mentions }
}

/** The code without comments and tests, cut where a module inside of the file begins and ends. */
function partsOf(text: string): { text: string; depth: number }[] {
  const code = text.replaceAll(/\/\/.*$/gm, '').replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '""')
  const shipped = code.replaceAll(
    /^#\[cfg\(test\)\]\s*(?:#\[[^\n]*\s*)*mod \w+ \{[\s\S]*?^\}/gm,
    ''
  )
  const inner = /^(?:pub(?:\([^)]*\))? )?mod \w+ \{[\s\S]*?^\}/gm
  const inside = [...shipped.matchAll(inner)].map(([part]) => ({ text: part, depth: 1 }))
  return [{ text: shipped.replaceAll(inner, ''), depth: 0 }, ...inside]
}

/** A path as its module writes it, from the root of the crate. `depth`: of the module inside its file. */
function fromRoot(module: readonly string[], depth: number, given: string[]): string[] {
  const [first = '', ...rest] = given
  if (first === 'crate') return rest
  if (first === 'self') return [...module, ...rest]
  if (first !== 'super') return [...module, ...given]
  if (depth > 0) return fromRoot(module, depth - 1, rest[0] === 'super' ? rest : ['self', ...rest])
  return fromRoot(module.slice(0, -1), 0, rest[0] === 'super' ? rest : ['self', ...rest])
}

/** The paths of a `use`, each with the name that it gets. */
function leavesOf(tree: string, before: string[] = []): [path: string[], name: string][] {
  const open = tree.indexOf('{')
  if (open < 0) {
    const [path = '', as] = tree.trim().split(' as ')
    const parts = [...before, ...path.split('::')].filter((part) => part !== '')
    if (parts.length > 1 && parts.at(-1) === 'self') parts.pop()
    return [[parts, as ?? parts.at(-1) ?? '']]
  }
  const prefix = tree.slice(0, open).trim().split('::')
  const branches = splitAtCommas(tree.slice(open + 1, tree.lastIndexOf('}')))
  return branches.flatMap((branch) => leavesOf(branch, [...before, ...prefix]))
}

function splitAtCommas(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const letter of text) {
    if (letter === '{') depth += 1
    if (letter === '}') depth -= 1
    if (letter === ',' && depth === 0) parts.push('')
    else parts.push(`${parts.pop() ?? ''}${letter}`)
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function importsOf(modules: Map<string, Module>, module: Module): string[] {
  const own = module.uses.filter((use) => !use.isExported).map((use) => use.path)
  const found = [...own, ...module.mentions].map((path) => fileOf(modules, path))
  return [...new Set(found)].filter(
    (file) => file !== undefined && file !== module.file
  ) as string[]
}

/** The file that defines what a path leads to; `undefined` for another crate's. */
function fileOf(
  modules: Map<string, Module>,
  path: readonly string[],
  hops = 0
): string | undefined {
  let length = path.length
  while (length > 0 && !modules.has(path.slice(0, length).join('::'))) length -= 1
  const module = modules.get(path.slice(0, length).join('::'))
  const [name, ...rest] = path.slice(length)
  const use = module?.uses.find((candidate) => candidate.name === name)
  if (use === undefined || hops > 8) return module?.file
  return fileOf(modules, [...use.path, ...rest], hops + 1) ?? module?.file
}
