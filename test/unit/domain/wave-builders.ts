/** Builders for a run under way, beyond the records of its source servers. */
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { AttemptRecord } from '../../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { WaveState } from '../../../functions/domain/start-queue.ts';
import {
  aRunRecord,
  aServerRecord,
  aSourceServer,
  cutoverJobID,
  jobID,
  nowMs,
  sourceServerID,
  testInstanceID,
  testJobID,
  waveID,
} from '../../support/domain-builders.ts';

/** The terminate job of the test instances. */
export const terminateJobID = jobID(4);
/** The test instance of any source server. */
export const aTestInstance = { ec2InstanceID: testInstanceID, jobID: testJobID };

/** The source server of this number, ready and not started. */
export const aQueuedServer = (number: number, fields: Partial<ServerRecord> = {}): ServerRecord => {
  const record = aServerRecord({ cutover: undefined, batchID: undefined });
  const id = sourceServerID(number);
  const arn = aSourceServer().arn.replace(sourceServerID(1), id);
  const hostname = `web-${String(number)}`;
  return { ...record, sourceServerID: id, arn, hostname, phase: 'ready', expectedLaunchSeconds: 600, ...fields };
};

/** The source server of this number, started ten minutes ago by the run's cutover job. */
export const aStartedServer = (number: number, fields: Partial<ServerRecord> = {}): ServerRecord =>
  aQueuedServer(number, {
    batchID: 'batch-001',
    phase: 'conversion',
    cutover: { jobID: cutoverJobID, startedAt: nowMs - 600_000 },
    ...fields,
  });

/** The attempt whose job is at work on source server 1 since ten minutes. */
export const anAttempt = (fields: Partial<AttemptRecord> = {}): AttemptRecord => ({
  kind: 'START_CUTOVER',
  batchID: 'batch-001',
  tryNumber: 1,
  token: 'night-1/nonce/batch-001/START_CUTOVER/1',
  sourceServerIDs: [sourceServerID(1)],
  knownJobIDs: [],
  state: 'STARTED',
  attemptedAt: nowMs - 600_000,
  calledAt: nowMs - 600_000,
  jobID: cutoverJobID,
  isAnswered: true,
  ...fields,
});

/** An attempt on source server 1 whose answer was lost. */
export const aLostAttempt = (fields: Partial<AttemptRecord> = {}): AttemptRecord =>
  anAttempt({ state: 'ATTEMPTED', isAnswered: false, jobID: undefined, ...fields });

/** A run with this input, the wave excepted, and plan, as of now. */
export const aWaveState = (
  fields: Partial<Omit<WaveState, 'run'>> = {},
  input: Record<string, unknown> = {},
  plan: Partial<NonNullable<WaveState['run']['plan']>> = {},
): WaveState => {
  const run = aRunRecord({ input: parseRunInput({ waveID: waveID(1), ...input }) });
  const planned = { plannedAt: nowMs - 1_780_000, decision: 'PROCEED' as const, reasons: [], ...plan };
  return { run: { ...run, plan: planned }, records: [], attempts: [], hooks: [], now: nowMs, ...fields };
};
