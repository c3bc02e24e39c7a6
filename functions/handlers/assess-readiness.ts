/** Reads every fact a cutover depends on, says of each source server whether it is ready, and plans the batches. */
import type { SourceServerID } from '../domain/identifiers.ts';
import type { Job } from '../domain/job.ts';
import type { ConfiguredAction, LaunchConfiguration } from '../domain/launch-configuration.ts';
import type { Mgn } from '../domain/ports.ts';
import { NotFoundError } from '../domain/errors.ts';
import { expectActions } from '../domain/post-launch-actions.ts';
import { findQuotaLack } from '../domain/quota.ts';
import { assessReadiness } from '../domain/readiness.ts';
import type { Reason } from '../domain/reason.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { findTestInstance } from '../domain/test-instance.ts';
import { chunksOf, planBatches } from '../domain/wave-plan.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { jobsThatMatter } from '../shared/recent-jobs.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';
import { lockServers } from './lock-source-servers.ts';

/**
 * Decides PROCEED or REFUSE and answers with the batches. A run that has started something keeps its plan, because by
 * then its own jobs hold the servers; one that has not is assessed anew, however long ago it was stopped.
 *
 * @throws TransientServiceError when MGN cannot be read; RunHeldError when another execution works on the run;
 *   LedgerConflictError when the run was changed meanwhile.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const opened = await openRun(deps, event);
  const { run, version, mgn } = opened;
  const hasStarted = (await deps.ledger.readAttempts(run.runID)).length > 0;
  if (run.plan !== undefined && hasStarted) return answerOf(run.plan, run);
  const before = await deps.ledger.readServers(run.runID);
  // A run that was stopped here had its locks given back; they have to be its own before the facts are read.
  await lockServers(deps, opened, before);
  const records = await assessAll(deps, run, mgn, before);
  const ready = records.filter((record) => record.phase === 'ready');
  const reasons = await missingLocks(deps, run, ready);
  const isRefused =
    ready.length === 0 ||
    reasons.length > 0 ||
    (run.input.options.onBlocked === 'refuse' && ready.length < records.length);
  const batches = isRefused ? [] : planBatches(ready, run.input.options.batchServersMax);
  const batchOf = new Map(
    batches.flatMap(({ batchID, sourceServerIDs }) => sourceServerIDs.map((id) => [id, batchID])),
  );
  await deps.ledger.saveServers(
    run.runID,
    records.map((record) => ({ ...record, batchID: batchOf.get(record.sourceServerID) })),
  );
  const plan = {
    plannedAt: deps.clock.now(),
    decision: isRefused ? ('REFUSE' as const) : ('PROCEED' as const),
    batchIDs: batches.map(({ batchID }) => batchID),
    reasons,
  };
  await deps.ledger.saveRun({ ...run, plan }, version);
  return answerOf(plan, run);
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

function answerOf({ decision, batchIDs }: NonNullable<RunRecord['plan']>, run: RunRecord) {
  return { decision, batchIDs, commit: run.input.options.commit };
}

/** A lock that could not be taken may be free again by now; going on without it would let two runs share a server. */
async function missingLocks(deps: StepDeps, run: RunRecord, ready: readonly ServerRecord[]): Promise<Reason[]> {
  const locks = await deps.ledger.readLocks(
    ready.map((record) => record.arn),
    deps.clock.now(),
  );
  const isFree = ready.some((record) => locks.get(record.arn)?.runID !== run.runID);
  if (!isFree) return [];
  const fact = 'another run held source servers of the input when this one wanted to lock them';
  return [{ code: 'LOCKS_NOT_HELD', fact, source: 'ledger', remedy: 'See what the other run did, then start again.' }];
}

async function assessAll(deps: StepDeps, run: RunRecord, mgn: Mgn, records: ServerRecord[]): Promise<ServerRecord[]> {
  const now = deps.clock.now();
  const servers = await describeAll(mgn, records);
  const jobs = await jobsThatMatter(mgn, [...servers.values()], now);
  const locks = await deps.ledger.readLocks(
    records.map((record) => record.arn),
    now,
  );
  const settings = await readSettings(mgn, [...servers.keys()]);
  const warnings = quotaWarnings(jobs, Math.min(records.length, run.input.options.batchServersMax));
  return records.map((record) => {
    const server = servers.get(record.sourceServerID);
    if (server === undefined) return blocked(record, [goneReason], now);
    const { configuration, actions } = settings.get(record.sourceServerID) ?? { configuration: undefined, actions: [] };
    const lock = locks.get(record.arn);
    const reasons = assessReadiness(
      {
        server,
        jobs,
        launchConfiguration: configuration,
        lockedByRunID: lock === undefined || lock.runID === run.runID ? undefined : lock.runID,
        sameHostname: sameHostname(server, servers),
        now,
      },
      { ...run.input.options, sourceServerTag: deps.sourceServerTag },
    );
    const expectedActions = configuration === undefined ? [] : expectActions(configuration, actions);
    const known = {
      ...record,
      lifeCycleState: server.lifeCycleState,
      expectedActions,
      testInstance: findTestInstance(server, jobs),
    };
    return reasons.length > 0 ? blocked(known, reasons, now) : ready({ ...known, warnings }, now);
  });
}

/** A full quota empties again, so it keeps nobody from starting: the start waits for room, and says so beforehand. */
function quotaWarnings(jobs: readonly Job[], serverCount: number): Reason[] {
  const fact = findQuotaLack(jobs, serverCount);
  if (fact === undefined) return [];
  return [{ code: 'QUOTA_FULL', fact, source: 'DescribeJobs', remedy: 'The start waits until there is room.' }];
}

const goneReason: Reason = {
  code: 'NOT_FOUND',
  fact: 'MGN no longer lists this source server',
  source: 'DescribeSourceServers',
  remedy: 'Take it out of the input.',
};

/** An assessment that could not be noted is made again, and may come to another end. */
function ready(record: ServerRecord, now: number): ServerRecord {
  return { ...record, phase: 'ready', phaseAt: now, launch: 'PENDING', verdict: undefined, reasons: [] };
}

function blocked(record: ServerRecord, reasons: Reason[], now: number): ServerRecord {
  return { ...record, phase: 'blocked', phaseAt: now, launch: 'NOT_STARTED', verdict: 'BLOCKED', reasons };
}

async function describeAll(mgn: Mgn, records: readonly ServerRecord[]): Promise<Map<SourceServerID, SourceServer>> {
  const idsWhere = (isArchived: boolean) =>
    records.filter((record) => record.isArchived === isArchived).map((record) => record.sourceServerID);
  const servers: SourceServer[] = [];
  for (const isArchived of [false, true]) {
    const sourceServerIDs = idsWhere(isArchived);
    if (sourceServerIDs.length > 0) servers.push(...(await mgn.describeSourceServers({ sourceServerIDs, isArchived })));
  }
  return new Map(servers.map((server) => [server.sourceServerID, server]));
}

interface LaunchSettings {
  readonly configuration: LaunchConfiguration | undefined;
  readonly actions: readonly ConfiguredAction[];
}

/** These two calls take one server each; a few at a time keeps the call rate civil. */
async function readSettings(mgn: Mgn, ids: readonly SourceServerID[]): Promise<Map<SourceServerID, LaunchSettings>> {
  const settings = new Map<SourceServerID, LaunchSettings>();
  for (const chunk of chunksOf(ids, 4)) {
    const read = chunk.map(async (id) => {
      const configuration = await orUndefined(mgn.getLaunchConfiguration(id));
      settings.set(id, {
        configuration,
        actions: configuration === undefined ? [] : await mgn.listSourceServerActions(id),
      });
    });
    await Promise.all(read);
  }
  return settings;
}

async function orUndefined<Value>(reading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function sameHostname(server: SourceServer, servers: ReadonlyMap<SourceServerID, SourceServer>): string[] {
  const hostname = server.hostname?.toLowerCase();
  if (hostname === undefined) return [];
  return [...servers.values()]
    .filter((other) => other.sourceServerID !== server.sourceServerID && other.hostname?.toLowerCase() === hostname)
    .map((other) => other.sourceServerID);
}
