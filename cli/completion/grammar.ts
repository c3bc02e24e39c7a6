/** What can be typed after the program's name, read off the commands themselves, so that completion never drifts from them. */
import type { Argument, Command, Option } from 'commander';

/** What a word stands for: a file, the name of a run, a source server, one of a few words, or something nobody can guess. */
export type Kind = 'file' | 'run' | 'server' | 'other' | readonly string[];

/** A flag of a verb. */
export interface Flag {
  /** With its dashes, such as `--ledger`. */
  readonly name: string;
  readonly description: string;
  /** What its value stands for; undefined of a flag that takes none. */
  readonly takes?: Kind | undefined;
  /** Whether it takes any number of values. */
  readonly isMany: boolean;
}

/** A verb. */
export interface Verb {
  readonly name: string;
  readonly description: string;
  /** What its arguments stand for, in their order. */
  readonly takes: readonly { readonly name: string; readonly kind: Kind }[];
  readonly flags: readonly Flag[];
}

/** The program's verbs, in the order of its help. */
export function grammarOf(program: Command): Verb[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => verbOf(command, program));
}

function verbOf(command: Command, program: Command): Verb {
  const others = program.commands.map((other) => other.name());
  return {
    name: command.name(),
    description: command.description(),
    takes: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      kind: command.name() === 'help' ? others : kindOfArgument(argument),
    })),
    flags: command.createHelp().visibleOptions(command).map(flagOf),
  };
}

function kindOfArgument(argument: Argument): Kind {
  return argument.argChoices ?? argumentKinds[argument.name()] ?? 'other';
}

const argumentKinds: Readonly<Record<string, Kind>> = { INPUT: 'file', RUN: 'run', SERVER: 'server' };

function flagOf(option: Option): Flag {
  const takesValue = option.required || option.optional;
  const placeholder = /[<[]([\w:]+)/.exec(option.flags)?.[1] ?? '';
  const name = option.long ?? option.short ?? option.flags;
  return {
    name,
    description: option.description,
    takes: takesValue
      ? (option.argChoices ?? flagKinds[name] ?? (placeholder === 'file' ? 'file' : 'other'))
      : undefined,
    isMany: option.variadic,
  };
}

/** A name that confirms what cannot be undone is for a person to type. */
const flagKinds: Readonly<Record<string, Kind>> = { '--run': 'run', '--name': 'run', '--server': 'server' };
