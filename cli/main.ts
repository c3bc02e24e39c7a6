/** The command line: which commands and flags there are, and how every way of failing becomes one message and a code. */
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { errorNames } from '../functions/domain/errors.ts';
import { planCommand, type PlanFlags } from './commands/plan.ts';
import { rollbackCommand, type RollbackFlags } from './commands/rollback.ts';
import { runCommand, type RunFlags } from './commands/run.ts';
import { simulateCommand, type SimulateFlags } from './commands/simulate.ts';
import { CommandError, exitCodes, messageOf } from './exit-code.ts';
import { writeLine, type Io } from './io.ts';
import { openWorld, type OpenWorld } from './world.ts';

const exitCodeHelp = `
Exit codes:
  0  all source servers are verified (or finalized where asked); for plan: a run would start
  1  some were not cut over: rolled back, blocked or not started
  2  refused, nothing was touched
  3  a person is needed; the commands that are left are printed`;

const rollbackExitCodeHelp = `
Exit codes:
  0  everything asked for is back: READY_FOR_CUTOVER, and no instance of the run left
  2  refused, nothing was touched
  3  a person is needed; the commands that are left are printed`;

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
  writeLine(io.stderr, `mgn-cutover: ${messageOf(error)}${hint}`);
  if (isDebugging && error instanceof Error && error.stack !== undefined) writeLine(io.stderr, error.stack);
  if (error instanceof CommandError) return error.exitCode;
  return isRefusal ? exitCodes.refused : exitCodes.person;
}

function createProgram(io: Io, worlds: OpenWorld, end: (exitCode: number) => void): Command {
  const program = new Command('mgn-cutover')
    .description('Cuts waves of source servers over with AWS MGN, and brings them back if it goes wrong.')
    .option('--debug', 'show the stack of an unexpected error')
    .showHelpAfterError('(add --help to see what there is)')
    .addHelpText('after', exitCodeHelp)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text.replace(/^error: /, 'mgn-cutover: ')),
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => io.stderr.columns ?? 80,
    });
  const command = (name: string, description: string) =>
    program.command(name).description(description).option('--debug', 'show the stack of an unexpected error');
  addRun(command, io, worlds, end);
  addPlan(command, io, worlds, end);
  addRollback(command, io, worlds, end);
  addSimulate(command, io, end);
  return program;
}

type AddCommand = (name: string, description: string) => Command;
type End = (exitCode: number) => void;

const inputHelp = 'run input as JSON, such as {"waveID": "wave-…"}; - reads standard input';

function withPlace(command: Command): Command {
  return command
    .option('--endpoint <url>', 'a simulator or other endpoint that runs already')
    .option('--region <region>', 'AWS, in this region, with the credentials of the environment')
    .option('--ledger <file>', 'where runs are recorded (default: in the state folder of the user)');
}

function withWorld(command: Command): Command {
  return withPlace(command.option('--scenario <file>', 'rehearse: simulate this scenario in virtual time'))
    .option('--seed <n>', 'seed of a rehearsal; the same seed gives the same run (default: 1)', wholeNumber)
    .option('--name <name>', 'name of the run (default: made from the input)');
}

function addRun(command: AddCommand, io: Io, worlds: OpenWorld, end: End): void {
  withWorld(command('run', 'cut over what INPUT names, or go on with that run').argument('<INPUT>', inputHelp))
    .option('--output <file>', 'write the report as JSON')
    .option('--json', 'tell what happens as NDJSON')
    .option('--expect <file>', 'exit 0 if the rehearsal ends with exactly these verdicts')
    .option('--speed <x>', 'virtual seconds a second of a rehearsal, at most', positiveNumber)
    .option('--log <file>', 'write the history of the executions as NDJSON')
    .option('--yes', 'do not ask')
    .addHelpText('after', exitCodeHelp)
    .action(async (input: string, flags: RunFlags) => {
      end(await runCommand(input, flags, io, worlds));
    });
}

function addPlan(command: AddCommand, io: Io, worlds: OpenWorld, end: End): void {
  withWorld(command('plan', 'show what run would do; changes nothing').argument('<INPUT>', inputHelp))
    .option('--json', 'tell it as JSON')
    .addHelpText('after', exitCodeHelp)
    .action(async (input: string, flags: PlanFlags) => {
      end(await planCommand(input, flags, io, worlds));
    });
}

function addRollback(command: AddCommand, io: Io, worlds: OpenWorld, end: End): void {
  withPlace(
    command('rollback', 'bring back what a run launched and did not finalize').argument('<RUN>', 'name of the run'),
  )
    .option('--server <id...>', 'only these source servers, by ID or host name')
    .option('--output <file>', 'write the report as JSON')
    .option('--json', 'tell what happens as NDJSON')
    .option('--log <file>', 'write the history of the executions as NDJSON')
    .option('--yes', 'do not ask')
    .addHelpText('after', rollbackExitCodeHelp)
    .action(async (run: string, flags: RollbackFlags) => {
      end(await rollbackCommand(run, flags, io, worlds));
    });
}

function addSimulate(command: AddCommand, io: Io, end: End): void {
  command('simulate', 'serve a scenario as an MGN endpoint on this machine')
    .requiredOption('--scenario <file>', 'the scenario')
    .option('--port <n>', 'port on 127.0.0.1; 0 takes any free one', portNumber, 0)
    .option('--speed <x>', 'simulated seconds a second; 0 stands still', nonNegativeNumber, 1)
    .option('--seed <n>', 'seed of chance and identifiers', wholeNumber, 1)
    .option('--json', 'print the endpoint as JSON')
    .option('--verbose', 'print every call')
    .action(async (flags: SimulateFlags) => {
      end(await simulateCommand(flags, io));
    });
}

function parseNumber(text: string, expected: string, isFine: (value: number) => boolean): number {
  const value = Number(text);
  if (text.trim() !== '' && isFine(value)) return value;
  throw new InvalidArgumentError(`Expected ${expected}.`);
}

const wholeNumber = (text: string) => parseNumber(text, 'a whole number', Number.isSafeInteger);
const positiveNumber = (text: string) =>
  parseNumber(text, 'a number above 0', (value) => value > 0 && value < Infinity);
const nonNegativeNumber = (text: string) =>
  parseNumber(text, 'a number of 0 or more', (value) => value >= 0 && value < Infinity);
const portNumber = (text: string) =>
  parseNumber(text, 'a port from 0 to 65535', (value) => Number.isInteger(value) && value >= 0 && value <= 65_535);
