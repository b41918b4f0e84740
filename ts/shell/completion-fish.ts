/**
 * The script by which fish completes.
 */

import { branchOptions, fileVerbs, formsOf, refVerbs, valued } from './completion-words.js'
import { globalOptions, whenColour } from './parse.js'
import type { OptionSpec } from './verb.js'
import { verbs } from './verbs.js'

/** Tells the verb of the line, and the database that it names. */
const functions = () => `function __histo_verb
  set -l skips no
  for word in (commandline -opc)[2..]
    if test $skips = yes
      set skips no
      continue
    end
    switch $word
      case --db ${valued().join(' ')}
        set skips yes
      case '-*'
      case '*'
        echo $word
        return
    end
  end
end
function __histo_is
  set -l verb (__histo_verb)
  test -n "$verb"; and contains -- $verb $argv
end
function __histo_names
  set -l words (commandline -opc)
  set -l db
  for at in (seq (count $words))
    switch $words[$at]
      case --db
        set -l next (math $at + 1)
        test $next -le (count $words); and set db --db (string replace -r '^~/' $HOME/ -- $words[$next])
      case '--db=*'
        set db $words[$at]
    end
  end
  set -l names (histo $db completion names 2>/dev/null)
  if contains -- -- $words; or string match -q -- '--*=*' (commandline -ct)
    printf '%s\\n' $names
  else
    printf '%s\\n' (string match -v -- '-*' $names) # options, where nothing says that they are none
  end
end`

/** The script. */
export function fish(): string {
  const lines = [
    '-f',
    ...verbs.map(({ name, says }) => `-n 'test -z (__histo_verb)' -a ${name} -d ${quoted(says)}`),
    ...Object.entries(globalOptions).map(([name, spec]) => optionLine(name, spec)),
    ...verbs.flatMap(({ name, options = {} }) =>
      Object.entries(options).map(
        ([option, spec]) => `-n '__histo_is ${name}' ${optionLine(option, spec)}`
      )
    ),
    ...verbs.flatMap((verb) => {
      const forms = formsOf(verb)
      return forms.length === 0 ? [] : [`-n '__histo_is ${verb.name}' -a '${forms.join(' ')}'`]
    }),
    `-n '__histo_is ${refVerbs.join(' ')}' -a '(__histo_names)'`,
    `-n '__histo_is ${fileVerbs.join(' ')}' -F`
  ]
  return `# fish: histo completion fish | source
${functions()}
complete -c histo-revisions -w histo
${lines.map((line) => `complete -c histo ${line}`).join('\n')}
`
}

function optionLine(name: string, { says, short, type }: OptionSpec): string {
  const letter = short === undefined ? '' : ` -s ${short}`
  const values = type === 'string' ? ` -x${valuesOf(name)}` : ''
  return `-l ${name}${letter}${values} -d ${quoted(says)}`
}

/** What is offered as the value of an option. */
function valuesOf(name: string): string {
  if (branchOptions.includes(`--${name}`)) return " -a '(__histo_names)'"
  if (name === 'color') return ` -a '${whenColour.join(' ')}'`
  return name === 'db' ? " -a '(__fish_complete_directories)'" : ''
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
