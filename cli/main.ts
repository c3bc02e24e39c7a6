/** The command line: which commands and flags there are, and how every way of failing becomes one message and a code. */
import { Command, CommanderError } from 'commander';
import { errorNames } from '../functions/domain/errors.ts';
import { addApprove } from './commands/approve.ts';
import { addCheck } from './commands/check.ts';
import { addCommit } from './commands/commit.ts';
import { addCompletion } from './commands/completion.ts';
import { addExplain } from './commands/explain.ts';
import { addList } from './commands/list.ts';
import { addPlan } from './commands/plan.ts';
import { addRehearse } from './commands/rehearse.ts';
import { addReport } from './commands/report.ts';
import { addRollback } from './commands/rollback.ts';
import { addRun } from './commands/run.ts';
import { addSimulate } from './commands/simulate.ts';
import { addStart } from './commands/start.ts';
import { addStop } from './commands/stop.ts';
import { addWatch } from './commands/watch.ts';
import { CommandError, exitCodes, messageOf } from './exit-code.ts';
import { writeLine, type Io } from './io.ts';
import { neutral } from './live/neutral.ts';
import { wrapped } from './live/wrap.ts';
import { exitCodeLines, helpColumns, verdictExitCodes, type VerbContext } from './verb.ts';
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
  for (const line of errorLines(`mgn-cutover: ${shortened(messageOf(error))}${hint}`, io)) writeLine(io.stderr, line);
  if (isDebugging && error instanceof Error && error.stack !== undefined) writeLine(io.stderr, error.stack);
  if (error instanceof CommandError) return error.exitCode;
  return isRefusal ? exitCodes.refused : exitCodes.person;
}

/** A terminal breaks a long line wherever it ends, in the middle of a command too; whatever reads a pipe wants it whole. */
function errorLines(message: string, { stderr: { columns } }: Io): string[] {
  const lines = message.split('\n');
  return columns === undefined ? lines : lines.flatMap((line) => wrapped(line, columns));
}

/** Longest message, in characters: what is wrong is in the first screen of it. */
const messageMax = 6_000;

function shortened(message: string): string {
  return message.length <= messageMax
    ? message
    : `${message.slice(0, messageMax)}… (${String(message.length)} characters)`;
}

const toolsHeading = 'Tools:';

/** What the verbs are for, in the order of a night, and the verbs of each in that order. */
const verbs: readonly (readonly [string, readonly ((context: VerbContext) => void)[]])[] = [
  ['Before the night:', [addPlan, addCheck, addRehearse]],
  ['The night:', [addRun, addStart, addWatch, addApprove, addCommit, addRollback, addStop]],
  ['Looking at it, now and later:', [addList, addExplain, addReport]],
  [toolsHeading, [addSimulate, addCompletion]],
];

/** What commander says of a command line that is none, in our own name. */
function usageError(text: string, io: Io): string {
  return errorLines(shortened(text.replace(/^error: /, 'mgn-cutover: ')), io).join('\n');
}

/** Which verb comes when. */
const overview = [
  'In the order of the night:',
  '  plan → check → rehearse → run|start → watch → commit|rollback → report',
].join('\n');

/** The program with all its verbs; `end` hears the exit code of the verb that was asked for. */
export function createProgram(io: Io, worlds: OpenWorld, end: (exitCode: number) => void): Command {
  const program = new Command('mgn-cutover')
    .description(
      `Cuts waves of source servers over with AWS MGN, and brings them back if it goes wrong.\n\n${overview}`,
    )
    .commandsGroup(toolsHeading)
    .helpCommand('help [verb]', 'show the help of a verb, as VERB --help does')
    .option('--debug', 'show the stack of an unexpected error')
    .showHelpAfterError('(add --help to see what there is)')
    .usage('<verb> [options]')
    .addHelpText('after', ({ command }) => exitCodeLines(verdictExitCodes, helpColumns(command)).join('\n'))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(neutral(usageError(text, io))),
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
    });
  for (const [heading, adders] of verbs) {
    const command = (name: string, description: string) =>
      program
        .command(name)
        .helpGroup(heading)
        .description(description)
        .option('--debug', 'show the stack of an unexpected error');
    for (const add of adders) add({ command, io, worlds, end });
  }
  return program;
}
