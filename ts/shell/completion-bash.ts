/**
 * The script by which bash completes.
 *
 * Names come from databases of others: they are compared, never given to `compgen -W`, which runs what is in `$(...)`, and
 * stand quoted on the line. The words are read from the line itself, since `COMP_WORDS` is cut at `:`, `=` and `@` too,
 * which names may have, and keeps the quotes.
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
import { verbs } from './verbs.js'

/** Reads the line up to the cursor. Sets `words`, `quote`, which is open there, and `cut`, what readline leaves of the last word. */
const reading = `_histo_words() {
  local line=\${COMP_LINE:0:COMP_POINT} special='$"\\\`' last=0 begun= char next at
  words=('') quote= cut=0
  for ((at = 0; at < \${#line}; at++)); do
    char=\${line:at:1}
    if [[ $char == "$quote" ]]; then
      quote=
    elif [[ $quote == \\' ]]; then
      words[last]+=$char
    elif [[ $char == \\\\ ]]; then
      ((at++))
      next=\${line:at:1}
      [[ -n $quote && $special != *"$next"* ]] && words[last]+=\\\\
      words[last]+=$next begun=1
    elif [[ -n $quote ]]; then
      words[last]+=$char
    elif [[ $char == [\\'\\"] ]]; then
      quote=$char cut=\${#words[last]} begun=1
    elif [[ $char == [[:space:]] ]]; then
      [[ -n $begun ]] && words[++last]=
      begun= cut=0
    else
      words[last]+=$char begun=1
      [[ $COMP_WORDBREAKS == *"$char"* ]] && cut=\${#words[last]}
      [[ $char == @ ]] && ((cut--)) # readline replaces that too
    fi
  done
}`

/** Offers what begins with the word, written as it must stand behind what readline leaves. */
const offering = `_histo_offer() {
  local name
  for name; do
    [[ $name == "$word"* ]] || continue
    name=\${name:cut}
    case $quote in
      \\') name=\${name//\\'/$quoted} ;;
      \\") name=$(sed 's/[$"\\\\\`]/\\\\&/g' <<< "$name") ;;
      *) [[ -n $name ]] && printf -v name %q "$name" ;;
    esac
    COMPREPLY+=("$name")
  done
}`

/** Offers the names of the database: those with a dash only where they cannot be options. */
const naming = `_histo_names() {
  local name
  while IFS= read -r name; do
    [[ $name == -* && -z $lead && -z $ended ]] || _histo_offer "$lead$name"
  done < <(histo "\${db[@]}" completion names 2>/dev/null)
}`

/** The script. Bash 3.2 and later; before 4.0 it offers files too where there are none to name. */
export function bash(): string {
  const cases = verbs.map(
    (verb) =>
      `    ${verb.name}) forms='${formsOf(verb).join(' ')}' options='${optionsOf(verb).join(' ')}' ;;`
  )
  return `# bash: eval "$(histo completion bash)"
${reading}
${offering}
${naming}
_histo() {
  local words quote cut word at name= verb= ended= lead= forms= options= quoted="'\\\\''"
  local db=()
  COMPREPLY=()
  _histo_words
  word=\${words[\${#words[@]} - 1]}
  for ((at = 1; at < \${#words[@]} - 1; at++)); do
    name=\${words[at]}
    [[ -n $ended ]] && name=
    case $name in
      --) ended=1 ;;
      --db)
        ((at++))
        db=(--db "\${words[at]/#\\~\\//$HOME/}") ;;
      --db=*) db=("$name") ;;
      ${valued().join(' | ')}) ((at++)) ;;
      -*) ;;
      *) verb=\${verb:-\${words[at]}} ;;
    esac
  done
  if ((at < \${#words[@]})); then
    name=
    [[ -z $ended && $word == --*=* ]] && name=\${word%%=*} lead=\${word%%=*}=
  fi
  case $name in
    '') ;;
    --db) compopt -o dirnames +o default 2>/dev/null; return ;;
    ${branchOptions.join(' | ')}) compopt +o default 2>/dev/null; _histo_names; return ;;
    --color)
      for name in ${whenColour.join(' ')}; do _histo_offer "$lead$name"; done
      return ;;
    *) compopt +o default 2>/dev/null; return ;;
  esac
  case $verb in
    '') forms='${verbs.map(({ name }) => name).join(' ')}' options='${globalNames().join(' ')}' ;;
${cases.join('\n')}
  esac
  case $verb in
    ${fileVerbs.join(' | ')}) ;;
    *) compopt +o default 2>/dev/null ;;
  esac
  if [[ -z $ended && $word == -* ]]; then
    _histo_offer $options
    return
  fi
  _histo_offer $forms
  case $verb in
    ${refVerbs.join(' | ')}) _histo_names ;;
  esac
}
complete -o default -F _histo histo histo-revisions
`
}
