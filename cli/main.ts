/** The command line: which commands and flags there are, and how every way of failing becomes one message and a code. */
import { Command, CommanderError } from 'commander';
import { errorNames } from '../functions/domain/errors.ts';
import { addApprove } from './commands/approve.ts';
import { addCheck } from './commands/check.ts';
import { addCommit } from './commands/commit.ts';
import { addList } from './commands/list.ts';
import { addPlan } from './commands/plan.ts';
import { addRollback } from './commands/rollback.ts';
import { addRun } from './commands/run.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStart } from './commands/start.ts';
import { addStop } from './commands/stop.ts';
import { addWatch } from './commands/watch.ts';
import { CommandError, exitCodes, messageOf } from './exit-code.ts';
import { writeLine, type Io } from './io.ts';
import { neutral } from './live/neutral.ts';
import { exitCodeLines, verdictExitCodes, type VerbContext } from './verb.ts';
import { openWorld, type OpenWorld } from './world.ts';

/**
 * Runs a command line.
 *
 * @param argv - the arguments after the program's name
 * @returns the exit code; never rejects.
 */
export async function main(argv: readonly string[], io: Io, worlds: OpenWorld = openWorld): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = createProgram(io, worlds, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    return explain(error, argv, io);
  }
}

/** Errors whose message is all a person needs, and which are thrown before anything is touched. */
const refusalNames: ReadonlySet<string> = new Set([
  ...errorNames,
  'InvalidScenarioError',
  'PortInUseError',
  'RunInProcessError',
  'InvalidName',
]);

function explain(error: unknown, argv: readonly string[], io: Io): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.refused;
  const isDebugging = argv.includes('--debug');
  const isRefusal = error instanceof Error && refusalNames.has(error.name);
  const isKnown = error instanceof CommandError || isRefusal;
  const hint = isKnown || isDebugging ? '' : ' (a defect of mgn-cutover; add --debug to see where)';
  writeLine(io.stderr, `mgn-cutover: ${shortened(messageOf(error))}${hint}`);
  if (isDebugging && error instanceof Error && error.stack !== undefined) writeLine(io.stderr, error.stack);
  if (error instanceof CommandError) return error.exitCode;
  return isRefusal ? exitCodes.refused : exitCodes.person;
}

/** Longest message, in characters: what is wrong is in the first screen of it. */
const messageMax = 6_000;

function shortened(message: string): string {
  return message.length <= messageMax
    ? message
    : `${message.slice(0, messageMax)}… (${String(message.length)} characters)`;
}

/** In the order of a night: first those that work from here, then those that a stack does the work for. */
const verbs = [
  addPlan,
  addCheck,
  addRun,
  addApprove,
  addCommit,
  addRollback,
  addStart,
  addWatch,
  addStop,
  addList,
  addSimulate,
];

function createProgram(io: Io, worlds: OpenWorld, end: (exitCode: number) => void): Command {
  const program = new Command('mgn-cutover')
    .description('Cuts waves of source servers over with AWS MGN, and brings them back if it goes wrong.')
    .option('--debug', 'show the stack of an unexpected error')
    .showHelpAfterError('(add --help to see what there is)')
    .addHelpText('after', exitCodeLines(verdictExitCodes).join('\n'))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(neutral(shortened(text.replace(/^error: /, 'mgn-cutover: ')))),
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
    });
  const command = (name: string, description: string) =>
    program.command(name).description(description).option('--debug', 'show the stack of an unexpected error');
  const context: VerbContext = { command, io, worlds, end };
  for (const add of verbs) add(context);
  return program;
}
