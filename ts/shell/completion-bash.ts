/**
 * The script by which bash completes.
 *
 * Names come from databases of others: they are compared, never given to `compgen -W`, which runs what is in `$(...)`, and
 * stand quoted on the line.
 */

import { formsOf, optionsOf, refVerbs, valued } from './completion-words.js'
import { globalOptions } from './parse.js'
import { verbs } from './verbs.js'

/** The script. Bash 3.2 and later. */
export function bash(): string {
  const first = [
    ...verbs.map(({ name }) => name),
    ...Object.keys(globalOptions).map((name) => `--${name}`)
  ]
  const cases = verbs.map(
    (verb) => `    ${verb.name}) words='${[...formsOf(verb), ...optionsOf(verb)].join(' ')}' ;;`
  )
  return `# bash: eval "$(histo completion bash)"
_histo() {
  local word=\${COMP_WORDS[COMP_CWORD]} verb= words= name quoted at
  local db=()
  COMPREPLY=()
  for ((at = 1; at < COMP_CWORD; at++)); do
    case \${COMP_WORDS[at]} in
      --db)
        ((at++))
        [[ \${COMP_WORDS[at]} == = ]] && ((at++))
        ((at == COMP_CWORD)) && return
        name=\${COMP_WORDS[at]}
        db=(--db "\${name/#\\~\\//$HOME/}") ;;
      ${valued().join(' | ')}) ((at++)) ;;
      -*) ;;
      *) verb=\${verb:-\${COMP_WORDS[at]}} ;;
    esac
  done
  ((at > COMP_CWORD)) && return
  case $verb in
    '') words='${first.join(' ')}' ;;
${cases.join('\n')}
  esac
  for name in $words; do
    [[ $name == "$word"* ]] && COMPREPLY+=("$name")
  done
  case $verb in
    ${refVerbs.join(' | ')})
      while IFS= read -r name; do
        quoted=$(printf %q "$name")
        [[ $name == "$word"* || $quoted == "$word"* ]] && COMPREPLY+=("$quoted")
      done < <(histo "\${db[@]}" completion names 2>/dev/null) ;;
  esac
}
complete -o default -F _histo histo histo-revisions
`
}
