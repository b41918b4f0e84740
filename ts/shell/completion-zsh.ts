/**
 * The script by which zsh completes.
 */

import {
  branchOptions,
  fileVerbs,
  formsOf,
  globalNames,
  optionsOf,
  refVerbs,
  valued
} from './completion-words.js'
import { whenColour } from './parse.js'
import { inQuotes } from './quoted.js'
import { verbs } from './verbs.js'

/** The script, for `eval` once `compinit` was called. */
export function zsh(): string {
  const described = verbs.map(({ name, says }) =>
    inQuotes(`${name}:${says.replaceAll(':', '\\:')}`)
  )
  const cases = verbs.map(
    (verb) =>
      `    ${verb.name}) forms=(${formsOf(verb).join(' ')}) options=(${optionsOf(verb).join(' ')}) ;;`
  )
  return `#compdef histo histo-revisions
# zsh: eval "$(histo completion zsh)"
_histo() {
  local -a forms options names db
  local verb word option ended
  integer at
  for ((at = 2; at < CURRENT; at++)); do
    word=$words[at]
    [[ -n $ended ]] && word=
    case $word in
      --) ended=1 ;;
      --db)
        option=$word
        ((at++))
        word=\${(Q)words[at]}
        db=(--db "\${word/#\\~\\//$HOME/}") ;;
      --db=*) db=(\${(Q)word}) ;;
      ${valued().join(' | ')})
        option=$word
        ((at++)) ;;
      -*) ;;
      *) verb=\${verb:-$words[at]} ;;
    esac
  done
  if ((at == CURRENT)); then
    option=
    if [[ -z $ended && $words[CURRENT] == --*=* ]]; then
      option=\${words[CURRENT]%%=*}
      compset -P '*='
    fi
  fi
  case $option in
    '') ;;
    --db) _files -/; return ;;
    ${branchOptions.join(' | ')}) verb=$option ;;
    --color) compadd ${whenColour.join(' ')}; return ;;
    *) return ;;
  esac
  case $verb in
    '')
      if [[ $words[CURRENT] != -* ]]; then
        local -a verbs=(${described.join(' ')})
        _describe verb verbs; return
      fi
      options=(${globalNames().join(' ')}) ;;
${cases.join('\n')}
  esac
  if [[ -z $ended && -z $option && $words[CURRENT] == -* ]]; then
    compadd -a options
    return
  fi
  compadd -a forms
  case $verb in
    ${[...refVerbs, ...branchOptions].join(' | ')})
      names=(\${(f)"$(histo $db completion names 2>/dev/null)"})
      [[ -z $ended && $words[CURRENT] != --*=* ]] && names=(\${names:#-*})
      compadd -a names ;;
    ${fileVerbs.join(' | ')}) _files ;;
  esac
}
compdef _histo histo histo-revisions
`
}
