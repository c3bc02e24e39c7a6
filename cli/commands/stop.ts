/** `stop`: breaks off what a deployed stack does about a run, says what that leaves behind and which ways are left. */
import type { RunID } from '../../functions/domain/identifiers.ts';
import { AccessDeniedError, TransientServiceError } from '../../functions/domain/errors.ts';
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
import type { ExecutionDescription } from '../stack/executions.ts';
import { readExecutions } from '../stack/follow-ups.ts';
import { onStack } from '../stack/on-stack.ts';
import type { StackWorld } from '../stack/stack-world.ts';
import { stopChildren, stopExecution } from '../stack/stop-execution.ts';
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
    const { executions } = world.stack;
    const known = await readExecutions(executions, runID);
    const running = known.findLast(({ status }) => status === 'RUNNING');
    if (running === undefined) throw await notRunning(context, known.at(-1));
    await insistOnStop(context, running);
    await stopExecution(executions, session.time, running);
    audience.say([`${running.name} is stopped.`]);
    return tellStopped(context, running, await stopChildren(executions, session.time, running));
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

type Children = Awaited<ReturnType<typeof stopChildren>>;

async function tellStopped(context: StopContext, stopped: ExecutionDescription, children: Children): Promise<number> {
  const { world, session, audience, runID } = context;
  const now = session.time.now();
  const read = async () => {
    const report = await makeReport(world, runID);
    const ended = (await world.stack.executions.describe(stopped.machine, stopped.name)) ?? stopped;
    return { report, left: await leftoversOf(context, ended), endedAt: ended.endedAt ?? now };
  };
  const { report, left, endedAt } = await orUnread(read, now);
  if (report?.run.endedAt !== undefined) return tellEnd(context, report);
  const mayActUntil = clockTime(endedAt + inFlightMs);
  const inFlight = `A step that was under way cannot be stopped and may act for up to 5 minutes, until ${mayActUntil}.`;
  const isTouched = left.exitCode !== exitCodes.refused;
  const said = [...childrenLines(world, children), ...(isTouched ? [inFlight] : []), ...left.lines];
  const exitCode = children.length > 0 ? exitCodes.person : left.exitCode;
  audience.say(said);
  audience.event('end', session.time.now(), { exitCode, error: said.join(' '), report });
  return exitCode;
}

interface Aftermath {
  readonly report: FullReport | undefined;
  readonly left: Interruption;
  readonly endedAt: number;
}

/** By now it is stopped: that the ledger cannot be read is no reason to say that nothing was done. */
async function orUnread(read: () => Promise<Aftermath>, now: number): Promise<Aftermath> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof AccessDeniedError || error instanceof TransientServiceError)) throw error;
    const lines = [`What is left behind cannot be read here (${messageOf(error)}); see the notice of the stack.`];
    return { report: undefined, left: { exitCode: exitCodes.person, lines }, endedAt: now };
  }
}

function childrenLines({ stack }: StackWorld, children: Children): string[] {
  if (children === 'UNKNOWN') {
    return ['Whether what it began has stopped too cannot be seen from here; look in the console.'];
  }
  return children.map(
    ({ machine, name, arn }) =>
      `${machine} ${name}, which it began, is RUNNING still. Stop it: aws stepfunctions stop-execution --execution-arn ${arn} --region ${stack.region}`,
  );
}
