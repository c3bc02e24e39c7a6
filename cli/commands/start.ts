/** `start`: begins a run on a deployed stack, exactly once whoever repeats it, or lets a stopped one go on. */
import { AccessDeniedError, TransientServiceError } from '../../functions/domain/errors.ts';
import type { RunID } from '../../functions/domain/identifiers.ts';
import { isMigrationInput } from '../../functions/domain/migration-input.ts';
import type { RunInput } from '../../functions/domain/run-input.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import { readWindow, showTime } from '../../functions/domain/window.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { audienceOf, type Audience } from '../audience.ts';
import { insistOnConsent } from '../consent.ts';
import { CommandError, exitCodes, messageOf } from '../exit-code.ts';
import type { Io } from '../io.ts';
import { insistOnKept, parsePlannedInput, refuseForMigration, type KeptPlan } from '../kept-plan.ts';
import { clockTime } from '../live/fit.ts';
import { startMigration } from '../migration/start-migration.ts';
import { readPlannedFacts } from '../planned-facts.ts';
import { readInput } from '../read-json.ts';
import { defaultRunName, parseRunName } from '../run-name.ts';
import { isResumable, leftoversOf, whyItEnded } from '../stack/conclude-run.ts';
import { consoleLink } from '../stack/console-link.ts';
import { begin } from '../stack/execute-on-stack.ts';
import type { ExecutionDescription } from '../stack/executions.ts';
import { readExecutions } from '../stack/follow-ups.ts';
import { awaitFreeRun, isRunning } from '../stack/holds.ts';
import { onStack } from '../stack/on-stack.ts';
import { findResumable, hasEnded, redrive, refuseAfterRollback, takenSince } from '../stack/resume.ts';
import type { StackWorld } from '../stack/stack-world.ts';
import { watchExecution } from '../stack/watch-execution.ts';
import { targetWords } from '../target-words.ts';
import { inputHelp, verdictExitCodes, withHelp, withLines, withStack, type VerbContext } from '../verb.ts';
import type { OpenWorld, Session } from '../world.ts';

/** Flags of `start`. */
export interface StartFlags {
  readonly stack: string;
  readonly region?: string | undefined;
  readonly name?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly watch?: boolean | undefined;
  readonly json?: boolean | undefined;
  readonly lines?: boolean | undefined;
  readonly resume?: boolean | undefined;
  readonly plan?: string | undefined;
}

/** Registers `start`. */
export function addStart({ command, io, worlds, end }: VerbContext): void {
  const start = command('start', 'cut over what INPUT names, on a deployed stack; this command may then go away');
  withLines(withStack(start.argument('<INPUT>', inputHelp)))
    .option('--name <name>', 'name of the run (default: made from the input, so that it starts once)')
    .option('--resume', 'go on with the run of this name, whose execution was stopped')
    .option('--plan <file>', 'refuse if anything has changed since plan --save wrote this file')
    .option('--watch', 'then follow it, as watch does')
    .option('--json', 'tell what happens as NDJSON')
    .option('--yes', 'do not ask')
    .action(async (input: string, flags: StartFlags) => {
      end(await startCommand(input, flags, io, worlds));
    });
  withHelp(start, {
    examples: [
      'start wave.json --stack MgnCutover --region eu-west-1 --watch',
      'start wave.json --stack MgnCutover --region eu-west-1 --resume',
      'start migration.json --stack MgnCutover --region eu-west-1 --watch',
    ],
    exitCodes: {
      ...verdictExitCodes,
      0: 'it was started; with --watch: all source servers are verified (or finalized where asked)',
      2: 'refused, such as a run that was started before; nothing was started',
      130: 'with --watch: stopped watching (Ctrl-C); the run goes on',
    },
  });
}

interface StartContext {
  readonly world: StackWorld;
  readonly session: Session;
  readonly io: Io;
  readonly audience: Audience;
  readonly runID: RunID;
  readonly inputPath: string;
  readonly rawInput: unknown;
  readonly input: RunInput;
  readonly keptPlan: KeptPlan | undefined;
  readonly flags: StartFlags;
}

/**
 * Starts or resumes the run.
 *
 * @throws CommandError, InvalidInputError and what `openWorld` throws, when nothing was started.
 */
export async function startCommand(
  inputPath: string,
  flags: StartFlags,
  io: Io,
  openWorld: OpenWorld,
): Promise<number> {
  const audience = audienceOf(io, flags.json === true, flags.lines === true);
  const given = await readInput(inputPath, io);
  if (isMigrationInput(given)) {
    refuseForMigration({ '--plan': flags.plan });
    return startMigration({ inputPath, rawInput: given, flags, io, audience }, openWorld);
  }
  const { rawInput, input, keptPlan } = await parsePlannedInput(given, flags.plan, io);
  const runID = flags.name === undefined ? defaultRunName(input) : parseRunName('--name', flags.name);
  return onStack(flags, io, openWorld, (world, session) => {
    const context = { world, session, io, audience, runID, inputPath, rawInput, input, keptPlan, flags };
    return flags.resume === true ? resume(context) : startAnew(context);
  });
}

async function startAnew(context: StartContext): Promise<number> {
  const { world, runID, rawInput } = context;
  const { executions } = world.stack;
  const known = await executions.describe('wave-cutover', runID);
  if (known !== undefined) throw await alreadyStarted(context, known);
  const run = (await createLedger(world.store).readRun(runID))?.value;
  if (run !== undefined) await refuseKnownRun(context, run);
  refuseOutsideWindow(context);
  await insistOnPlan(context);
  await insistOnStart(context, 'Start');
  const { startedAt, isEnded } = await begin(world.stack, 'wave-cutover', runID, rawInput);
  const ended = isEnded ? await executions.describe('wave-cutover', runID) : undefined;
  if (ended !== undefined) throw await alreadyStarted(context, ended);
  return tellStart(context, startedAt, 'started');
}

/** The stack would refuse it as well, and the name would be used up. */
function refuseOutsideWindow({ session, input }: StartContext): void {
  if (input.window === undefined) return;
  const { opensAt, closesAt, zone } = readWindow(input.window);
  const now = session.time.now();
  if (now < opensAt)
    throw new CommandError(`Not yet: the window opens at ${showTime(opensAt, zone)}. Nothing was started.`);
  if (now >= closesAt) throw new CommandError(`The window closed at ${showTime(closesAt, zone)}. Nothing was started.`);
}

/** Whoever may start executions need not be allowed to read MGN; the stack compares in any case, before it starts anything. */
async function insistOnPlan({ session, audience, runID, input, keptPlan }: StartContext): Promise<void> {
  if (keptPlan === undefined) return;
  try {
    const found = await readPlannedFacts(session, { runID, input });
    insistOnKept(keptPlan, found, input, { audience, now: session.time.now() });
  } catch (error) {
    if (!(error instanceof AccessDeniedError || error instanceof TransientServiceError)) throw error;
    audience.say([
      `Whether anything has changed since ${keptPlan.path} was saved cannot be read from here: ${messageOf(error)}`,
      'The stack compares it with the plan before it starts anything.',
    ]);
  }
}

/** Which start it would be, and the person's word for it. */
async function insistOnStart(context: StartContext, what: 'Start' | 'Go on with'): Promise<void> {
  const { world, session, io, audience, runID, input, flags } = context;
  const { options } = input;
  audience.say([
    audience.palette.strong(`${what} ${runID}: ${targetWords(input)}, ${world.label}`),
    options.onBlocked === 'refuse'
      ? 'The stack checks every source server first; one that is blocked refuses the whole run (options.onBlocked is "refuse").'
      : 'The stack checks every source server first and leaves out those that are blocked (options.onBlocked is "skip").',
    ...(options.start === 'approve'
      ? ['Once everything is ready it waits for a person to approve its start (options.start is "approve").']
      : []),
    commitWords[options.commit],
  ]);
  if (!world.needsConsent) return;
  const question = `${what} it in ${world.label}?`;
  await session.time.hold(insistOnConsent(question, flags.yes === true, io, audience.prose));
}

const commitWords = {
  auto: 'It will FINALIZE every verified source server, which cannot be undone (options.commit is "auto").',
  approve:
    'What is verified then waits for a person to commit it or bring it back (options.commit is "approve"); nothing is finalized before.',
  never: 'It will finalize nothing: verified source servers stay revertible (options.commit is "never").',
} as const;

/** Says what became of the run that has this name, and that nothing was started. */
async function alreadyStarted(context: StartContext, known: ExecutionDescription): Promise<CommandError> {
  const { world, runID } = context;
  const { flags, stack } = world;
  if (known.status === 'RUNNING') return isRunning(runID, known, flags);
  const running = (await readExecutions(stack.executions, runID)).find(({ status }) => status === 'RUNNING');
  if (running !== undefined) return isRunning(runID, running, flags);
  const run = (await createLedger(world.store).readRun(runID))?.value;
  const another = 'To cut over once more, give the run another name with --name.';
  if (run?.end !== undefined) return new CommandError(`${hasEnded(runID, run.end)} ${another}`);
  const taken = takenSince(world, runID, known, run);
  if (taken !== undefined) return taken;
  const { lines } = await leftoversOf(context, known);
  const ways = isResumable(known) || run?.plan?.decision === 'PROCEED' ? lines : [...lines, another];
  return new CommandError([`${whyItEnded(known)} Nothing was started now.`, ...ways].join('\n'));
}

/** An execution whose run has ended, or is somebody else's, would be refused and have used up its name. */
async function refuseKnownRun({ world, session, runID }: StartContext, run: RunRecord): Promise<void> {
  if (run.end !== undefined) {
    throw new CommandError(`${hasEnded(runID, run.end)} Give this run another name with --name.`);
  }
  await refuseAfterRollback(world, runID);
  const { holder, createdAt } = run;
  if (holder === undefined || holder.heldUntil <= session.time.now()) return;
  const ownArn = world.stack.executions.arnOf('wave-cutover', runID);
  if (holder.executionID === ownArn) {
    throw isRunning(runID, { name: runID, startedAt: createdAt }, world.flags);
  }
  const until = clockTime(holder.heldUntil);
  throw new CommandError(
    `Run ${runID} is in the ledger of ${world.label} and is being worked on from another machine (${holder.executionID}), until ${until} at least. Nothing was started.`,
  );
}

async function resume(context: StartContext): Promise<number> {
  const { world, session, io, audience, runID, input } = context;
  const execution = await findResumable(world, runID, input);
  await insistOnStart(context, 'Go on with');
  const remark = (sentence: string) => {
    audience.say([sentence]);
  };
  await awaitFreeRun(world, session, io, { runID, executionArn: execution.arn, progress: { remark } });
  return tellStart(context, await redrive(world, runID), 'goes on');
}

async function tellStart(context: StartContext, startedAt: number, what: 'started' | 'goes on'): Promise<number> {
  const { world, session, audience, runID, flags, io, inputPath } = context;
  const executionArn = world.stack.executions.arnOf('wave-cutover', runID);
  const consoleUrl = consoleLink(world.stack, executionArn);
  const watch = `mgn-cutover watch ${runID} ${world.flags}`;
  const at = new Date(startedAt).toISOString();
  audience.event('started', session.time.now(), { run: runID, executionArn, startedAt: at, consoleUrl, watch });
  audience.say([
    what === 'started' ? `Started ${runID} at ${at}.` : `${runID} goes on since ${at}.`,
    ...(consoleUrl === undefined ? [] : [`  in the console: ${consoleUrl}`]),
    `  to watch it: ${watch}`,
  ]);
  if (flags.watch !== true) return exitCodes.done;
  const execution = { machine: 'wave-cutover', name: runID, arn: executionArn, status: 'RUNNING', startedAt } as const;
  const notEndedBefore = what === 'started' ? undefined : startedAt;
  const input = JSON.stringify(context.rawInput);
  return watchExecution({ world, session, io, audience, runID, inputPath, notEndedBefore }, { ...execution, input });
}
