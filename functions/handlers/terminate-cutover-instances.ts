/** Terminates the cutover instances this run launched, and no others, once their servers are back in READY_FOR_CUTOVER. */
import { requireQuotaRoom } from '../domain/quota.ts';
import { mayTerminateInstance } from '../domain/rollback-plan.ts';
import { attemptJob } from '../shared/attempt-job.ts';
import { readBatch, saveChanged } from '../shared/batch.ts';
import { BatchEventSchema } from '../shared/events.ts';
import { openRun } from '../shared/open-run.ts';
import { jobsHolding, knownJobIDs } from '../shared/recent-jobs.ts';
import { readRollbackBatch } from '../shared/rollback-batch.ts';
import { onLambda, step } from '../shared/step.ts';

/**
 * Starts one terminate job for the batch, if there is anything of ours to terminate.
 *
 * @throws the errors of `attemptJob`; RunHeldError when another execution works on the run.
 */
export const createHandler = step(BatchEventSchema, async (event, deps) => {
  const { run, mgn } = await openRun(deps, event);
  const attempt = await attemptJob(deps, run, mgn, {
    kind: 'TERMINATE_CUTOVER_INSTANCES',
    batchID: event.batchID,
    mayRepeat: true,
    async choose() {
      const { facts, jobs } = await readRollbackBatch(deps, run, mgn, event);
      const chosen = facts.filter(
        (fact) => mayTerminateInstance(fact) && jobsHolding(jobs, [fact.record.sourceServerID]).length === 0,
      );
      if (chosen.length > 0) requireQuotaRoom(jobs, chosen.length);
      return {
        sourceServerIDs: chosen.map(({ record }) => record.sourceServerID),
        knownJobIDs: knownJobIDs(
          jobs,
          chosen.flatMap(({ server }) => server ?? []),
        ),
      };
    },
    call: (sourceServerIDs, tags) => mgn.terminateTargetInstances(sourceServerIDs, tags),
  });
  const terminateJobID = attempt?.jobID;
  if (terminateJobID === undefined) return { jobState: 'NONE', delaySeconds: 0 };
  const before = await readBatch(deps, event);
  const after = before.map((record) =>
    record.rollback !== undefined && attempt?.sourceServerIDs.includes(record.sourceServerID)
      ? {
          ...record,
          rollback: { ...record.rollback, terminateJobID, terminatedInstanceID: record.cutover?.ec2InstanceID },
        }
      : record,
  );
  await saveChanged(deps, event, before, after);
  return { jobState: 'RUNNING', delaySeconds: 30 };
});

/** The Lambda function. */
export const handler = onLambda(createHandler);
