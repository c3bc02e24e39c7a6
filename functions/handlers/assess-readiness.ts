/** Locks the source servers, reads every fact a cutover depends on, and says whether the wave may start now. */
import {
  defaultLaunchSeconds,
  expectTimes,
  secondsBeforeLaunch,
  type ExpectedTimes,
} from '../domain/expected-times.ts';
import { lookSeconds, startGateOf } from '../domain/gate.ts';
import { expectLaunches } from '../domain/launch-times.ts';
import { missingFromWave } from '../domain/planned-facts.ts';
import type { SourceServerID } from '../domain/identifiers.ts';
import { placeOf } from '../domain/place.ts';
import { findQuotaLack } from '../domain/quota.ts';
import type { Job } from '../domain/job.ts';
import type { Reason } from '../domain/reason.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { percentileOf, type RunTimings } from '../domain/run-timings.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { targetOf, uncheckedTargetWarnings } from '../domain/target.ts';
import { unmatchedTags } from '../domain/selector.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { startWaitUntil } from '../domain/waiting.ts';
import { assessWave } from '../domain/wave-assessment.ts';
import { forecastWave } from '../domain/wave-forecast.ts';
import { judgeStart, lastSafeStart, readWindow, showTime } from '../domain/window.ts';
import type { LockConflict } from '../ledger/ledger.ts';
import { RunEventSchema } from '../shared/events.ts';
import { fingerprintOf, plannedFactsOfWave } from '../shared/fingerprint.ts';
import { lockServers } from '../shared/lock-servers.ts';
import { openRun, type OpenRun } from '../shared/open-run.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';
import { readWaveFacts, type WaveFacts } from '../shared/wave-facts.ts';
import { readCapacityWarnings } from '../shared/launch-targets.ts';

type Plan = NonNullable<RunRecord['plan']>;

/** How long to wait at least before locks are tried again, in seconds. */
const lockWaitSeconds = 120;

/**
 * Decides PROCEED, REFUSE, WAIT (another run holds source servers and the input says to wait) or AWAIT_APPROVAL (all is
 * ready and the input asks for a person's word). A run that has started something keeps its plan, because by then its own
 * jobs hold the servers, or its hooks have stopped applications; one that has not is assessed anew, however long ago it was
 * stopped or approved.
 *
 * @throws TransientServiceError when MGN or EC2 cannot be read; RunHeldError when another execution works on the run;
 *   LedgerConflictError when the run was changed meanwhile.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const opened = await openRun(deps, event);
  const { run, version } = opened;
  const before = await deps.ledger.readServers(run.runID);
  if (run.plan?.decision === 'PROCEED' && (await hasStarted(deps, run))) {
    // A rollback or commit that was interrupted has opened an ended run again with the locks of what it named alone.
    await lockServers(deps, opened, before.filter(isInHand), true);
    return answerOf(deps, run, run.plan);
  }
  const [conflict] = await lockServers(deps, opened, before);
  const waiting = conflict && (await planToWait(deps, opened, before, conflict));
  if (waiting !== undefined) {
    await deps.ledger.saveRun({ ...run, plan: waiting }, version);
    return answerOf(deps, { ...run, plan: waiting }, waiting);
  }
  if (isApprovalAwaited(deps, run)) return answerOf(deps, run, run.plan);
  const { records, plan } = await assess(deps, opened, before);
  // The run first: whoever has worked on it since it was read here, must not find its records overwritten.
  await deps.ledger.saveRun({ ...run, plan }, version);
  await deps.ledger.saveServers(run.runID, records);
  return answerOf(deps, { ...run, plan }, plan);
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/** Whether the run may still do something about the source server. */
const isInHand = ({ verdict }: ServerRecord) =>
  verdict === undefined || verdict === 'VERIFIED' || verdict === 'NEEDS_A_PERSON';

/** A refusal would leave what a hook has stopped as it is; the cutover loop has it started again where nothing starts. */
async function hasStarted({ ledger }: StepDeps, { runID }: RunRecord): Promise<boolean> {
  if ((await ledger.readAttempts(runID)).length > 0) return true;
  return (await ledger.readHooks(runID)).some(({ tries }) => tries > 0);
}

function answerOf(deps: StepDeps, run: RunRecord, { decision }: Plan) {
  const waiting = { openedAt: run.createdAt, closesAt: startWaitUntil(run) };
  const leastSeconds = decision === 'WAIT' ? lockWaitSeconds : deps.gateLookSeconds;
  return { decision, delaySeconds: lookSeconds(waiting, deps.clock.now(), leastSeconds) };
}

function planOf(deps: StepDeps, decision: Plan['decision'], reasons: Reason[]): Plan {
  return { plannedAt: deps.clock.now(), decision, reasons };
}

/**
 * The plan of a run that waits for locks, with how long it may; undefined when it does not, or not any longer. What it is
 * going to need is worked out at the first look: source servers that another run works on look different every minute.
 */
async function planToWait(
  deps: StepDeps,
  opened: OpenRun,
  before: readonly ServerRecord[],
  conflict: LockConflict,
): Promise<Plan | undefined> {
  const { run } = opened;
  if (run.input.options.onLocked !== 'wait') return undefined;
  const known = run.plan?.decision === 'WAIT' ? run.plan : await foresee(deps, opened, before);
  const plan = { ...known, ...planOf(deps, 'WAIT', [lockedReason(conflict)]) };
  return deps.clock.now() < startWaitUntil({ ...run, plan }) ? plan : undefined;
}

async function foresee(deps: StepDeps, { run, mgn }: OpenRun, before: readonly ServerRecord[]) {
  const { testLaunchSeconds } = await readWaveFacts(deps, run, mgn, before);
  const timings = await readTimings(deps, before);
  const expected = expectLaunches(before, testLaunchSeconds, usualLaunchSeconds(timings));
  const servers = before.map((record) => ({
    ...record,
    expectedLaunchSeconds: expected.get(record.sourceServerID)?.seconds,
  }));
  return plannedTimes(run, expectWave(run, servers, timings));
}

function readTimings(deps: StepDeps, records: readonly ServerRecord[]): Promise<readonly RunTimings[]> {
  return deps.ledger.readTimings(placeOf(records[0]?.arn ?? ''));
}

/** What a plan keeps of how long the wave is expected to take. */
function plannedTimes({ input }: RunRecord, expected: ExpectedTimes): Pick<Plan, 'expected' | 'lastSafeStartAt'> {
  const { launchSeconds, actionsSeconds, rollbackSeconds } = expected;
  const window = input.window && readWindow(input.window);
  return {
    expected: { launchSeconds, actionsSeconds, rollbackSeconds },
    lastSafeStartAt: window && lastSafeStart(window, expected),
  };
}

function lockedReason({ arn, runID }: LockConflict): Reason {
  const fact = `run ${runID} holds ${arn}; this run waits for it`;
  return { code: 'LOCKED_BY_OTHER_RUN', fact, source: 'ledger' };
}

/** Nothing is read again while a person thinks; once they have approved, everything is. */
function isApprovalAwaited(deps: StepDeps, run: RunRecord): run is RunRecord & { plan: Plan } {
  if (run.plan?.decision !== 'AWAIT_APPROVAL') return false;
  return startGateOf(run, startWaitUntil(run), deps.clock.now()) === 'AWAIT';
}

async function assess(
  deps: StepDeps,
  { run, mgn }: OpenRun,
  before: readonly ServerRecord[],
): Promise<{ records: ServerRecord[]; plan: Plan }> {
  const { options } = run.input;
  const facts = await readWaveFacts(deps, run, mgn, before);
  const now = deps.clock.now();
  const arns = before.map((record) => record.arn);
  const locks = await deps.ledger.readLocks(arns, now);
  const foreign = [...locks].filter(([, lock]) => lock.runID !== run.runID);
  const timings = await readTimings(deps, before);
  const records = assessWave(before, {
    ...facts,
    input: run.input,
    expectedLaunchSeconds: expectLaunches(before, facts.testLaunchSeconds, usualLaunchSeconds(timings)),
    fingerprints: fingerprintsOf(run, facts),
    lockedBy: new Map(foreign.map(([arn, lock]) => [arn, lock.runID])),
    sourceServerTag: deps.sourceServerTag,
    warnings: [
      ...quotaWarnings(facts.jobs, Math.min(before.length, options.batchServersMax)),
      ...uncheckedTargetWarnings(run),
    ],
    now,
  });
  const ready = records.filter((record) => record.phase === 'ready');
  const lacks = await readLacks(deps, run, ready, facts);
  const expected = expectWave(run, ready, timings);
  const window = run.input.window && readWindow(run.input.window);
  const known = plannedTimes(run, expected);
  const judgement = window && judgeStart(window, expected, now);
  const reasons = [
    ...(ready.some((record) => locks.get(record.arn)?.runID !== run.runID) ? [locksNotHeld] : []),
    ...(judgement === undefined || judgement.start === 'OPEN' ? [] : [judgement.reason]),
    ...missingFromWave(run.input.plan, new Set(before.map(({ sourceServerID }) => sourceServerID))),
    ...gateReasons(run, known.lastSafeStartAt, now),
  ];
  const isIncomplete = options.onBlocked === 'refuse' && ready.length < records.length;
  const isRefused = ready.length === 0 || reasons.length > 0 || isIncomplete;
  const decision = isRefused ? 'REFUSE' : isApproved(run, known.lastSafeStartAt, now) ? 'PROCEED' : 'AWAIT_APPROVAL';
  const warned = records.map((record) => {
    const found = lacks.get(record.sourceServerID) ?? [];
    return found.length === 0 ? record : { ...record, warnings: [...record.warnings, ...found] };
  });
  const notes = tagNotes(run, [...facts.servers.values()]);
  return { records: warned, plan: { ...planOf(deps, decision, reasons), ...known, notes } };
}

function fingerprintsOf({ input }: RunRecord, facts: WaveFacts): ReadonlyMap<SourceServerID, string> {
  if (input.plan === undefined) return new Map();
  return new Map([...plannedFactsOfWave(facts)].map(([id, known]) => [id, fingerprintOf(known)]));
}

/** Whether what is ready finds room in EC2; a test instance that is terminated first gives its room back. */
async function readLacks(
  deps: StepDeps,
  run: RunRecord,
  ready: readonly ServerRecord[],
  { targets }: WaveFacts,
): Promise<ReadonlyMap<SourceServerID, readonly Reason[]>> {
  const targetsOfReady = ready.flatMap(({ sourceServerID }) => {
    const target = targets.get(sourceServerID);
    return target === undefined ? [] : [[sourceServerID, target] as const];
  });
  if (targetsOfReady.length === 0) return new Map();
  const replacing = ready.filter(
    ({ testInstance }) => testInstance !== undefined && run.input.options.terminateTestInstances,
  );
  return readCapacityWarnings(
    deps.ec2(targetOf(run)),
    new Map(targetsOfReady),
    new Set(replacing.map(({ sourceServerID }) => sourceServerID)),
  );
}

/** What launches of earlier runs here took, for a server that was never launched as a test. */
function usualLaunchSeconds(timings: readonly RunTimings[]): number {
  const halves = timings.map((run) => run.launchSeconds.p50);
  return percentileOf(halves, 50) ?? defaultLaunchSeconds;
}

function expectWave(run: RunRecord, ready: readonly ServerRecord[], timings: readonly RunTimings[]): ExpectedTimes {
  const { options } = run.input;
  const expectsActions = ready.some(({ expectedActions }) => expectedActions.length > 0);
  const facts = { override: options.expected, timings, servers: ready.length, expectsActions };
  const forecast = forecastWave(ready, options, expectTimes(facts));
  const endsTests = options.terminateTestInstances && ready.some(({ testInstance }) => testInstance !== undefined);
  const forecastLaunchSeconds = secondsBeforeLaunch(endsTests) + forecast.launchSeconds;
  return expectTimes({ ...facts, forecastLaunchSeconds });
}

/** The start gate as it would be with this plan. */
function gateOf(run: RunRecord, lastSafeStartAt: number | undefined, now: number) {
  const waitUntil = startWaitUntil({
    ...run,
    plan: { plannedAt: now, decision: 'WAIT', reasons: [], lastSafeStartAt },
  });
  return { gate: startGateOf(run, waitUntil, now), waitUntil };
}

function isApproved(run: RunRecord, lastSafeStartAt: number | undefined, now: number): boolean {
  return run.input.options.start === 'now' || gateOf(run, lastSafeStartAt, now).gate === 'APPROVED';
}

function gateReasons(run: RunRecord, lastSafeStartAt: number | undefined, now: number): Reason[] {
  if (run.input.options.start === 'now') return [];
  const { gate, waitUntil } = gateOf(run, lastSafeStartAt, now);
  const remedy = 'Start the run again when it may start.';
  if (gate === 'REFUSED')
    return [{ code: 'START_REFUSED', fact: 'a person refused the start', source: 'ledger', remedy }];
  if (gate !== 'TIMED_OUT') return [];
  const fact = `nobody approved the start by ${showTime(waitUntil, run.input.window?.zone ?? 'UTC')}`;
  return [{ code: 'NOT_APPROVED_IN_TIME', fact, source: 'ledger', remedy }];
}

/** A full quota empties again, so it keeps nobody from starting: the start waits for room, and says so beforehand. */
function quotaWarnings(jobs: readonly Job[], serverCount: number): Reason[] {
  const fact = findQuotaLack(jobs, serverCount);
  if (fact === undefined) return [];
  return [{ code: 'QUOTA_FULL', fact, source: 'DescribeJobs', remedy: 'The start waits until there is room.' }];
}

/** A lock that could not be taken may be free again by now; going on without it would let two runs share a server. */
const locksNotHeld: Reason = {
  code: 'LOCKS_NOT_HELD',
  fact: 'another run held source servers of the input when this one wanted to lock them',
  source: 'ledger',
  remedy: 'See what the other run did, then start again.',
};

/** A rule whose tag nobody carries does nothing; if it was mistyped, those it was meant for start with everybody else. */
function tagNotes({ input }: RunRecord, servers: readonly SourceServer[]): Reason[] {
  const { priorityGroups, failurePolicy } = input.options;
  return unmatchedTags([...priorityGroups, ...(failurePolicy.mayFail ?? [])], servers).map((tag) => ({
    code: 'TAG_MATCHES_NOBODY',
    fact: `no source server carries the tag ${tag}, which options.priorityGroups or failurePolicy.mayFail names`,
    source: 'DescribeSourceServers',
    remedy:
      'If it was mistyped, mend it: its servers would start with all others, or count as those that must succeed.',
  }));
}
