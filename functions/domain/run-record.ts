/** What the ledger keeps of a run: its input, who works on it, what was decided, how it ended. */
import * as v from 'valibot';
import { BatchIDSchema, JobIDSchema, RunIDSchema, SourceServerIDSchema } from './identifiers.ts';
import { ReasonSchema } from './reason.ts';
import { RunInputSchema } from './run-input.ts';

/** How a run ended, for all its source servers together. */
export const outcomes = ['VERIFIED', 'FINALIZED', 'PARTIAL', 'REFUSED', 'NEEDS_A_PERSON'] as const;
/** How a run ended, for all its source servers together. */
export type Outcome = (typeof outcomes)[number];

/** Schema of a person's word that source servers be finalized: who (the execution they started), when, which. */
const CommitAskSchema = v.object({
  executionID: v.string(),
  /** Epoch milliseconds. */
  askedAt: v.number(),
  sourceServerIDs: v.array(SourceServerIDSchema),
  /** Who asked, in the words of the command that did; CloudTrail knows who started the execution. */
  person: v.optional(v.string()),
});
/** A person's word that source servers be finalized. */
export type CommitAsk = v.InferOutput<typeof CommitAskSchema>;

/** Schema of a person's word that the run be brought back; `person` and `askedAt` as of a {@link CommitAsk}. */
const RollbackAskSchema = v.object({
  executionID: v.string(),
  askedAt: v.number(),
  sourceServerCount: v.number(),
  person: v.optional(v.string()),
});
/** A person's word that the run be brought back. */
export type RollbackAsk = v.InferOutput<typeof RollbackAskSchema>;

/** Schema of a gate: where the run waits, or waited, for a person. */
const GateSchema = v.object({
  gate: v.picklist(['START', 'COMMIT']),
  openedAt: v.number(),
  /** When waiting ends, epoch milliseconds. */
  closesAt: v.number(),
  /** Step Functions' callback token of the task that waits; of each look another one. */
  taskToken: v.optional(v.string()),
  /** What a person said; only a START gate is answered, a COMMIT gate is by committing or rolling back. */
  answer: v.optional(
    v.object({ approved: v.boolean(), at: v.number(), by: v.string(), person: v.optional(v.string()) }),
  ),
  /** When the run went on from here by itself, so that nobody can answer any more. */
  closedAt: v.optional(v.number()),
});
/** Where a run waits, or waited, for a person. */
export type Gate = v.InferOutput<typeof GateSchema>;

/** Schema of a run record. */
export const RunRecordSchema = v.object({
  runID: RunIDSchema,
  input: RunInputSchema,
  /** Makes the attempt tags of this run unlike those of a run of the same name in another ledger. */
  nonce: v.string(),
  createdAt: v.number(),
  /** The execution that works on the run; the others are refused until `heldUntil` (epoch milliseconds) has passed. */
  holder: v.optional(v.object({ executionID: v.string(), heldUntil: v.number() })),
  resolvedAt: v.optional(v.number()),
  plan: v.optional(
    v.object({
      plannedAt: v.number(),
      decision: v.picklist(['PROCEED', 'REFUSE', 'WAIT', 'AWAIT_APPROVAL']),
      reasons: v.array(ReasonSchema),
      /** What a person who reads the plan should know; it keeps nothing from starting. */
      notes: v.optional(v.array(ReasonSchema)),
      /** How long the wave was expected to take when it was planned, in seconds. */
      expected: v.optional(
        v.object({ launchSeconds: v.number(), actionsSeconds: v.number(), rollbackSeconds: v.number() }),
      ),
      /** When the wave must have been started for a rollback still to fit the window, epoch milliseconds. */
      lastSafeStartAt: v.optional(v.number()),
    }),
  ),
  /** The gates this run came to, the latest of each kind. */
  gates: v.optional(v.array(GateSchema)),
  /** Which servers a person asked to finalize after they were verified; of each server the latest word only. */
  commits: v.optional(v.array(CommitAskSchema)),
  /** Who asked for the run to be brought back; the latest ones. */
  rollbacks: v.optional(v.array(RollbackAskSchema)),
  end: v.optional(v.object({ endedAt: v.number(), outcome: v.picklist(outcomes), summary: v.string() })),
});
/** What the ledger keeps of a run. */
export type RunRecord = v.InferOutput<typeof RunRecordSchema>;

/** The calls that start a job, and so need an attempt record. */
export const attemptKinds = ['TERMINATE_TEST_INSTANCES', 'START_CUTOVER', 'TERMINATE_CUTOVER_INSTANCES'] as const;
/** A call that starts a job. */
export type AttemptKind = (typeof attemptKinds)[number];

/**
 * Schema of an attempt: the record written *before* a call that starts a job. ATTEMPTED: the call may have been made.
 * STARTED: the job is known. REJECTED: the call certainly had no effect.
 */
export const AttemptRecordSchema = v.object({
  kind: v.picklist(attemptKinds),
  batchID: BatchIDSchema,
  /** Counts the jobs of this kind: a cutover has one, a termination may be repeated for what it left. */
  tryNumber: v.number(),
  token: v.string(),
  sourceServerIDs: v.array(SourceServerIDSchema),
  knownJobIDs: v.array(JobIDSchema),
  state: v.picklist(['ATTEMPTED', 'STARTED', 'REJECTED']),
  /** When the first call with this token was made, epoch milliseconds. */
  attemptedAt: v.number(),
  /** When the latest call was made, from which the settle time counts. */
  calledAt: v.number(),
  jobID: v.optional(JobIDSchema),
  /** When the job was first seen to have ended; a later read that shows it at work is an old one (`mgn.md` H.15). */
  endedAt: v.optional(v.number()),
  /** Whether the job's ID came in the answer to the call itself, so that the job certainly carries the token. */
  isAnswered: v.boolean(),
  /** AWS's ID of the request, where its answer came. */
  requestID: v.optional(v.string()),
});
/** The record written before a call that starts a job. */
export type AttemptRecord = v.InferOutput<typeof AttemptRecordSchema>;

/** Schema of a server's lock. */
export const LockSchema = v.object({ runID: RunIDSchema, takenAt: v.number(), expiresAt: v.number() });
/** A server's lock: the run that holds it and until when, epoch milliseconds. */
export type Lock = v.InferOutput<typeof LockSchema>;

/** Schema of a failed step's record. */
export const FailureRecordSchema = v.object({
  at: v.number(),
  batchID: v.optional(BatchIDSchema),
  error: v.string(),
  cause: v.string(),
});
/** A step that failed for good: the error's name and its words. */
export type FailureRecord = v.InferOutput<typeof FailureRecordSchema>;
