/** The completion script for bash 3.2 and later; it needs no other package. */
import { completeVerb } from './known-names.ts';
import type { Flag, Kind, Verb } from './grammar.ts';

/** The script. */
export function bashScript(program: string, verbs: readonly Verb[]): string {
  return `# Completion of ${program} for bash; made by \`${program} completion bash\`.
_mgn_cutover_flags() {
  case "$1" in
${verbs.map(({ name, flags }) => `    ${name}) echo ${quoted(flags.map((flag) => flag.name).join(' '))} ;;`).join('\n')}
  esac
}

# What the value of a flag stands for; the ones that take any number of values begin with a plus.
_mgn_cutover_value() {
  case "$1 $2" in
${verbs.flatMap(({ name, flags }) => flags.flatMap((flag) => valueLine(name, flag))).join('\n')}
  esac
}

_mgn_cutover_argument() {
  case "$1 $2" in
${verbs.flatMap(({ name, takes }) => takes.map(({ kind }, index) => `    ${quoted(`${name} ${String(index + 1)}`)}) echo ${quoted(kindWord(kind))} ;;`)).join('\n')}
  esac
}

_mgn_cutover() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" verb='' flag='' ledger='' position=1 value='' kind='' index word
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word="\${COMP_WORDS[index]}"
    if [ -z "$verb" ]; then
      case "$word" in -*) ;; *) verb="$word" ;; esac
      continue
    fi
    [ "$flag" = --ledger ] && ledger="$word"
    case "$word" in
      -*)
        flag="$word"
        value="$(_mgn_cutover_value "$verb" "$flag")"
        [ -n "$value" ] || flag=''
        ;;
      *)
        if [ -z "$flag" ]; then
          position=$((position + 1))
        else
          case "$value" in +*) ;; *) flag='' value='' ;; esac
        fi
        ;;
    esac
  done
  if [ -z "$verb" ]; then
    COMPREPLY=($(compgen -W ${quoted(verbs.map(({ name }) => name).join(' '))} -- "$cur"))
    return
  fi
  case "$cur" in
    -*)
      COMPREPLY=($(compgen -W "$(_mgn_cutover_flags "$verb")" -- "$cur"))
      return
      ;;
  esac
  if [ -n "$flag" ]; then kind="\${value#+}"; else kind="$(_mgn_cutover_argument "$verb" "$position")"; fi
  case "$kind" in
    file)
      compopt -o filenames 2>/dev/null
      local IFS=$'\\n'
      COMPREPLY=($(compgen -f -- "$cur"))
      ;;
    run) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" ${completeVerb} runs "$ledger" 2>/dev/null)" -- "$cur")) ;;
    server) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" ${completeVerb} servers "$ledger" 2>/dev/null)" -- "$cur")) ;;
    words:*) COMPREPLY=($(compgen -W "\${kind#words:}" -- "$cur")) ;;
  esac
}

complete -F _mgn_cutover ${program}
`;
}

function valueLine(verb: string, { name, takes, isMany }: Flag): string[] {
  if (takes === undefined) return [];
  return [`    ${quoted(`${verb} ${name}`)}) echo ${quoted(`${isMany ? '+' : ''}${kindWord(takes)}`)} ;;`];
}

function kindWord(kind: Kind): string {
  return typeof kind === 'string' ? kind : `words:${kind.join(' ')}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
