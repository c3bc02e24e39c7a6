/**
 * Watches a run of this machine's ledger while a command in another terminal works on it. Any number of watchers may come
 * and go; they read the ledger's file and nothing else.
 */
import { TransientServiceError } from '../functions/domain/errors.ts';
import { waitingGate } from '../functions/domain/gate.ts';
import type { RunID } from '../functions/domain/identifiers.ts';
import type { RunRecord } from '../functions/domain/run-record.ts';
import type { ServerRecord } from '../functions/domain/server-record.ts';
import { createLedger, idsOf } from '../functions/ledger/ledger.ts';
import { resourceName } from '../local/arns.ts';
import { isRunInProcess } from '../local/process-guard.ts';
import { concludeCommit } from './conclude-commit.ts';
import { concludeRollback } from './conclude-rollback.ts';
import type { Audience } from './audience.ts';
import { CommandError, exitCodes, messageOf } from './exit-code.ts';
import { makeReport, reportText } from './full-report.ts';
import { gateLines, tellGates } from './gate-words.ts';
import { describeLeftovers } from './interruption.ts';
import type { Io } from './io.ts';
import { unknownRun } from './known-run.ts';
import type { Progress, RunHeader } from './live/progress.ts';
import { writeWhole } from './output-file.ts';
import { tellEnd } from './stack/conclude-run.ts';
import { targetWords } from './target-words.ts';
import type { Session, World } from './world.ts';

/** Who watches what. */
export interface WatchHere {
  readonly world: World;
  readonly session: Session;
  readonly io: Io;
  readonly audience: Audience;
  readonly runID: RunID;
  /** Where the report goes, if anywhere. */
  readonly output?: string | undefined;
}

/**
 * Shows the run until it ends, or its end at once; the exit code is that of the command that does the work.
 *
 * @throws CommandError when there is no such run, and when the watcher goes away (exit code 130).
 */
export async function watchRunHere(watch: WatchHere): Promise<number> {
  const { world, runID } = watch;
  const ledger = createLedger(world.store);
  const look = async () => {
    // Whoever is done writes the end first and goes then, so that the end is read last.
    const isAtWork = await isInProcess(watch);
    const run = (await ledger.readRun(runID))?.value;
    if (run === undefined) throw unknownRun(world, runID, await ledger.listRunIDs());
    return { isAtWork, run };
  };
  const { isAtWork, run } = await look();
  if (run.end !== undefined) return tellRunEnd(watch, 'cutover', run);
  if (!isAtWork) return tellForsaken(watch, run);
  const header = headerOf(world, run);
  const tell = teller(watch, ledger);
  const last = await following(watch, header, run.createdAt, async (progress) => {
    const looked = await look();
    await tell(looked.run, progress);
    return looked.run.end !== undefined || !looked.isAtWork ? looked.run : undefined;
  });
  return last.end === undefined ? tellForsaken(watch, last) : tellRunEnd(watch, header.kind, last);
}

/** Pause between two looks, in milliseconds: to look costs hardly anything while nothing has been written. */
const pauseMs = 1_000;
/** How long a file that cannot be read is borne before a person is told. */
const silenceMs = 60_000;

/**
 * Looks again and again until a look gives an answer; tells of trouble in between.
 *
 * @throws CommandError when the watcher goes away (exit code 130).
 */
export async function following<Answer>(
  { session: { time }, io, audience, world, runID }: WatchHere,
  header: RunHeader,
  begunAt: number,
  look: (progress: Progress) => Promise<Answer | undefined>,
): Promise<Answer> {
  const progress = audience.progress(() => time.now());
  const left = Promise.withResolvers<'left'>();
  const stopListening = io.onInterrupt(() => {
    left.resolve('left');
  });
  let heardAt = time.now();
  progress.begin(header, begunAt);
  try {
    for (;;) {
      try {
        const answer = await look(progress);
        if (answer !== undefined) return answer;
        heardAt = time.now();
      } catch (error) {
        if (!(error instanceof TransientServiceError)) throw error;
        if (time.now() - heardAt > silenceMs) progress.remark(messageOf(error), time.now());
      }
      if ((await Promise.race([time.sleep(pauseMs), left.promise])) === 'left') break;
    }
  } finally {
    stopListening();
    progress.end(time.now());
  }
  throw new CommandError(
    `Detached; ${runID} goes on. Watch it again: mgn-cutover watch ${runID} ${world.flags}`.trimEnd(),
    exitCodes.detached,
  );
}

/** Whether a process works on it that is alive, or may be. */
export function isInProcess({ world, session: { time }, runID }: WatchHere): Promise<boolean> {
  return time.hold(isRunInProcess(world.store, runID, time.now()));
}

/** What works on a run, the name of its execution says. */
function headerOf({ label, flags }: World, { runID, input, holder }: RunRecord): RunHeader {
  const machine = holder === undefined ? '' : resourceName(holder.executionID);
  const kind = machine === 'rollback' || machine === 'commit' ? machine : 'cutover';
  return {
    name: runID,
    kind,
    target: targetWords(input),
    place: label,
    isRehearsal: false,
    flags,
    isDetachable: true,
  };
}

/** Tells what has been written since the look before. */
function teller({ world, session: { time }, runID }: WatchHere, ledger: ReturnType<typeof createLedger>) {
  const told = new Map<string, ServerRecord>();
  let tellGate: ((run: RunRecord, at: number) => void) | undefined;
  return async (run: RunRecord, progress: Progress) => {
    const now = time.now();
    progress.run(run, now);
    for (const record of await ledger.readServers(runID)) {
      if (told.get(record.sourceServerID) === record) continue;
      told.set(record.sourceServerID, record);
      progress.server(record, now);
    }
    tellGate ??= tellGates(progress, world);
    tellGate(run, now);
  };
}

/** As the command ends that did the work; of a run that had ended before, as `run` did. */
async function tellRunEnd(watch: WatchHere, kind: RunHeader['kind'], run: RunRecord): Promise<number> {
  const { world, session, runID, output } = watch;
  const executed = { result: { status: 'SUCCEEDED' }, isInterrupted: false } as const;
  if (kind === 'rollback') {
    const brought = (await createLedger(world.store).readServers(runID)).filter(
      ({ rollback }) => rollback !== undefined,
    );
    return concludeRollback(watch, idsOf(brought), executed);
  }
  if (kind === 'commit') {
    const asked = run.commits?.find(({ executionID }) => executionID === run.holder?.executionID);
    return concludeCommit(watch, asked?.sourceServerIDs ?? [], executed);
  }
  const report = await makeReport(world, runID);
  if (report === undefined) throw new TypeError(`run ${runID} ended and is not in the ledger`);
  if (output !== undefined) await session.time.hold(writeWhole(output, reportText(report)));
  return tellEnd(watch, report);
}

/** A run without an end that no process works on: what is left of it, and how it goes on or back. */
async function tellForsaken(watch: WatchHere, run: RunRecord): Promise<number> {
  const { world, session, audience, runID, output } = watch;
  const { store, flags } = world;
  const command = (verb: string) => `mgn-cutover ${verb} ${runID} ${flags}`.trimEnd();
  const resume = `mgn-cutover run INPUT.json ${flags} --name ${runID}`;
  const ways = { resume, rollback: command('rollback'), commit: command('commit') };
  const { exitCode, lines } = await describeLeftovers(store, runID, ways);
  const gate = waitingGate(run);
  const said = [
    `Nobody works on run ${runID} now; the command that did has ended without writing its end down.`,
    ...(gate === undefined ? [] : gateLines(run, gate, world)),
    ...lines,
    ...(exitCode === exitCodes.refused ? ['Next steps:', `  to go on: ${resume}`] : []),
  ];
  const report = await makeReport(world, runID);
  if (report !== undefined && output !== undefined) await session.time.hold(writeWhole(output, reportText(report)));
  audience.say(said);
  audience.event('end', session.time.now(), { exitCode, error: said.join(' '), report });
  return exitCode;
}
