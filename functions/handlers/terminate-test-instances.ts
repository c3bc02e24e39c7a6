/**
 * Removes what test launches left, before the cutover starts: TerminateTargetInstances is refused once a server is
 * CUTTING_OVER, and after a cutover the same call would delete the new production instance (`mgn.md` C.1).
 */
import { requireQuotaRoom } from '../domain/quota.ts';
import { findTestInstance } from '../domain/test-instance.ts';
import { attemptJob } from '../shared/attempt-job.ts';
import { readBatch } from '../shared/batch.ts';
import { BatchEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { knownJobIDs, jobsHolding, recentJobsFrom } from '../shared/recent-jobs.ts';
import { onLambda, step } from '../shared/step.ts';
import { inPhase } from '../domain/server-record.ts';
import { lockUntil } from './lock-source-servers.ts';

/**
 * Starts one terminate job for the batch's test instances, if there are any.
 *
 * @throws the errors of `attemptJob`; RunHeldError when another execution works on the run.
 */
export const createHandler = step(BatchEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const records = await readBatch(deps, event);
  const candidates = records.filter(
    (record) => record.testInstance !== undefined && record.cutover === undefined && record.rollback === undefined,
  );
  if (!run.input.options.terminateTestInstances || candidates.length === 0)
    return { jobState: 'NONE', delaySeconds: 0 };
  const attempt = await attemptJob(deps, run, mgn, {
    kind: 'TERMINATE_TEST_INSTANCES',
    batchID: event.batchID,
    mayRepeat: false,
    async choose() {
      const sourceServerIDs = candidates.map((record) => record.sourceServerID);
      const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
      const now = deps.clock.now();
      const jobs = await mgn.describeJobsSince(recentJobsFrom(now));
      const arns = candidates.map((record) => record.arn);
      const conflicts = await deps.ledger.takeLocks(arns, run.runID, { now, expiresAt: lockUntil(run, now) }, 'free');
      const chosen = servers.filter(
        (server) =>
          conflicts.every(({ arn }) => arn !== server.arn) &&
          server.lifeCycleState === 'READY_FOR_CUTOVER' &&
          jobsHolding(jobs, [server.sourceServerID]).length === 0 &&
          findTestInstance(server, jobs)?.ec2InstanceID ===
            candidates.find((record) => record.sourceServerID === server.sourceServerID)?.testInstance?.ec2InstanceID,
      );
      if (chosen.length > 0) requireQuotaRoom(jobs, chosen.length);
      return {
        sourceServerIDs: chosen.map((server) => server.sourceServerID),
        knownJobIDs: knownJobIDs(jobs, servers),
      };
    },
    call: (sourceServerIDs, tags) => mgn.terminateTargetInstances(sourceServerIDs, tags),
  });
  if (attempt?.jobID === undefined) return { jobState: 'NONE', delaySeconds: 0 };
  const terminateJobID = attempt.jobID;
  const touched = candidates.filter((record) => attempt.sourceServerIDs.includes(record.sourceServerID));
  await deps.ledger.saveServers(
    run.runID,
    touched.flatMap((record) =>
      record.testInstance === undefined
        ? []
        : [
            {
              ...inPhase(record, 'terminating test instance', deps.clock.now()),
              testInstance: { ...record.testInstance, terminateJobID },
            },
          ],
    ),
  );
  return { jobState: 'RUNNING', delaySeconds: 30 };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);
