/** The completion script for fish. */
import { completeVerb } from './known-names.ts';
import type { Flag, Kind, Verb } from './grammar.ts';

/** The script. */
export function fishScript(program: string, verbs: readonly Verb[]): string {
  const names = verbs.map(({ name }) => name).join(' ');
  return `# Completion of ${program} for fish; made by \`${program} completion fish\`.
function __mgn_cutover_names
  set -l words (commandline -opc)
  set -l at (contains -i -- --ledger $words)
  set -l ledger
  test -n "$at"; and set ledger $words[(math $at + 1)]
  $words[1] ${completeVerb} $argv[1] "$ledger" 2>/dev/null
end

complete -c ${program} -f
${verbs.map(({ name, description }) => `complete -c ${program} -n ${quoted(`not __fish_seen_subcommand_from ${names}`)} -a ${name} -d ${quoted(description)}`).join('\n')}
${verbs.flatMap((verb) => [...verb.flags.map((flag) => flagLine(program, verb, flag)), ...argumentLines(program, verb)]).join('\n')}
`;
}

function flagLine(program: string, { name: verb }: Verb, { name, description, takes }: Flag): string {
  const value = takes === undefined ? '' : ` ${valueFlags(takes)}`;
  return `complete -c ${program} -n ${seen(verb)} -l ${name.replace(/^-+/, '')}${value} -d ${quoted(description)}`;
}

/** fish has no place for the number of an argument; the verbs that have one take one kind. */
function argumentLines(program: string, { name: verb, takes }: Verb): string[] {
  return takes.slice(0, 1).flatMap(({ kind }) => {
    if (kind === 'other') return [];
    return [`complete -c ${program} -n ${seen(verb)} ${kind === 'file' ? '-F' : `-a ${candidates(kind)}`}`];
  });
}

function valueFlags(kind: Kind): string {
  if (kind === 'file') return '-r -F';
  return kind === 'other' ? '-x' : `-x -a ${candidates(kind)}`;
}

function candidates(kind: Exclude<Kind, 'file' | 'other'>): string {
  if (typeof kind !== 'string') return quoted(kind.join(' '));
  return quoted(`(__mgn_cutover_names ${kind}s)`);
}

function seen(verb: string): string {
  return quoted(`__fish_seen_subcommand_from ${verb}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
