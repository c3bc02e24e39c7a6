/**
 * Did every expected post-launch action of the run's launched servers succeed, and does MGN still show the very cutover that
 * was believed? Only then a server is verified.
 */
import { assessCommit, foundFinalized } from '../domain/commit.ts';
import { partOf, type Job } from '../domain/job.ts';
import { stepsAfterIncompleteRollback } from '../domain/next-steps.ts';
import { judgeActions } from '../domain/post-launch-actions.ts';
import type { Mgn } from '../domain/ports.ts';
import { lateReadMs } from '../domain/rollback-group.ts';
import type { RunRecord } from '../domain/run-record.ts';
import { inPhase, type ServerRecord } from '../domain/server-record.ts';
import type { SourceServer } from '../domain/source-server.ts';
import { saveChanged } from '../shared/save-changed.ts';
import { RunEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { onLambda, step } from '../shared/step.ts';

/**
 * Judges the actions of every server whose launch is believed. `decided` counts those that are verified or failed now.
 *
 * @throws TransientServiceError when MGN cannot be read; RunHeldError when another execution works on the run.
 */
export const createHandler = step(RunEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const before = await deps.ledger.readServers(run.runID);
  const open = before.filter(isUnverified);
  const jobIDs = new Set(open.flatMap(({ cutover }) => cutover?.jobID ?? []));
  if (jobIDs.size === 0) return { decided: 0 };
  const jobs = await mgn.describeJobs([...jobIDs]);
  const now = deps.clock.now();
  const judged = open.map((record) => {
    const job = jobs.find(({ jobID }) => jobID === record.cutover?.jobID);
    return { record, judgement: job === undefined ? judgeWithoutJob(run, record, now) : judge(run, record, job, now) };
  });
  const servers = await readServers(
    mgn,
    judged.filter(({ judgement }) => judgement.verdict === 'VERIFIED').map(({ record }) => record),
  );
  const decided = new Map(
    judged.map(({ record, judgement }) => {
      const server = servers.get(record.sourceServerID);
      return [
        record.sourceServerID,
        judgement.verdict === 'VERIFIED' ? confirm(run, record, judgement, server, now) : judgement,
      ];
    }),
  );
  const after = before.map((record) => decided.get(record.sourceServerID) ?? record);
  await saveChanged(deps, event, before, after);
  return { decided: open.length - after.filter(isUnverified).length };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

const isUnverified = (record: ServerRecord) =>
  record.launch === 'PASSED' && record.verdict === undefined && record.rollback === undefined;

/** Only the job tells what ran; it was shown when the launch was believed, so it is waited for as long as actions are. */
function judgeWithoutJob(run: RunRecord, record: ServerRecord, now: number): ServerRecord {
  const { agentSeconds, actionsSeconds } = run.input.options.deadlines;
  const since = record.cutover?.bootedAt ?? record.cutover?.launchedAt ?? now;
  if (now < since + (agentSeconds + actionsSeconds) * 1_000) return record;
  const fact = `MGN no longer shows job ${record.cutover?.jobID ?? ''}, which says how the post-launch actions went`;
  const reasons = [{ code: 'JOB_NOT_SHOWN', fact, source: 'DescribeJobs' }];
  return { ...inPhase(record, 'failed', now), launch: 'FAILED', reasons };
}

function judge(run: RunRecord, record: ServerRecord, job: Job, now: number): ServerRecord {
  if (record.cutover === undefined) return record;
  const part = partOf(job, record.sourceServerID);
  const { agentSeconds, actionsSeconds } = run.input.options.deadlines;
  const agentSeenAt = record.cutover.agentSeenAt ?? (part?.ssmAgentDiscoveredAt === undefined ? undefined : now);
  const judgement = judgeActions({
    expected: record.expectedActions,
    part,
    launchedAt: record.cutover.launchedAt ?? now,
    agentSeenAt,
    agentMs: agentSeconds * 1_000,
    actionsMs: actionsSeconds * 1_000,
    now,
  });
  const known = { ...record, cutover: { ...record.cutover, agentSeenAt }, actions: [...judgement.evidence] };
  switch (judgement.actions) {
    case 'PENDING':
      return known;
    case 'PASSED': {
      const verified = { ...known, verdict: 'VERIFIED' as const, cutover: { ...known.cutover, verifiedAt: now } };
      return { ...inPhase(verified, 'verified', now), warnings: [...warningsLeft(record), ...judgement.warnings] };
    }
    case 'FAILED':
      return { ...inPhase(known, 'failed', now), launch: 'FAILED', reasons: [...judgement.reasons] };
  }
}

/** Minutes or, where a run was stopped, hours lie between the launch and this: others may have changed the servers since. */
async function readServers(mgn: Mgn, records: readonly ServerRecord[]): Promise<Map<string, SourceServer>> {
  if (records.length === 0) return new Map();
  const sourceServerIDs = records.map(({ sourceServerID }) => sourceServerID);
  const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
  return new Map(servers.map((server) => [server.sourceServerID, server]));
}

/**
 * The verified record if MGN still shows what was verified; a finalized one where somebody has finalized it meanwhile,
 * because then there is no way back to offer. One read alone decides nothing (`mgn.md` H.15): from the first
 * that shows otherwise, another answer is waited for. What somebody else has changed is theirs to explain: it is touched no
 * more, and a person looks at it.
 */
function confirm(
  run: RunRecord,
  record: ServerRecord,
  verified: ServerRecord,
  server: SourceServer | undefined,
  now: number,
): ServerRecord {
  const assessment = assessCommit(verified, server);
  if (assessment.commit === 'DONE') return foundFinalized(run, verified, assessment.server, now);
  if (assessment.commit !== 'REFUSE') return verified;
  if (record.cutover === undefined) return record;
  const doubtedAt = record.cutover.doubtedAt ?? now;
  if (now < doubtedAt + lateReadMs) return { ...record, cutover: { ...record.cutover, doubtedAt } };
  const lost = {
    ...inPhase(verified, 'needs a person', now),
    verdict: 'NEEDS_A_PERSON' as const,
    cutover: record.cutover,
    reasons: [...assessment.reasons],
    lifeCycleState: server?.lifeCycleState ?? record.lifeCycleState,
  };
  return { ...lost, nextSteps: stepsAfterIncompleteRollback(run.runID, lost, run.input) };
}

/** That the quotas were full before the start says nothing any more. */
function warningsLeft({ warnings }: ServerRecord) {
  return warnings.filter(({ code }) => code !== 'QUOTA_FULL');
}
