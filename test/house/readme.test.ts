/**
 * Runs what the documents show.
 *
 * A `js` or `ts` block that imports or requires the package begins a program; the blocks of that
 * language after it, up to the next import, go on in it. Those in TypeScript are checked strictly. The
 * examples of doc comments are programs of their own, which have a database `db` of notes. Programs run in an empty folder, against the built package, and must end by themselves without an error or a
 * warning. Lines of `sh` blocks must be commands that are known here: they are checked, not run.
 */

import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { expect, test } from 'vitest'
import { verbs } from '../../ts/shell/verbs.js'
import * as postgres from '../servers/postgres.js'
import * as redis from '../servers/redis.js'
import {
  type Block,
  blocksOf,
  documents,
  examplesOf,
  filesBelow,
  isThere,
  read,
  root
} from '../support/project.js'

const blocks = documents().flatMap(blocksOf)
const exec = promisify(execFile)
const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

/** Milliseconds a program may take. */
const timeLimit = 30_000

interface Program {
  readonly place: string
  readonly language: 'js' | 'ts'
  readonly text: string
}

/** The beginning of an example that imports nothing. */
const beforeExample = `import { createDB, createSynchronizer } from 'histo-revisions'
const db = await createDB<{ title: string }>().ready()
`

const examples: Program[] = filesBelow('ts')
  .flatMap(examplesOf)
  .map((example) => ({
    place: placeOf(example),
    language: 'ts',
    text: example.text.includes("from 'histo-revisions")
      ? example.text
      : beforeExample + example.text
  }))

function programsOf(language: Program['language']): Program[] {
  const programs: Program[] = language === 'ts' ? [...examples] : []
  for (const block of blocks.filter((block) => block.language === language)) {
    const previous = programs.at(-1)
    const begins = /(from|require\(|import\()\s*'histo-revisions/.test(block.text)
    if (begins) {
      programs.push({ place: placeOf(block), language, text: block.text })
    } else if (previous?.place.startsWith(`${block.document}:`) === true) {
      programs.splice(-1, 1, { ...previous, text: `${previous.text}\n${block.text}` })
    } else {
      throw new Error(`${placeOf(block)}: no block before this one imports the package`)
    }
  }
  return programs
}

function placeOf(block: Block): string {
  return `${block.document}:${block.line}`
}

/** Packages that programs may need besides this one; users install them too. */
const clients = ['pg', 'redis', 'memory-level', 'classic-level', 'express', '@langchain']

/** An empty folder in which the package is installed, as npm links a local one. */
async function userFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'histo-readme-'))
  await mkdir(join(folder, 'node_modules', '@types'), { recursive: true })
  await symlink(root, join(folder, 'node_modules', 'histo-revisions'), 'junction')
  for (const name of ['@types/node', '@types/pg', ...clients]) {
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'junction')
  }
  return folder
}

const compilerOptions = [
  '--module',
  'nodenext',
  '--target',
  'es2022',
  '--strict',
  '--types',
  'node'
]

/** Compiles all programs in TypeScript at once; their JavaScript by place. */
async function compiled(programs: Program[]): Promise<Map<string, string>> {
  const folder = await userFolder()
  try {
    const names = programs.map((_, number) => `program-${number}.mts`)
    for (const [number, name] of names.entries()) {
      await writeFile(join(folder, name), programs[number]?.text ?? '')
    }
    await exec(process.execPath, [tsc, ...compilerOptions, ...names], { cwd: folder })
    const texts = names.map((name) => readFile(join(folder, name.replace('.mts', '.mjs')), 'utf8'))
    const places = programs.map(({ place }) => place)
    return new Map((await Promise.all(texts)).map((text, number) => [places[number] ?? '', text]))
  } catch (error) {
    const places = programs.map(({ place }, number) => `program-${number} is ${place}`)
    throw new Error(`${(error as { stdout?: string }).stdout}\n${places.join('\n')}`, {
      cause: error
    })
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

let compiling: Promise<Map<string, string>> | undefined

async function writeProgram(folder: string, { place, language, text }: Program): Promise<string> {
  const isModule = language === 'ts' || /^import\s/m.test(text)
  const name = isModule ? 'program.mjs' : 'program.cjs'
  if (language === 'ts') compiling ??= compiled(programsOf('ts'))
  await writeFile(
    join(folder, name),
    language === 'js' ? text : ((await compiling)?.get(place) ?? '')
  )
  return name
}

/** Where the servers are, for programs; what the environment says goes before. */
const serverEnvironment = {
  PGHOST: '127.0.0.1',
  PGUSER: 'postgres',
  PGDATABASE: 'test',
  REDIS_URL: redis.url
}

/** Runs a statement on the server of the tests. */
async function query(sql: string): Promise<void> {
  const client = new pg.Client(postgres.config)
  await client.connect()
  await client.query(sql)
  await client.end()
}

/** The output of a failed program; empty if it succeeded without output. */
async function complaintsOf(program: Program): Promise<string> {
  const folder = await userFolder()
  const schema = `readme_${randomUUID().replaceAll('-', '')}`
  try {
    const name = await writeProgram(folder, program)
    const env = { ...serverEnvironment, ...process.env, PGOPTIONS: `-c search_path=${schema}` }
    const options = { cwd: folder, timeout: timeLimit, env }
    if (program.text.includes("from 'pg'")) await query(`CREATE SCHEMA ${schema}`)
    return (await exec(process.execPath, [name], options)).stderr
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string }
    return `${message}\n${stdout ?? ''}\n${stderr ?? ''}`
  } finally {
    if (program.text.includes("from 'pg'")) await query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

test('the README shows a program', () => {
  expect(documents()).toContain('README.md')
  const shown = blocks.filter(
    ({ document, language }) => document === 'README.md' && language === 'ts'
  )
  expect(shown.length).toBeGreaterThan(0)
})

/** The members and functions that people meet first, by the file that documents them. */
const firstMet: [file: string, names: readonly string[]][] = [
  ['ts/create.ts', ['createDB']],
  [
    'ts/db.ts',
    ['branch', 'put', 'putMany', 'get', 'revision', 'head', 'setHead', 'update', 'merge', 'history']
  ],
  ['ts/db.ts', ['pull', 'push', 'on']],
  ['ts/sync/synchronizer.ts', ['createSynchronizer']],
  ['ts/http/client/remote-database.ts', ['connect']],
  ['ts/http/server/handler.ts', ['createHandler']],
  ['ts/commit-graph/commit-graph.ts', ['createGraph']]
]

test.each(firstMet.flatMap(([file, names]) => names.map((name) => [name, file] as const)))(
  'the hover text of %s has its parameters and one example',
  (name, file) => {
    const declared = new RegExp(`^ *(?:export function )?${name}(?:<[^(]*>)?\\(`, 'm')
    const before = read(file).split(declared)[0] ?? ''
    const comment = before.slice(before.lastIndexOf('/**'))
    expect(comment.match(/@example/g)).toHaveLength(1)
    if (name !== 'head' && name !== 'createGraph') expect(comment).toContain('@param')
  }
)

test('a program that is not strict does not compile', async () => {
  const loose = "import { createDB } from 'histo-revisions'\nvoid createDB().put((x) => x)"
  await expect(compiled([{ place: 'here', language: 'ts', text: loose }])).rejects.toThrow('TS7006')
})

test.each([...programsOf('js'), ...programsOf('ts')])(
  'the program at $place runs',
  async (program) => {
    if (program.text.includes("from 'pg'") && !postgres.isThere) return // that says so itself
    if (program.text.includes("from 'redis'") && !redis.isThere) return // as does that
    expect(await complaintsOf(program)).toBe('')
  },
  2 * timeLimit
)

const languages = new Set(['', 'text', 'js', 'ts', 'sh', 'json', 'rust', 'toml', 'diff', 'yaml'])

test('every block has a language that this test knows', () => {
  const unknown = blocks.filter(({ language }) => !languages.has(language))
  expect(unknown.map((block) => `${placeOf(block)}: ${block.language}`)).toEqual([])
})

test('every JSON block is JSON', () => {
  const texts = blocks.filter(({ language }) => language === 'json').map(({ text }) => text)
  for (const text of texts) expect(() => JSON.parse(text)).not.toThrow()
})

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

/** The commands that documents may show; each says whether the line would work. */
const commands: [RegExp, (argument: string) => boolean][] = [
  [
    /^npm (?:install|i) ([\w@/.-]+)/,
    (name) => name === 'histo-revisions' || clients.includes(name)
  ],
  [/^(?:echo \S+ \| )?(?:npx )?histo(?: ([a-z][a-z-]*)|$| --version)/, (verb) => isVerb(verb)],
  [/^npm (start|test)\b/, (name) => name in scripts],
  [/^npm run ([\w:-]+)/, (name) => name in scripts],
  [/^node ([\w./-]+)/, isThere],
  [/^(?:\.\/)?(\.ci\/run)$/, isThere],
  [/^cargo (test|bench|clippy|fmt|doc|run)\b/, () => true],
  [/^git clone (https:\/\/\S+)/, () => true],
  [/^cd ([\w-]+)$/, () => true]
]

/** Whether `histo` has a verb; alone it is the smartlog. */
function isVerb(name: string): boolean {
  return verbs.some((verb) => verb.name === name)
}

function works(line: string): boolean {
  return commands.some(([pattern, check]) => {
    const found = pattern.exec(line)
    return found !== null && check(found[1] ?? 'smartlog')
  })
}

test('every line of a shell block is a command that exists', () => {
  const lines = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap((block) => block.text.split('\n').map((line) => ({ place: placeOf(block), line })))
    .map(({ place, line }) => ({
      place,
      line: line
        .replace(/^\$ /, '')
        .replace(/^(?:[A-Z_]+=\S+ )+/, '')
        .replace(/\s*#.*$/, '')
        .trim()
    }))
    .filter(({ line }) => line !== '' && !works(line))
  expect(lines).toEqual([])
})
