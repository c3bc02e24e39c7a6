/** `stop`: breaks off what a deployed stack does about a run, says what that leaves behind and which ways are left. */
import type { RunID } from '../../functions/domain/identifiers.ts';
import { AccessDeniedError } from '../../functions/domain/errors.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { inFlightMs } from '../../functions/watch/settle-run.ts';
import { audienceOf, type Audience } from '../audience.ts';
import { insistOnConsent } from '../consent.ts';
import { CommandError, exitCodes, messageOf } from '../exit-code.ts';
import { makeReport, type FullReport } from '../full-report.ts';
import type { Interruption } from '../interruption.ts';
import type { Io } from '../io.ts';
import { unknownRun } from '../known-run.ts';
import { clockTime } from '../live/fit.ts';
import { phaseCounts } from '../live/server-words.ts';
import { parseRunName } from '../run-name.ts';
import { leftoversOf, tellEnd, whyItEnded } from '../stack/conclude-run.ts';
import type { ExecutionDescription, Executions } from '../stack/executions.ts';
import { readExecutions } from '../stack/follow-ups.ts';
import { runningChildren } from '../stack/nested.ts';
import { onStack } from '../stack/on-stack.ts';
import type { StackWorld } from '../stack/stack-world.ts';
import { withHelp, withStack, type VerbContext } from '../verb.ts';
import type { OpenWorld, Session } from '../world.ts';

/** Flags of `stop`. */
export interface StopFlags {
  readonly stack: string;
  readonly region?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Registers `stop`. */
export function addStop({ command, io, worlds, end }: VerbContext): void {
  const stop = command('stop', 'stop what a deployed stack does about a run; what was started stays as it is');
  withStack(stop.argument('<RUN>', 'name of the run'))
    .option('--json', 'tell it as JSON')
    .option('--yes', 'do not ask')
    .action(async (run: string, flags: StopFlags) => {
      end(await stopCommand(run, flags, io, worlds));
    });
  withHelp(stop, {
    examples: ['stop RUN --stack MgnCutover --region eu-west-1'],
    exitCodes: {
      2: 'nothing was touched: the run was not running, or had started nothing yet',
      3: 'stopped, and a person is needed; the commands that are left are printed',
    },
  });
}

interface StopContext {
  readonly world: StackWorld;
  readonly session: Session;
  readonly io: Io;
  readonly audience: Audience;
  readonly runID: RunID;
  readonly flags: StopFlags;
}

/**
 * Stops the execution that works on the run, and what it began.
 *
 * @throws CommandError when nothing is running, or it did not stop.
 */
export async function stopCommand(runName: string, flags: StopFlags, io: Io, openWorld: OpenWorld): Promise<number> {
  const audience = audienceOf(io, flags.json === true);
  const runID = parseRunName('RUN', runName);
  return onStack(flags, io, openWorld, async (world, session) => {
    const context = { world, session, io, audience, runID, flags };
    const executions = await readExecutions(world.stack.executions, runID);
    const running = executions.findLast(({ status }) => status === 'RUNNING');
    if (running === undefined) throw await notRunning(context, executions.at(-1));
    await insistOnStop(context, running);
    const children = await stopAll(context, running);
    return tellStopped(context, running, children);
  });
}

async function notRunning(
  { world, runID }: StopContext,
  last: ExecutionDescription | undefined,
): Promise<CommandError> {
  if (last !== undefined)
    return new CommandError(`Run ${runID} is not running. ${whyItEnded(last)} Nothing was stopped.`);
  const ledger = createLedger(world.store);
  if ((await ledger.readRun(runID)) === undefined) return unknownRun(world, runID, await ledger.listRunIDs());
  return new CommandError(`Run ${runID} was begun from a machine, and not by the stack; stop it there with Ctrl-C.`);
}

async function insistOnStop(context: StopContext, running: ExecutionDescription): Promise<void> {
  const { world, session, io, audience, runID, flags } = context;
  const what = running.name === runID ? `run ${runID}` : `${running.machine} ${running.name} of run ${runID}`;
  audience.say([
    audience.palette.strong(`Stop ${what} in ${world.label}`),
    `It is running since ${new Date(running.startedAt).toISOString()}. ${await standing(context)}`,
    'Nothing is brought back by this: jobs that MGN was given go on, and launched instances stay.',
  ]);
  if (!world.needsConsent) return;
  await session.time.hold(insistOnConsent(`Stop it?`, flags.yes === true, io, audience.prose));
}

/** How far the run is; who may not read the ledger may still stop what runs. */
async function standing({ world, runID }: StopContext): Promise<string> {
  try {
    const servers = await createLedger(world.store).readServers(runID);
    return servers.length === 0 ? 'Its source servers are not resolved yet.' : `${phaseCounts(servers)}.`;
  } catch (error) {
    if (error instanceof AccessDeniedError) return `Its ledger cannot be read (${messageOf(error)}).`;
    throw error;
  }
}

const lookEveryMs = 2_000;
/** Step Functions ends an execution within moments of being asked. */
const stopMsMax = 60_000;
/** How long children may take to be stopped with their parent before each is stopped by itself. */
const childrenMs = 20_000;

/** Stops the execution and sees to it that what it began stops too; gives what still runs. */
async function stopAll(
  { world, session, audience }: StopContext,
  running: ExecutionDescription,
): Promise<ExecutionDescription[]> {
  const { time } = session;
  const { executions } = world.stack;
  await executions.stop(running.machine, running.name);
  const askedAt = time.now();
  while ((await executions.describe(running.machine, running.name))?.status === 'RUNNING') {
    if (time.now() - askedAt > stopMsMax) {
      throw new CommandError(
        `${running.name} was asked to stop and is RUNNING still. Look at it in the console, and run the same command again.`,
        exitCodes.person,
      );
    }
    await time.sleep(lookEveryMs);
  }
  audience.say([`${running.name} is stopped.`]);
  const stoppedAt = time.now();
  let children = await readChildren(executions, running);
  for (let isAsked = false; children.length > 0 && time.now() - stoppedAt < stopMsMax;) {
    if (!isAsked && time.now() - stoppedAt >= childrenMs) {
      isAsked = true;
      for (const child of children) await executions.stop(child.machine, child.name);
    }
    await time.sleep(lookEveryMs);
    children = await readChildren(executions, running);
  }
  return children;
}

/** Only a wave's execution begins others. */
function readChildren(executions: Executions, parent: ExecutionDescription): Promise<ExecutionDescription[]> {
  return parent.machine === 'wave-cutover' ? runningChildren(executions, parent) : Promise.resolve([]);
}

async function tellStopped(
  context: StopContext,
  stopped: ExecutionDescription,
  children: readonly ExecutionDescription[],
): Promise<number> {
  const { world, session, audience, runID } = context;
  const ended = (await world.stack.executions.describe(stopped.machine, stopped.name)) ?? stopped;
  const report = await readReport(world, runID);
  if (report?.run.endedAt !== undefined) return tellEnd(context, report);
  const { exitCode, lines } = await leftBehind(context, ended);
  const said = [...childrenLines(world, children), ...lines];
  audience.say(said);
  const finalCode = children.length > 0 ? exitCodes.person : exitCode;
  audience.event('end', session.time.now(), { exitCode: finalCode, error: said.join(' '), report });
  return finalCode;
}

async function readReport(world: StackWorld, runID: RunID): Promise<FullReport | undefined> {
  try {
    return await makeReport(world, runID);
  } catch (error) {
    if (error instanceof AccessDeniedError) return undefined;
    throw error;
  }
}

function childrenLines({ stack }: StackWorld, children: readonly ExecutionDescription[]): string[] {
  return children.map(
    ({ machine, name, arn }) =>
      `${machine} ${name}, which it began, is RUNNING still. Stop it: aws stepfunctions stop-execution --execution-arn ${arn} --region ${stack.region}`,
  );
}

/** The step in flight is a Lambda function, which nothing can stop; what it does is in the ledger only afterwards. */
async function leftBehind(context: StopContext, ended: ExecutionDescription): Promise<Interruption> {
  const { session } = context;
  const mayActUntil = (ended.endedAt ?? session.time.now()) + inFlightMs;
  const inFlight = `A step that was under way cannot be stopped and may act for up to 5 minutes, until ${clockTime(mayActUntil)}.`;
  try {
    const left = await leftoversOf(context, ended);
    return left.exitCode === exitCodes.refused ? left : { ...left, lines: [inFlight, ...left.lines] };
  } catch (error) {
    if (!(error instanceof AccessDeniedError)) throw error;
    const lines = [
      inFlight,
      `What is left behind cannot be read here (${messageOf(error)}); see the notice of the stack.`,
    ];
    return { exitCode: exitCodes.person, lines };
  }
}
