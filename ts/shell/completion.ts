/**
 * `completion`: scripts by which shells complete verbs, options and branches.
 *
 * They ask the command itself (`histo completion names`), so that they need not be made anew with each version.
 */

import { Misuse } from './fail.js'
import { readingHere } from './open.js'
import { globalOptions } from './parse.js'
import { exit, type Shell } from './shell.js'
import { verbs } from './verbs.js'

/** Verbs whose operand is a ref or a branch. */
const takesRefs = new Set([
  'log',
  'show',
  'cat',
  'diff',
  'merge-base',
  'set-head',
  'merge',
  'delete-branch',
  'erase'
])

/** Prints a script, or what a script asks for. */
export async function run(shell: Shell): Promise<number> {
  const [what = ''] = shell.operands
  if (what === 'names') {
    for (const name of await names(shell)) await shell.out.line(name)
    return exit.done
  }
  const script = Object.hasOwn(scripts, what) ? scripts[what] : undefined
  if (script === undefined) throw new Misuse(`completion is for bash, zsh or fish, not '${what}'`)
  await shell.out.write(script())
  return exit.done
}

/** The branches, as refs are named; none where there is no database. */
async function names(shell: Shell): Promise<string[]> {
  try {
    const db = await readingHere(shell)
    return [
      ...Object.keys(await db.branches()),
      ...Object.keys(await db.remotes()).map((name) => `remotes/${name}`)
    ]
  } catch {
    return [] // nothing is completed, and nothing is said in the middle of a line
  }
}

/** The words of a verb: its options and, for some, what stands first. */
function wordsOf(verb: (typeof verbs)[number]): string[] {
  const options = Object.keys({ ...verb.options, ...globalOptions }).map((name) => `--${name}`)
  const first = { help: verbs.map(({ name }) => name), completion: Object.keys(scripts) }
  const forms = verb.name === 'import' || verb.name === 'export' ? ['git', 'jsonl'] : []
  return [...forms, ...(first[verb.name as keyof typeof first] ?? []), ...options]
}

const scripts: Readonly<Record<string, () => string>> = { bash, zsh, fish }

function cases(body: (words: string[], verb: string) => string): string {
  return verbs.map((verb) => body(wordsOf(verb), verb.name)).join('\n')
}

const refVerbs = [...takesRefs].join('|')

function bash(): string {
  return `# bash: eval "$(histo completion bash)"
_histo() {
  local word=\${COMP_WORDS[COMP_CWORD]} verb= words= at
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      --db | --color | --token) ((at++)) ;;
      -*) ;;
      *) verb=\${COMP_WORDS[at]}; break ;;
    esac
  done
  case $verb in
    '') words='${verbs.map(({ name }) => name).join(' ')} ${Object.keys(globalOptions)
      .map((name) => `--${name}`)
      .join(' ')}' ;;
${cases((words, verb) => `    ${verb}) words='${words.join(' ')}' ;;`)}
  esac
  case $verb in ${refVerbs}) words+=" $(histo completion names 2>/dev/null)" ;; esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _histo histo histo-revisions
`
}

function zsh(): string {
  return `#compdef histo histo-revisions
# zsh: eval "$(histo completion zsh)"
_histo() {
  local -a list
  local -a seen
  seen=(\${words[2,CURRENT-1]:#-*})
  local verb=$seen[1]
  case $verb in
    '') list=(${verbs.map(({ name, says }) => `'${name}:${says.replaceAll("'", "'\\''").replaceAll(':', ',')}'`).join(' ')})
      _describe verb list; return ;;
${cases((words, verb) => `    ${verb}) list=(${words.join(' ')}) ;;`)}
  esac
  case $verb in ${refVerbs}) list+=(\${(f)"$(histo completion names 2>/dev/null)"}) ;; esac
  compadd -a list
  _files
}
compdef _histo histo histo-revisions
`
}

function fish(): string {
  const line = (rest: string) => `complete -c histo ${rest}`
  const isFirst = `-n __fish_use_subcommand`
  return `${[
    '# fish: histo completion fish | source',
    'complete -c histo-revisions -w histo',
    ...verbs.map(({ name, says }) =>
      line(`${isFirst} -f -a ${name} -d '${says.replaceAll("'", "\\'")}'`)
    ),
    ...Object.entries(globalOptions).map(([name, { says, type }]) =>
      line(`-l ${name}${type === 'string' ? ' -r' : ''} -d '${says}'`)
    ),
    ...verbs.flatMap(({ name, options = {} }) =>
      Object.entries(options).map(([option, { says, short, type }]) =>
        line(
          `-n '__fish_seen_subcommand_from ${name}' -l ${option}${short === undefined ? '' : ` -s ${short}`}${type === 'string' ? ' -r' : ''} -d '${says}'`
        )
      )
    ),
    line(
      `-n '__fish_seen_subcommand_from ${[...takesRefs].join(' ')}' -f -a '(histo completion names 2>/dev/null)'`
    ),
    line(`-n '__fish_seen_subcommand_from import export' -a 'git jsonl'`)
  ].join('\n')}\n`
}
