/** What the ledger keeps of a notice: that people were told how an execution of a run ended. */
import * as v from 'valibot';

/**
 * How a run stands once an execution has ended.
 *
 * - ENDED: the run has an end, by this execution or another.
 * - ELSEWHERE: another execution was the last to take it.
 * - AT_WORK: a step renewed the hold after the end: the execution was redriven, a nested one outlived it, or a step was
 *   just beginning.
 * - UNTOUCHED: nobody works on it, nothing was started, and nothing that may still be running could start anything.
 * - LEFT: nobody works on it any more, and something was or may have been started.
 */
export const standings = ['ENDED', 'ELSEWHERE', 'AT_WORK', 'UNTOUCHED', 'LEFT'] as const;
/** How a run stands once an execution has ended; see `standings`. */
export type Standing = (typeof standings)[number];

/** Schema of a notice's record. */
export const NoticeRecordSchema = v.object({
  /** ARN of the execution that ended. */
  executionID: v.string(),
  /** How it ended: SUCCEEDED, FAILED, TIMED_OUT or ABORTED. */
  executionStatus: v.string(),
  /** When it ended, epoch milliseconds; an execution that is redriven ends more than once. */
  endedAt: v.number(),
  /** How the run stood when people were told. */
  standing: v.picklist(standings),
  /** When people were told, epoch milliseconds. */
  sentAt: v.number(),
  /** The channels they were told by (`run-notice-record.ts`); where it is absent, the topic, which was the only one. */
  channels: v.optional(v.array(v.string())),
});
/** That people were told how an execution of a run ended. */
export type NoticeRecord = v.InferOutput<typeof NoticeRecordSchema>;
