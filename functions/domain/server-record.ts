/**
 * What the ledger keeps of one source server in one run: how far it is, what was decided and on which facts. It is all
 * a report, a rollback or a resumed run needs to know.
 */
import * as v from 'valibot';
import { ApplicationIDSchema, BatchIDSchema, JobIDSchema, SourceServerIDSchema } from './identifiers.ts';
import { ReasonSchema, withReasons, type Reason } from './reason.ts';

/** The phases a source server passes, in the order of the night; the ones after `verified` are reached by some only. */
export const phases = [
  'resolved',
  'blocked',
  'ready',
  'terminating test instance',
  'starting',
  'snapshot',
  'conversion',
  'launch',
  'first boot',
  'actions',
  'verified',
  'finalized',
  'failed',
  'rolling back',
  'rolled back',
  'not started',
  'needs a person',
] as const;
/** How far a source server is. */
export type Phase = (typeof phases)[number];

/** What is finally said of a source server; each is backed by MGN's own facts, kept as reasons. */
export const verdicts = ['VERIFIED', 'FINALIZED', 'ROLLED_BACK', 'BLOCKED', 'NOT_STARTED', 'NEEDS_A_PERSON'] as const;
/** What is finally said of a source server. */
export type Verdict = (typeof verdicts)[number];

const ExpectedActionSchema = v.object({
  actionName: v.optional(v.string()),
  documentName: v.string(),
  timeoutSeconds: v.optional(v.number()),
  mustSucceedForCutover: v.boolean(),
});
/** A post-launch action that has to run on this cutover. */
export type ExpectedAction = v.InferOutput<typeof ExpectedActionSchema>;

/** What became of an expected post-launch action. */
export const actionVerdicts = ['SUCCESS', 'FAILED', 'TIMED_OUT', 'IN_PROGRESS', 'MISSING', 'NEVER_SEEN'] as const;

const ActionEvidenceSchema = v.object({
  actionName: v.optional(v.string()),
  documentName: v.optional(v.string()),
  documentType: v.optional(v.string()),
  executionID: v.optional(v.string()),
  failureReason: v.optional(v.string()),
  mustSucceedForCutover: v.boolean(),
  verdict: v.picklist(actionVerdicts),
});
/** A post-launch action's verdict with the evidence for it. */
export type ActionEvidence = v.InferOutput<typeof ActionEvidenceSchema>;

const CutoverSchema = v.object({
  jobID: JobIDSchema,
  /** When this run made the call, by its own clock, epoch milliseconds. */
  startedAt: v.number(),
  launchStatus: v.optional(v.string()),
  ec2InstanceID: v.optional(v.string()),
  /** When this run first saw the server LAUNCHED, from which first boot and agent deadlines count. */
  launchedAt: v.optional(v.number()),
  bootedAt: v.optional(v.number()),
  agentSeenAt: v.optional(v.number()),
  verifiedAt: v.optional(v.number()),
  /** When MGN first did not show what was verified any more, from which the wait for another answer counts. */
  doubtedAt: v.optional(v.number()),
});

const RollbackSchema = v.object({
  requestedAt: v.number(),
  revertedAt: v.optional(v.number()),
  /** AWS's ID of the request that took it back to READY_FOR_CUTOVER, where its answer came. */
  revertRequestID: v.optional(v.string()),
  terminateJobID: v.optional(JobIDSchema),
  terminatedInstanceID: v.optional(v.string()),
  /** Where this run first looked for proof, from which the wait for it counts. */
  verifyingSince: v.optional(v.number()),
  verifiedAt: v.optional(v.number()),
  /** What stands in the way, as far as seen. */
  problems: v.array(ReasonSchema),
});

/** Schema of a server record. */
export const ServerRecordSchema = v.object({
  sourceServerID: SourceServerIDSchema,
  arn: v.string(),
  hostname: v.optional(v.string()),
  applicationID: v.optional(ApplicationIDSchema),
  /** The application's name, where the input led to its servers through it. */
  applicationName: v.optional(v.string()),
  isArchived: v.boolean(),
  /** 1 to 5: the servers of a group start once those of the groups before are verified. */
  priorityGroup: v.optional(v.number(), 5),
  /** Whether it may fail without taking its application along. */
  mayFail: v.optional(v.boolean(), false),
  /** How long its launch is expected to take, from the start of its job, in seconds. */
  expectedLaunchSeconds: v.optional(v.number()),
  /** The batch whose job launches it; set right before that job is started. */
  batchID: v.optional(BatchIDSchema),
  phase: v.picklist(phases),
  /** When the phase began, epoch milliseconds. */
  phaseAt: v.number(),
  /** When it first came into each phase it was in, epoch milliseconds. */
  phaseTimes: v.optional(v.record(v.picklist(phases), v.number())),
  /** PENDING until the launch is judged; PASSED ones still have their actions ahead. */
  launch: v.picklist(['PENDING', 'PASSED', 'FAILED', 'NOT_STARTED']),
  verdict: v.optional(v.picklist(verdicts)),
  reasons: v.array(ReasonSchema),
  warnings: v.array(ReasonSchema),
  expectedActions: v.array(ExpectedActionSchema),
  testInstance: v.optional(
    v.object({ ec2InstanceID: v.string(), jobID: JobIDSchema, terminateJobID: v.optional(JobIDSchema) }),
  ),
  cutover: v.optional(CutoverSchema),
  actions: v.array(ActionEvidenceSchema),
  rollback: v.optional(RollbackSchema),
  /** What had not been replicated when its source was looked at last, while the run waits for a person's commit. */
  sourceWatch: v.optional(v.object({ backloggedBytes: v.number(), lagMs: v.number() })),
  /** When MGN first refused to finalize it, from which the wait for another answer counts. */
  finalizeRefusedAt: v.optional(v.number()),
  finalizedAt: v.optional(v.number()),
  /** AWS's ID of the request that finalized it, where its answer came. */
  finalizeRequestID: v.optional(v.string()),
  /** The lifecycle state last read from MGN. */
  lifeCycleState: v.optional(v.string()),
  /** What a person does next, as commands or sentences; empty when nothing is left to do. */
  nextSteps: v.array(v.string()),
});

/** What the ledger keeps of one source server in one run. */
export type ServerRecord = v.InferOutput<typeof ServerRecordSchema>;

/** The record in another phase, which began at `now`; the same record when it is in that phase already. */
export function inPhase(record: ServerRecord, phase: Phase, now: number): ServerRecord {
  if (record.phase === phase) return record;
  const phaseTimes = { [record.phase]: record.phaseAt, [phase]: now, ...record.phaseTimes };
  return { ...record, phase, phaseAt: now, phaseTimes };
}

/** The record of a source server that will not be started, and why. */
export function leftOut(record: ServerRecord, reasons: readonly Reason[], now: number): ServerRecord {
  const left = { ...inPhase(record, 'not started', now), launch: 'NOT_STARTED', verdict: 'NOT_STARTED' } as const;
  return { ...left, reasons: withReasons(record.reasons, reasons) };
}
