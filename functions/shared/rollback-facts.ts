/** Reading all that the steps of a rollback depend on, for the priority group whose turn it is. */
import { OutcomeUnknownError } from '../domain/errors.ts';
import type { SourceServerID } from '../domain/identifiers.ts';
import { placeOf } from '../domain/place.ts';
import type { Mgn } from '../domain/ports.ts';
import { release, tidyDesk, type QuotaDesk } from '../domain/quota-desk.ts';
import { roomBeside } from '../domain/quota.ts';
import { groupRollingBack, turnSince, type RollbackGroup } from '../domain/rollback-group.ts';
import { isRollingBack } from '../domain/rollback-plan.ts';
import type { AttemptRecord, RunRecord } from '../domain/run-record.ts';
import type { ServerRecord } from '../domain/server-record.ts';
import type { Versioned } from '../ledger/ledger.ts';
import { settleAttempt } from './attempt-job.ts';
import { saveChanged } from './save-changed.ts';
import type { StepDeps } from './step.ts';

/** Jobs from before the run may hold a source server or use up a quota; none runs for longer than this. */
const dayMs = 86_400_000;

/** The attempt key of the terminate jobs of a priority group. */
export function terminationKey(priorityGroup: number): string {
  return `group-${String(priorityGroup)}`;
}

/** The group as it was read. */
export interface ReadRollbackGroup extends RollbackGroup {
  /** Of a start whose answer was lost so recently that nobody can say yet whether its servers were launched. */
  readonly lostStart: OutcomeUnknownError | undefined;
  /** The account and region, as the quota desk is kept by. */
  readonly place: string;
  /** The quota desk, without a reservation for the group. */
  readonly desk: Versioned<QuotaDesk>;
}

/**
 * Reads the group's source servers, everybody's jobs, and the group's latest terminate job; undefined when no source server
 * of the run is being brought back. Starts whose answer was lost are accounted for first, so that none of their servers
 * counts as untouched.
 *
 * @throws TransientServiceError when MGN cannot be read; LedgerConflictError when the step was doubled.
 */
export async function readRollbackGroup(
  deps: StepDeps,
  run: RunRecord,
  mgn: Mgn,
): Promise<ReadRollbackGroup | undefined> {
  const records = await deps.ledger.readServers(run.runID);
  const priorityGroup = groupRollingBack(records);
  if (priorityGroup === undefined) return undefined;
  const rollingBack = records.filter((record) => isRollingBack(record) && record.priorityGroup === priorityGroup);
  const { known, open, lostStart } = await settleStarts(deps, run, mgn, rollingBack);
  const sourceServerIDs = known.map((record) => record.sourceServerID);
  const servers = await mgn.describeSourceServers({ sourceServerIDs, isArchived: false });
  const serverOf = new Map(servers.map((server) => [server.sourceServerID, server]));
  const jobs = await mgn.describeJobsSince(run.createdAt - dayMs);
  const facts = known.map((record) => ({
    record,
    server: serverOf.get(record.sourceServerID),
    jobs,
    isStartOpen: open.has(record.sourceServerID),
  }));
  const key = terminationKey(priorityGroup);
  const termination = (await deps.ledger.readAttempt(run.runID, key, 'TERMINATE_CUTOVER_INSTANCES'))?.value;
  const place = placeOf(known[0]?.arn ?? '');
  const read = await deps.ledger.readQuotaDesk(place);
  const desk = { value: release(tidyDesk(read.value, deps.clock.now()), run.runID, key), version: read.version };
  const room = roomBeside(jobs, desk.value.reservations);
  return {
    priorityGroup,
    turnSince: turnSince(records, priorityGroup),
    facts,
    jobs,
    // What comes back goes before what waits to start, so that nobody's ticket counts.
    room: room.jobs === 0 ? 0 : room.servers,
    termination,
    lostStart,
    place,
    desk,
  };
}

interface SettledStarts {
  /** The records, which may have learned of their cutover job. */
  readonly known: readonly ServerRecord[];
  /** Those of which it cannot be told yet. */
  readonly open: ReadonlySet<SourceServerID>;
  readonly lostStart: OutcomeUnknownError | undefined;
}

/** A cutover whose answer was lost may have launched all the same; its servers' records then learn of their job. */
async function settleStarts(
  deps: StepDeps,
  run: RunRecord,
  mgn: Mgn,
  records: readonly ServerRecord[],
): Promise<SettledStarts> {
  const unknown = records.filter((record) => record.cutover === undefined);
  const batchIDs = new Set(unknown.flatMap((record) => record.batchID ?? []));
  const settled: AttemptRecord[] = [];
  const open = new Set<SourceServerID>();
  let lostStart: OutcomeUnknownError | undefined;
  for (const batchID of batchIDs) {
    const stored = await deps.ledger.readAttempt(run.runID, batchID, 'START_CUTOVER');
    if (stored === undefined) continue;
    try {
      settled.push((await settleAttempt(deps, run, mgn, stored)).value);
    } catch (error) {
      if (!(error instanceof OutcomeUnknownError)) throw error;
      lostStart = error;
      for (const id of stored.value.sourceServerIDs) open.add(id);
    }
  }
  const known = records.map((record) => adopted(record, settled));
  await saveChanged(deps, run, records, known);
  return { known, open, lostStart };
}

function adopted(record: ServerRecord, attempts: readonly AttemptRecord[]): ServerRecord {
  if (record.cutover !== undefined) return record;
  const attempt = attempts.find(({ sourceServerIDs }) => sourceServerIDs.includes(record.sourceServerID));
  if (attempt?.jobID === undefined) return record;
  return { ...record, cutover: { jobID: attempt.jobID, startedAt: attempt.attemptedAt } };
}
