/** `rollback`: brings back what a run launched and did not finalize, on a person's word. */
import type { RunID } from '../../functions/domain/identifiers.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import { isReversible } from '../../functions/handlers/select-rollback.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { claimRunForProcess } from '../../local/process-guard.ts';
import { audienceOf, type Audience } from '../audience.ts';
import { insistOnConsent } from '../consent.ts';
import { execute, type Executed } from '../execute.ts';
import { CommandError, exitCodes } from '../exit-code.ts';
import { makeReport, reportText } from '../full-report.ts';
import { openHistoryLog, type HistoryLog } from '../history-log.ts';
import { describeInterruption } from '../interruption.ts';
import type { Io } from '../io.ts';
import { applicationName, serverName } from '../live/server-words.ts';
import { assertWritable, writeWhole } from '../output-file.ts';
import { causeMessage } from '../refusal.ts';
import { beginRollback, endRollback } from '../rollback-count.ts';
import { parseRunName } from '../run-name.ts';
import { summaryLines } from '../summary.ts';
import type { OpenWorld, Session, World, WorldFlags } from '../world.ts';

/** Flags of `rollback`. */
export interface RollbackFlags extends WorldFlags {
  /** Source servers to bring back, by ID or host name; all of the run if absent. */
  readonly server?: readonly string[] | undefined;
  readonly output?: string | undefined;
  readonly log?: string | undefined;
  readonly json?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

interface RollbackContext {
  readonly world: World;
  readonly session: Session;
  readonly io: Io;
  readonly audience: Audience;
  readonly runID: RunID;
  readonly flags: RollbackFlags;
  readonly historyLog: HistoryLog;
}

/**
 * Rolls the run back; 0 when all that was asked for is back, 3 when a person is needed.
 *
 * @throws CommandError and what `openWorld` throws, when it is refused and nothing was touched.
 */
export async function rollbackCommand(
  runName: string,
  flags: RollbackFlags,
  io: Io,
  openWorld: OpenWorld,
): Promise<number> {
  const audience = audienceOf(io, flags.json === true);
  const runID = parseRunName('RUN', runName);
  if (flags.output !== undefined) await assertWritable('--output', flags.output);
  const world = await openWorld(flags, { ledger: 'existing' }, io);
  const context = { world, io, audience, runID, flags };
  try {
    await assertKnown(world, runID);
    const historyLog = openHistoryLog(flags.log);
    try {
      return await world.within((session) => rollBackGuarded({ ...context, session, historyLog }));
    } finally {
      historyLog.close();
    }
  } finally {
    world.close();
  }
}

async function assertKnown(world: World, runID: RunID): Promise<void> {
  const ledger = createLedger(world.store);
  if ((await ledger.readRun(runID)) !== undefined) return;
  const known = await ledger.listRunIDs();
  const where = world.ledgerPath ?? 'the ledger';
  throw new CommandError(
    known.length === 0
      ? `RUN: there is no run ${runID}; ${where} knows no run at all.`
      : `RUN: there is no run ${runID} in ${where}; it knows ${known.join(', ')}.`,
  );
}

async function rollBackGuarded(context: RollbackContext): Promise<number> {
  const { world, session, runID } = context;
  const { time } = session;
  const claim = await time.hold(claimRunForProcess(world.store, runID, time.now()));
  try {
    return await rollBack(context);
  } finally {
    await claim.release();
  }
}

async function rollBack(context: RollbackContext): Promise<number> {
  const { world, session, io, audience, runID, flags } = context;
  const asked = askedFor(await createLedger(world.store).readServers(runID), flags.server, runID);
  const open = asked.filter(isReversible);
  const finalized = asked.filter(({ verdict }) => verdict === 'FINALIZED');
  if (flags.server !== undefined && finalized.length > 0) {
    throw new CommandError(`--server: ${names(finalized)} is finalized, and that cannot be undone; leave it out.`);
  }
  if (open.length === 0) return nothingToDo(context, finalized);
  audience.say([
    audience.palette.strong(`Rollback of ${runID} in ${world.label} brings back:`),
    ...open.map(openLine),
    ...(finalized.length === 0 ? [] : [`Finalized and out of reach: ${names(finalized)}.`]),
    'Each is reverted to READY_FOR_CUTOVER, then the instance this run launched is terminated.',
  ]);
  if (world.needsConsent) {
    const question = `Bring back ${String(open.length)} source server${open.length === 1 ? '' : 's'}?`;
    await session.time.hold(insistOnConsent(question, flags.yes === true, io, audience.prose));
  }
  return executeRollback(context, asked);
}

/** The servers a person named, or all of the run. */
function askedFor(
  servers: readonly ServerRecord[],
  named: readonly string[] | undefined,
  runID: RunID,
): ServerRecord[] {
  if (named === undefined) return [...servers];
  return named.map((name) => {
    const matches = servers.filter(({ sourceServerID, hostname }) => sourceServerID === name || hostname === name);
    const [server] = matches;
    if (server === undefined) {
      throw new CommandError(`--server: ${name} is not part of run ${runID}; it has ${names(servers)}.`);
    }
    if (matches.length > 1) {
      throw new CommandError(`--server: ${name} is the host name of several source servers; use an ID.`);
    }
    return server;
  });
}

const namesMax = 10;

function names(servers: readonly ServerRecord[]): string {
  const shown = servers.slice(0, namesMax).map((server) => `${serverName(server)} (${server.sourceServerID})`);
  const hidden = servers.length - shown.length;
  return `${shown.join(', ')}${hidden === 0 ? '' : ` and ${String(hidden)} more`}`;
}

function openLine(record: ServerRecord): string {
  const what = record.cutover?.ec2InstanceID ?? record.cutover?.jobID ?? 'not launched as far as is known';
  return `  ${serverName(record)}  ${applicationName(record)}  ${record.phase}  ${what}`;
}

function nothingToDo({ audience, session, runID }: RollbackContext, finalized: readonly ServerRecord[]): number {
  if (finalized.length > 0) {
    throw new CommandError(
      `Run ${runID}: ${names(finalized)} finalized, and that cannot be undone; nothing else is left.`,
    );
  }
  const sentence = `There is nothing to bring back in run ${runID}: no source server of it is cut over.`;
  audience.say([sentence]);
  audience.event('end', session.time.now(), { exitCode: exitCodes.done, summary: sentence });
  return exitCodes.done;
}

async function executeRollback(context: RollbackContext, asked: readonly ServerRecord[]): Promise<number> {
  const { world, session, io, audience, runID, flags, historyLog } = context;
  const sourceServerIDs = flags.server === undefined ? undefined : asked.map((record) => record.sourceServerID);
  const target = sourceServerIDs === undefined ? 'all of the run' : names(asked);
  const executed = await execute(world, session, io, {
    start: {
      machine: 'rollback',
      name: await beginRollback(world.store, runID),
      input: { runID, ...(sourceServerIDs && { sourceServerIDs }) },
    },
    runID,
    header: { name: runID, kind: 'rollback', target, place: world.label, isRehearsal: world.isRehearsal },
    progress: audience.progress(() => session.time.now()),
    historyLog,
  });
  return conclude(context, asked, executed);
}

/** A finalized server is not back and never will be, so asking for all of a run that has one ends with a person. */
const verdictsOfWhatIsBack: readonly string[] = ['ROLLED_BACK', 'NOT_STARTED', 'BLOCKED'];

async function conclude(context: RollbackContext, asked: readonly ServerRecord[], executed: Executed): Promise<number> {
  const { world, session, audience, runID, flags } = context;
  const report = await makeReport(world, runID, executed);
  if (report === undefined) throw new TypeError(`run ${runID} is no longer in the ledger`);
  if (flags.output !== undefined) await session.time.hold(writeWhole(flags.output, reportText(report)));
  const end = (exitCode: number, body: object) => {
    audience.event('end', session.time.now(), { exitCode, ...body, report });
    return exitCode;
  };
  const { result } = executed;
  if (executed.isInterrupted && result.status === 'ABORTED') {
    const again = `mgn-cutover rollback ${runID} ${world.flags}`;
    const { lines } = await describeInterruption(world.store, runID, { resume: again, rollback: again });
    audience.say(lines);
    return end(exitCodes.person, { error: lines.join(' ') });
  }
  if (result.status !== 'SUCCEEDED' && result.error !== 'RollbackIncomplete') {
    const message = causeMessage(result.cause) ?? result.error ?? result.status;
    const isBegun = report.servers.some((server) => server.phase === 'rolling back');
    if (!isBegun) await endRollback(world.store, runID);
    const error = isBegun
      ? new CommandError(`${message} Run the same command again.`, exitCodes.person)
      : new CommandError(message);
    end(error.exitCode, { error: error.message });
    throw error;
  }
  await endRollback(world.store, runID);
  if (!audience.isJson) audience.say(['', ...summaryLines(report, audience.palette)]);
  const isBack = (id: string) =>
    report.servers.some(
      ({ sourceServerID, verdict }) => sourceServerID === id && verdictsOfWhatIsBack.includes(verdict),
    );
  const areAllBack = asked.every(({ sourceServerID }) => isBack(sourceServerID));
  const isSettled = areAllBack && result.status === 'SUCCEEDED';
  const { outcome, summary } = report.run;
  return end(isSettled ? exitCodes.done : exitCodes.person, { outcome, summary });
}
