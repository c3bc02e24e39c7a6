/** One rehearsed night: the real state machines on a scenario's virtual time, then everything that was verified brought back. */
import type { RunID } from '../../functions/domain/identifiers.ts';
import { tellingReason } from '../../functions/domain/reason.ts';
import type { ServerReport } from '../../functions/domain/report.ts';
import { isReversible } from '../../functions/domain/rollback-selection.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { countCalls } from '../../local/call-counter.ts';
import { startLocally, type LocalRunner, type LocalStart } from '../../local/local-runner.ts';
import { HistoryMeter } from '../../local/meter.ts';
import type { FaultRule } from '../../simulator/faults/fault-rule.ts';
import { makeReport, type FullReport } from '../full-report.ts';
import { scenarioWorld, type ScenarioPlace, type ScenarioWorld } from './scenario-world.ts';

/** What is played. */
export interface NightScript {
  readonly place: ScenarioPlace;
  /** The execution that is the night: a wave's, or a migration's. */
  readonly start: LocalStart;
  /** The runs it makes, in the order in which they start, and how many source servers each has; the last is brought back first. */
  readonly runs: readonly { readonly runID: RunID; readonly servers: number }[];
  /** When everything has to be over, epoch milliseconds; undefined without a window. */
  readonly closesAt: number | undefined;
}

/** What a source server came to when the night's work was done, and after it was brought back. */
export type NightVerdict = ServerReport['verdict'];

/** The source server that was verified last, and what its time went into, in seconds. */
export interface LongPole {
  readonly sourceServerID: string;
  readonly hostname?: string | undefined;
  readonly applicationName?: string | undefined;
  /** From the start of the night to its verification. */
  readonly totalSeconds: number;
  readonly waitSeconds: number;
  readonly launchSeconds: number;
  readonly actionsSeconds: number;
}

/** A source server that was not verified in a night. */
export interface Mishap {
  /** The code of the reason that tells most, or TAKEN_ALONG where the failure of another one was the reason. */
  readonly code: string;
  readonly verdict: NightVerdict;
}

/** What a night came to. */
export interface Night {
  readonly seed: number;
  readonly summary: string;
  /** From the start until every source server was verified or brought back, in seconds. */
  readonly cutoverSeconds: number;
  /** Bringing back all that was verified, in seconds; 0 where there was nothing. */
  readonly rollbackSeconds: number;
  /** Whether both fit the window; undefined without one. */
  readonly fits?: boolean | undefined;
  /** How many source servers ended the night's work with each verdict. */
  readonly verdicts: Readonly<Partial<Record<NightVerdict, number>>>;
  /** How many were verified and then brought back, and how many of them need a person instead. */
  readonly rollback: { readonly broughtBack: number; readonly needsAPerson: number };
  readonly longPole?: LongPole | undefined;
  readonly mishaps: readonly Mishap[];
  /** How often each fault of MGN's answers struck. */
  readonly faults: Readonly<Partial<Record<FaultRule['fault'], number>>>;
  /** Answers that were lost and whose job was found again. */
  readonly lostAndFound: number;
  /** How often the work was cut short and taken up again, as `run` would be called again. */
  readonly resumed: number;
}

/** A night and the reports of its runs, as they were before the way back. */
export interface PlayedNight {
  readonly night: Night;
  readonly reports: readonly FullReport[];
}

/** Plays the night. */
export async function playNight({ place, start, runs, closesAt }: NightScript): Promise<PlayedNight> {
  const world = await scenarioWorld(place);
  const runIDs = runs.map(({ runID }) => runID);
  return world.spend(async (session, simulator) => {
    const meter = new HistoryMeter();
    const calls = countCalls(session.services);
    const runner: LocalRunner = {
      ...session,
      ...nonceOf(world),
      store: world.store,
      sourceServerTag: world.sourceServerTag,
      onEvent: meter.record,
    };
    const startedAt = session.time.now();
    const resumed = await workToItsEnd(runner, start, runIDs);
    const cutoverEndedAt = session.time.now();
    const reports = await reportsOf(world, runIDs, { meter: meter.report(), calls: new Map(calls) });
    const fired = simulator.faults().list();
    await bringBack(runner, runIDs);
    const endedAt = session.time.now();
    const after = await reportsOf(world, runIDs, {});
    const servers = reports.flatMap((report) => report.servers);
    const skipped = skippedServers(runs, reports);
    const night: Night = {
      seed: place.seed,
      summary: reports.map(({ run }) => run.summary).join('; '),
      cutoverSeconds: secondsBetween(startedAt, cutoverEndedAt),
      rollbackSeconds: secondsBetween(cutoverEndedAt, endedAt),
      ...(closesAt !== undefined && { fits: endedAt <= closesAt }),
      verdicts: countsOf([...servers, ...skipped].map(({ verdict }) => verdict)),
      rollback: rollbackOf(
        servers,
        after.flatMap((report) => report.servers),
      ),
      longPole: longPoleOf(servers, startedAt),
      mishaps: [...servers.flatMap(mishapOf), ...skipped],
      faults: sumsOf(fired.map(({ rule, timesFired }) => [rule.fault, timesFired])),
      lostAndFound: reports.flatMap(({ jobStarts }) => jobStarts).filter(({ answer }) => answer === 'LOST_AND_FOUND')
        .length,
      resumed,
    };
    return { night, reports };
  });
}

function nonceOf({ newNonce }: ScenarioWorld): Pick<LocalRunner, 'newNonce'> {
  return newNonce === undefined ? {} : { newNonce };
}

/** How often work that was cut short is taken up again before it is left to a person. */
const resumedMax = 3;

/** A step that fails for good ends the execution, and a person calls `run` again. */
async function workToItsEnd(runner: LocalRunner, start: LocalStart, runIDs: readonly RunID[]): Promise<number> {
  const ledger = createLedger(runner.store);
  for (let resumed = 0; ; resumed += 1) {
    const { status } = await startLocally(runner, start).result;
    const runs = await Promise.all(runIDs.map((runID) => ledger.readRun(runID)));
    const isOver = status === 'SUCCEEDED' || runs.every((run) => run === undefined || run.value.end !== undefined);
    if (isOver || resumed === resumedMax) return resumed;
  }
}

/** With the machine that `rollback` starts; a night that verified nothing has nothing to bring back. */
async function bringBack(runner: LocalRunner, runIDs: readonly RunID[]): Promise<void> {
  const ledger = createLedger(runner.store);
  for (const runID of runIDs.toReversed()) {
    const servers = await ledger.readServers(runID);
    if (!servers.some(isReversible)) continue;
    await startLocally(runner, { machine: 'rollback', name: `${runID.slice(0, 70)}-rollback`, input: { runID } })
      .result;
  }
}

async function reportsOf(
  world: ScenarioWorld,
  runIDs: readonly RunID[],
  cost: Parameters<typeof makeReport>[2],
): Promise<FullReport[]> {
  const reports = await Promise.all(runIDs.map((runID) => makeReport(world, runID, cost)));
  return reports.flatMap((report) => report ?? []);
}

function rollbackOf(before: readonly ServerReport[], after: readonly ServerReport[]): Night['rollback'] {
  const verified = new Set(
    before.filter(({ verdict }) => verdict === 'VERIFIED').map(({ sourceServerID }) => sourceServerID),
  );
  const theirs = after.filter(({ sourceServerID }) => verified.has(sourceServerID));
  const broughtBack = theirs.filter(({ verdict }) => verdict === 'ROLLED_BACK').length;
  return { broughtBack, needsAPerson: theirs.length - broughtBack };
}

function mishapOf({ verdict, reasons }: ServerReport): Mishap[] {
  if (verdict === 'VERIFIED' || verdict === 'FINALIZED' || verdict === 'BLOCKED') return [];
  const own = reasons.filter(({ source }) => source !== 'failure policy');
  return [{ code: tellingReason(own)?.code ?? (reasons.length > 0 ? 'TAKEN_ALONG' : 'NO_REASON'), verdict }];
}

/** Source servers of a wave that a migration did not start; it has no run, so nothing tells of them one by one. */
function skippedServers(runs: NightScript['runs'], reports: readonly FullReport[]): Mishap[] {
  const begun = new Set(reports.map(({ run }) => run.name));
  const count = runs.reduce((sum, { runID, servers }) => sum + (begun.has(runID) ? 0 : servers), 0);
  return Array.from({ length: count }, () => ({ code: 'WAVE_SKIPPED', verdict: 'NOT_STARTED' }));
}

/** Several may be verified at one look: then the one that was launched last, or was expected to take longest. */
function longPoleOf(servers: readonly ServerReport[], startedAt: number): LongPole | undefined {
  const poles = servers.flatMap((server) => {
    const { cutoverStartedAt, launchedAt, verifiedAt } = server.timings;
    if (cutoverStartedAt === undefined || launchedAt === undefined || verifiedAt === undefined) return [];
    const [started, launched, verified] = [
      Date.parse(cutoverStartedAt),
      Date.parse(launchedAt),
      Date.parse(verifiedAt),
    ];
    return [{ server, started, launched, verified }];
  });
  const [last] = poles.sort(
    (one, other) =>
      other.verified - one.verified ||
      other.launched - one.launched ||
      expectedAt(other.server) - expectedAt(one.server) ||
      (one.server.sourceServerID < other.server.sourceServerID ? -1 : 1),
  );
  if (last === undefined) return undefined;
  const { sourceServerID, hostname, applicationName } = last.server;
  return {
    sourceServerID,
    hostname,
    applicationName,
    totalSeconds: secondsBetween(startedAt, last.verified),
    waitSeconds: secondsBetween(startedAt, last.started),
    launchSeconds: secondsBetween(last.started, last.launched),
    actionsSeconds: secondsBetween(last.launched, last.verified),
  };
}

/** When its launch was expected to end, epoch milliseconds; 0 where nothing was expected. */
function expectedAt({ planned }: ServerReport): number {
  return planned === undefined ? 0 : Date.parse(planned.launchedAt);
}

function secondsBetween(fromMs: number, toMs: number): number {
  return Math.round((toMs - fromMs) / 1_000);
}

/** How many there are of each. */
export function countsOf<Kind extends string>(kinds: readonly Kind[]): Partial<Record<Kind, number>> {
  return sumsOf(kinds.map((kind) => [kind, 1]));
}

/** The sum of each kind's numbers; kinds whose sum is 0 are left out. */
export function sumsOf<Kind extends string>(
  entries: readonly (readonly [Kind, number])[],
): Partial<Record<Kind, number>> {
  const sums: Partial<Record<Kind, number>> = {};
  for (const [kind, count] of entries) if (count > 0) sums[kind] = (sums[kind] ?? 0) + count;
  return sums;
}
