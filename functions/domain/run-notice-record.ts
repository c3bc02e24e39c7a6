/** What the ledger keeps of a notice about an open run, so that nobody is told the same twice. */
import * as v from 'valibot';
import { SourceServerIDSchema } from './identifiers.ts';

/** What people are told of a run while it is open, and by a run on one machine that it has ended. */
export const runNoticeKinds = [
  'GATE_OPENED',
  'GATE_DUE',
  'FAILURE',
  'PERSON_NEEDED',
  'ROLLBACK_BEGAN',
  'WINDOW_CLOSING',
  'RUN_ENDED',
] as const;
/** What people are told of a run. */
export type RunNoticeKind = (typeof runNoticeKinds)[number];

/** How people are told: by the SNS topic, or by a chat's incoming webhook. Each is told for itself. */
export const channelNames = ['TOPIC', 'WEBHOOK'] as const;
/** How people are told. */
export type ChannelName = (typeof channelNames)[number];

/** The partition of the ledger that keeps a run's notices begins so; policies name it. */
export const noticesPartitionPrefix = 'notices#';

/** Schema of the record. */
export const RunNoticeRecordSchema = v.object({
  kind: v.picklist(runNoticeKinds),
  channel: v.picklist(channelNames),
  /** Tells notices of one kind apart that are each sent once, such as those of two gates. */
  key: v.string(),
  /** The source servers that the notice spoke of as new. */
  sourceServerIDs: v.array(SourceServerIDSchema),
  /** When the run was read that it was about, epoch milliseconds. */
  asOf: v.number(),
  /** When people were told, epoch milliseconds. */
  sentAt: v.number(),
});
/** That people were told something about an open run. */
export type RunNoticeRecord = v.InferOutput<typeof RunNoticeRecordSchema>;
