/** What a verb of the command line registers with, and the flags that several verbs share. */
import { InvalidArgumentError, type Command } from 'commander';
import type { Io } from './io.ts';
import { wrapped } from './live/wrap.ts';
import type { OpenWorld } from './world.ts';

/** What a verb's `add…` function is given: it registers one command with its flags, its help and its action. */
export interface VerbContext {
  /** Makes the command; every one has `--debug`. */
  readonly command: (name: string, description: string) => Command;
  readonly io: Io;
  readonly worlds: OpenWorld;
  /** Tells how the verb ended; an action that throws instead is explained to the person by `main`. */
  readonly end: (exitCode: number) => void;
}

/** The flags of a verb that works in AWS or at an endpoint, with the ledger of this machine, of a file or of a stack. */
export function withPlace(command: Command): Command {
  return command
    .option('--endpoint <url>', 'a simulator or other endpoint that runs already')
    .option('--region <region>', 'AWS, in this region, with the credentials of the environment')
    .option('--ledger <file>', 'where runs are recorded: a file, or stack:NAME (default: in the state folder)');
}

/** The flags of a verb that may also act on a deployed stack, where the work is done by its state machines. */
export function withPlaceOrStack(command: Command): Command {
  return withPlace(
    command.option('--stack <name>', 'the deployed stack of this name: its state machines work, this command watches'),
  );
}

/** The flags of a verb that works on a deployed stack only. */
export function withStack(command: Command): Command {
  return command
    .requiredOption('--stack <name>', 'the deployed stack, such as MgnCutover')
    .option('--region <region>', 'region of the stack (default: AWS_REGION, or that of the profile)');
}

/** The flags of a verb that may also rehearse. */
export function withWorld(command: Command): Command {
  return withPlace(command.option('--scenario <file>', 'rehearse: simulate this scenario in virtual time'))
    .option('--seed <n>', 'seed of a rehearsal; the same seed gives the same run (default: 1)', wholeNumber)
    .option('--name <name>', 'name of the run (default: made from the input)');
}

/** The flag of a verb that shows a screen, for those to whom one is read out and for terminals that cannot draw one. */
export function withLines(command: Command): Command {
  return command.option('--lines', 'one plain line a change instead of a screen, as for a screen reader or TERM=dumb');
}

/** The argument of a verb that takes a run's input. */
export const inputHelp =
  'run input as JSON, such as {"waveID": "wave-…"}, or that of a migration of many {"waves": […]}, at most 1 MiB; - reads standard input';

/** What the exit codes of a run mean; `exit-code.ts` has them for programs. */
export const verdictExitCodes: Readonly<Record<number, string>> = {
  0: 'all source servers are verified (or finalized where asked); for plan: a run would start',
  1: 'some were not cut over: rolled back, blocked or not started',
  2: 'refused, nothing was touched',
  3: 'a person is needed; the commands that are left are printed',
};

/** The lines of help about exit codes, in at most `columns` columns. */
export function exitCodeLines(exitCodes: Readonly<Record<number, string>>, columns: number): string[] {
  const codes = Object.entries(exitCodes);
  const width = Math.max(...codes.map(([code]) => code.length));
  const indent = ' '.repeat(width + 4);
  return [
    '',
    'Exit codes:',
    ...codes.flatMap(([code, meaning]) =>
      wrapped(meaning, columns - indent.length).map((piece, index) =>
        index === 0 ? `  ${code.padEnd(width)}  ${piece}` : `${indent}${piece.trim()}`,
      ),
    ),
  ];
}

/** How wide the help of the command may be. */
export function helpColumns(command: Command): number {
  return command.configureOutput().getOutHelpWidth?.() ?? 80;
}

/** Ends a verb's help with commands to try (without the program's name) and with what each exit code means. */
export function withHelp(
  command: Command,
  help: { readonly examples: readonly string[]; readonly exitCodes: Readonly<Record<number, string>> },
): Command {
  const examples = ['', 'Examples:', ...help.examples.map((example) => `  mgn-cutover ${example}`)];
  return command.addHelpText('after', () =>
    [...examples, ...exitCodeLines(help.exitCodes, helpColumns(command))].join('\n'),
  );
}

function parseNumber(text: string, expected: string, isFine: (value: number) => boolean): number {
  const value = Number(text);
  if (text.trim() !== '' && isFine(value)) return value;
  throw new InvalidArgumentError(`Expected ${expected}.`);
}

/** Parses a flag's whole number. */
export function wholeNumber(text: string): number {
  return parseNumber(text, 'a whole number', Number.isSafeInteger);
}

/** Parses a flag's whole number from 1 to 1,000. */
export function countNumber(text: string): number {
  return parseNumber(
    text,
    'a whole number from 1 to 1000',
    (value) => Number.isInteger(value) && value >= 1 && value <= 1_000,
  );
}

/** Parses how many nights are rehearsed; 0 is the clean one alone. */
export function nightsNumber(text: string): number {
  return parseNumber(
    text,
    'a whole number from 0 to 1000',
    (value) => Number.isInteger(value) && value >= 0 && value <= 1_000,
  );
}

/** Parses a flag's number above 0. */
export function positiveNumber(text: string): number {
  return parseNumber(text, 'a number above 0', (value) => value > 0 && value < Infinity);
}

/** Parses how fast a simulator's time passes; at a million times as fast a century is an hour. */
export function speedNumber(text: string): number {
  return parseNumber(text, 'a number from 0 to 1000000', (value) => value >= 0 && value <= 1_000_000);
}

/** Parses a flag's TCP port; 0 means any free one. */
export function portNumber(text: string): number {
  return parseNumber(
    text,
    'a port from 0 to 65535',
    (value) => Number.isInteger(value) && value >= 0 && value <= 65_535,
  );
}
