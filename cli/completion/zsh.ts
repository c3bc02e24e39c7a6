/** The completion script for zsh, in the words of its own completion system. */
import { completeVerb } from './known-names.ts';
import type { Flag, Kind, Verb } from './grammar.ts';

/** The script; it may be sourced, or lie in a folder of `fpath` under the name `_mgn-cutover`. */
export function zshScript(program: string, verbs: readonly Verb[]): string {
  return `#compdef ${program}
# Completion of ${program} for zsh; made by \`${program} completion zsh\`.
_mgn_cutover_names() {
  local -a names
  names=(\${(f)"$($_mgn_cutover_program ${completeVerb} $1 "\${opt_args[--ledger]}" 2>/dev/null)"})
  compadd -a names
}
_mgn_cutover_runs() {
  _mgn_cutover_names runs
}
_mgn_cutover_servers() {
  _mgn_cutover_names servers
}

_mgn_cutover() {
  local curcontext="$curcontext" state line _mgn_cutover_program=$words[1]
  typeset -A opt_args
  _arguments -C '1:verb:->verb' '*::argument:->rest'
  case $state in
    verb)
      local -a verbs
      verbs=(
${verbs.map(({ name, description }) => `        ${quoted(`${name}:${described(description)}`)}`).join('\n')}
      )
      _describe verb verbs
      ;;
    rest)
      case $line[1] in
${verbs.map(verbCase).join('\n')}
      esac
      ;;
  esac
}

if [ "$funcstack[1]" = _mgn_cutover ] || [ "$funcstack[1]" = _mgn-cutover ]; then
  _mgn_cutover "$@"
else
  compdef _mgn_cutover ${program}
fi
`;
}

function verbCase({ name, flags, takes }: Verb): string {
  const specs = [
    ...flags.map(flagSpec),
    ...takes.map((argument, index) => `${String(index + 1)}:${described(argument.name)}:${action(argument.kind)}`),
  ];
  return `        ${name})\n          _arguments \\\n${specs.map((spec) => `            ${quoted(spec)}`).join(' \\\n')}\n          ;;`;
}

function flagSpec({ name, description, takes, isMany }: Flag): string {
  const head = `${name}[${described(description)}]`;
  if (takes === undefined) return head;
  // With a pattern all words up to one that it matches, which is the next flag, are values.
  return `${head}${isMany ? ':*-*' : ''}:${name.replace(/^-+/, '')}:${action(takes)}`;
}

function action(kind: Kind): string {
  if (typeof kind !== 'string') return `(${kind.join(' ')})`;
  return { file: '_files', run: '_mgn_cutover_runs', server: '_mgn_cutover_servers', other: ' ' }[kind];
}

/** What has a meaning of its own in a specification, taken for itself. */
function described(text: string): string {
  return text.replace(/[[\]:\\]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
