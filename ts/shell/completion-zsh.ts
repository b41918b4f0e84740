/**
 * The script by which zsh completes.
 */

import { fileVerbs, formsOf, optionsOf, refVerbs, valued } from './completion-words.js'
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
  local verb word
  integer at
  for ((at = 2; at < CURRENT; at++)); do
    word=$words[at]
    case $word in
      --db)
        ((at++))
        ((at == CURRENT)) && { _files; return }
        word=\${(Q)words[at]}
        db=(--db "\${word/#\\~\\//$HOME/}") ;;
      --db=*) db=(\${(Q)word}) ;;
      ${valued().join(' | ')})
        ((at++))
        ((at == CURRENT)) && { _files; return } ;;
      -*) ;;
      *) verb=\${verb:-$word} ;;
    esac
  done
  case $verb in
    '')
      local -a verbs=(${described.join(' ')})
      _describe verb verbs; return ;;
${cases.join('\n')}
  esac
  if [[ $words[CURRENT] == -* ]]; then
    compadd -a options
    return
  fi
  compadd -a forms
  case $verb in
    ${refVerbs.join(' | ')})
      names=(\${(f)"$(histo $db completion names 2>/dev/null)"})
      compadd -a names ;;
    ${fileVerbs.join(' | ')}) _files ;;
  esac
}
compdef _histo histo histo-revisions
`
}
