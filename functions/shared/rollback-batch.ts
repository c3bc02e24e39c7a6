/** Reading all that a rollback step of one batch depends on. */
import type { Job } from '../domain/job.ts';
import type { Mgn } from '../domain/ports.ts';
import type { RollbackFacts } from '../domain/rollback-plan.ts';
import type { RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import { clockSlackMs } from './attempt-job.ts';
import { readBatch } from './batch.ts';
import type { BatchEvent } from './events.ts';
import type { StepDeps } from './step.ts';

/** The batch's records, and the facts of those that are being brought back. */
export interface RollbackBatch {
  readonly records: readonly ServerRecord[];
  readonly facts: readonly RollbackFacts[];
  readonly jobs: readonly Job[];
}

/** Whether the server is being brought back and is not known to be back yet. */
export function isRollingBack(record: ServerRecord): boolean {
  return record.rollback !== undefined && record.verdict === undefined;
}

/** Reads the batch's records, their source servers and the jobs since the run began. */
export async function readRollbackBatch(
  deps: StepDeps,
  run: RunRecord,
  mgn: Mgn,
  event: BatchEvent,
): Promise<RollbackBatch> {
  const records = await readBatch(deps, event);
  const open = records.filter(isRollingBack);
  if (open.length === 0) return { records, facts: [], jobs: [] };
  const sourceServerIDs = open.map((record) => record.sourceServerID);
  const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
  const jobs = await mgn.describeJobsSince(run.createdAt - clockSlackMs);
  const facts = open.map((record) => ({
    record,
    server: servers.find((server) => server.sourceServerID === record.sourceServerID),
    jobs,
  }));
  return { records, facts, jobs };
}
