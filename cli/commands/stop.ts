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
import { findMigration } from '../migration/stack-migration.ts';
import { stopMigration } from '../migration/stop-migration.ts';
import { parseRunName } from '../run-name.ts';
import { leftoversOf, tellEnd, whyItEnded } from '../stack/conclude-run.ts';
import type { ExecutionDescription } from '../stack/executions.ts';
import { readExecutions } from '../stack/follow-ups.ts';
import { onStack } from '../stack/on-stack.ts';
import type { StackWorld } from '../stack/stack-world.ts';
import { readChildren, stopChildren, stopExecution, type Children } from '../stack/stop-execution.ts';
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
  withStack(stop.argument('<RUN>', 'name of the run, or of a migration'))
    .option('--json', 'tell it as one JSON document')
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
 * Stops the execution that works on the run, and what it began; or what the run's execution began and left behind when it
 * ended.
 *
 * @throws CommandError when nothing is running, or it did not stop.
 */
export async function stopCommand(runName: string, flags: StopFlags, io: Io, openWorld: OpenWorld): Promise<number> {
  const audience = audienceOf(io, flags.json === true);
  const runID = parseRunName('RUN', runName);
  return onStack(flags, io, openWorld, async (world, session) => {
    const context = { world, session, io, audience, runID, flags };
    const migration = await findMigration(world, runID);
    if (migration !== undefined) return stopMigration(context, migration);
    const { executions } = world.stack;
    const known = await readExecutions(executions, runID);
    const running = known.findLast(({ status }) => status === 'RUNNING');
    if (running === undefined) return stopOrphans(context, known);
    await insistOnStop(context, running);
    await stopExecution(executions, session.time, running);
    audience.say([`${running.name} is stopped.`]);
    const children = await stopChildren(executions, session.time, running, 'with the parent');
    return tellStopped(context, running, { stopped: [running], children });
  });
}

/** What an execution began may outlive it, and works on under its hold. */
async function stopOrphans(context: StopContext, known: readonly ExecutionDescription[]): Promise<number> {
  const { world, session, audience } = context;
  const { executions } = world.stack;
  const wave = known.find(({ machine }) => machine === 'wave-cutover');
  const orphans = wave === undefined ? [] : await readChildren(executions, wave);
  if (wave === undefined || orphans === 'UNKNOWN' || orphans.length === 0) {
    throw await notRunning(context, known.at(-1), orphans);
  }
  await insistOnStopOfOrphans(context, orphans);
  const children = await stopChildren(executions, session.time, wave, 'now');
  const left = children === 'UNKNOWN' ? orphans : children;
  const stopped = orphans.filter(({ arn }) => !left.some((child) => child.arn === arn));
  audience.say(stopped.map(({ machine, name }) => `${machine} ${name} is stopped.`));
  return tellStopped(context, wave, { stopped, children });
}

async function notRunning(
  { world, runID }: StopContext,
  last: ExecutionDescription | undefined,
  children: Children,
): Promise<CommandError> {
  if (last !== undefined) {
    const what = `Run ${runID} is not running. ${whyItEnded(last)} Nothing was stopped.`;
    return new CommandError([what, ...childrenLines(world, last, children)].join(' '));
  }
  const ledger = createLedger(world.store);
  if ((await ledger.readRun(runID)) === undefined) return unknownRun(world, runID, await ledger.listRunIDs());
  return new CommandError(`Run ${runID} was begun from a machine, and not by the stack; stop it there with Ctrl-C.`);
}

async function insistOnStop(context: StopContext, running: ExecutionDescription): Promise<void> {
  const { runID } = context;
  const what = running.name === runID ? `run ${runID}` : `${running.machine} ${running.name} of run ${runID}`;
  await insist(context, what, [`It is running since ${since(running)}. ${await standing(context)}`]);
}

async function insistOnStopOfOrphans(context: StopContext, orphans: readonly ExecutionDescription[]): Promise<void> {
  await insist(context, `what run ${context.runID} began and left behind`, [
    ...orphans.map((orphan) => `${orphan.machine} ${orphan.name} is running since ${since(orphan)}.`),
    await standing(context),
  ]);
}

function since({ startedAt }: ExecutionDescription): string {
  return new Date(startedAt).toISOString();
}

async function insist(context: StopContext, what: string, lines: readonly string[]): Promise<void> {
  const { world, session, io, audience, flags } = context;
  audience.say([
    audience.palette.strong(`Stop ${what} in ${world.label}`),
    ...lines,
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

/** What a stop came to. */
interface Stop {
  readonly stopped: readonly ExecutionDescription[];
  /** What the parent began and what runs all the same. */
  readonly children: Children;
}

async function tellStopped(
  context: StopContext,
  parent: ExecutionDescription,
  { stopped, children }: Stop,
): Promise<number> {
  const { world, session, audience, runID } = context;
  const now = session.time.now();
  const read = async () => {
    const report = await makeReport(world, runID);
    const ended = await endOf(world, parent);
    const ends = await Promise.all(stopped.map((execution) => endOf(world, execution)));
    const endedAt = Math.max(...[ended, ...ends].map((end) => end.endedAt ?? now));
    return { report, left: await leftoversOf(context, { ...ended, endedAt }), endedAt };
  };
  const { report, left, endedAt } = await orUnread(read, now);
  if (report?.run.endedAt !== undefined) return tellEnd(context, report);
  const mayActUntil = clockTime(endedAt + inFlightMs);
  const inFlight = `A step that was under way cannot be stopped and may act for up to 5 minutes, until ${mayActUntil}.`;
  const isTouched = left.exitCode !== exitCodes.refused;
  const said = [...childrenLines(world, parent, children), ...(isTouched ? [inFlight] : []), ...left.lines];
  const exitCode = children.length > 0 ? exitCodes.person : left.exitCode;
  audience.say(said);
  audience.event('end', session.time.now(), { exitCode, error: said.join(' '), report });
  return exitCode;
}

async function endOf({ stack }: StackWorld, execution: ExecutionDescription): Promise<ExecutionDescription> {
  return (await stack.executions.describe(execution.machine, execution.name)) ?? execution;
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

function childrenLines({ stack }: StackWorld, parent: ExecutionDescription, children: Children): string[] {
  if (children === 'UNKNOWN') {
    return ['Whether what it began has stopped too cannot be seen from here; look in the console.'];
  }
  return children.map(
    ({ machine, name, arn }) =>
      `${machine} ${name}, which ${parent.name} began, is RUNNING still. Stop it: aws stepfunctions stop-execution --execution-arn ${arn} --region ${stack.region}`,
  );
}
