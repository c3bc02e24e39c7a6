/**
 * What becomes of source servers when a step of the shift has failed for good: each that waited for it gets a verdict, or
 * a way to one, so that the shift comes to an end.
 */
import type { Reason } from './reason.ts';
import { toBringBack } from './rollback-plan.ts';
import type { AttemptRecord } from './run-record.ts';
import { inPhase, leftOut, type ServerRecord } from './server-record.ts';

/** The steps of the shift that source servers wait for, as the state machine names them when it gives one up. */
export const givenUpSteps = ['START_CUTOVER', 'TERMINATE_TEST_INSTANCES', 'RUN_HOOKS'] as const;
/** A step that the shift has given up. */
export type GivenUpStep = (typeof givenUpSteps)[number];

/** What a step failed with: the error's name and its words. */
export interface StepError {
  readonly error: string;
  readonly cause: string;
}

/** What is known when a step is given up. */
export interface GivingUpFacts {
  readonly records: readonly ServerRecord[];
  readonly attempts: readonly AttemptRecord[];
  readonly failure: StepError;
  /** Epoch milliseconds. */
  readonly now: number;
}

/**
 * MGN's answers to one call, about its source servers: another batch may do better. After every other error (a permission, an
 * account, a step that breaks) nothing else of the queue can be expected to start either.
 */
const errorsOfOneCall: ReadonlySet<string> = new Set([
  'ThrottledError',
  'OutcomeUnknownError',
  'ConflictError',
  'QuotaExceededError',
  'RequestRefusedError',
  'NotFoundError',
]);

/** The records after the step was given up; repeating it changes nothing more. */
export function giveUp(step: GivenUpStep, facts: GivingUpFacts): ServerRecord[] {
  switch (step) {
    case 'START_CUTOVER':
      return facts.records.map((record) => afterFailedStart(record, facts));
    case 'TERMINATE_TEST_INSTANCES':
      return facts.records.map((record) =>
        isWaiting(record) && hasTestInstance(record)
          ? leftOut(record, [reasonOf('TEST_INSTANCE_LEFT', facts.failure)], facts.now)
          : record,
      );
    case 'RUN_HOOKS':
      return [...facts.records];
  }
}

/** The batch whose start failed, as far as it is one batch; for the record of the failure. */
export function batchGivenUp({ records, attempts }: Pick<GivingUpFacts, 'records' | 'attempts'>): string | undefined {
  const batchIDs = new Set(records.filter(isStarting).flatMap((record) => record.batchID ?? []));
  const unstarted = [...batchIDs].filter((batchID) => startOf(attempts, batchID)?.state !== 'STARTED');
  return unstarted.length === 1 ? unstarted[0] : undefined;
}

/** It is to be cut over, nothing was launched, and nobody has decided otherwise. */
const isWaiting = ({ verdict, cutover, rollback }: ServerRecord) =>
  verdict === undefined && cutover === undefined && rollback === undefined;
const isQueued = (record: ServerRecord) => isWaiting(record) && record.batchID === undefined;
const hasTestInstance = ({ testInstance }: ServerRecord) =>
  testInstance !== undefined && testInstance.terminateJobID === undefined;
const isStarting = (record: ServerRecord) => isWaiting(record) && record.batchID !== undefined;

function startOf(attempts: readonly AttemptRecord[], batchID: string | undefined): AttemptRecord | undefined {
  return attempts.find((attempt) => attempt.kind === 'START_CUTOVER' && attempt.batchID === batchID);
}

function afterFailedStart(record: ServerRecord, { attempts, failure, now }: GivingUpFacts): ServerRecord {
  const reason = reasonOf('START_FAILED', failure);
  if (isQueued(record)) return errorsOfOneCall.has(failure.error) ? record : leftOut(record, [reason], now);
  if (!isStarting(record)) return record;
  const attempt = startOf(attempts, record.batchID);
  const isNamed = attempt?.sourceServerIDs.includes(record.sourceServerID) ?? false;
  if (attempt === undefined || attempt.state === 'REJECTED' || !isNamed) return leftOut(record, [reason], now);
  const { jobID, attemptedAt: startedAt } = attempt;
  // The job is known and only the record does not say so: the shift goes on to watch it.
  if (jobID !== undefined) return { ...inPhase(record, 'starting', now), cutover: { jobID, startedAt } };
  return toBringBack(record, now, [...record.reasons, reason]);
}

function reasonOf(code: string, { error, cause }: StepError): Reason {
  return { code, fact: cause === '' ? error : `${error}: ${cause}`, source: 'state machine' };
}
