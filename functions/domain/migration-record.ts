/** What the ledger keeps of a migration: how far each of its waves is, which execution works on it, how it ended. */
import * as v from 'valibot';
import { RunIDSchema } from './identifiers.ts';
import { outcomes } from './run-record.ts';

/** Schema of a migration's ID: the name of its execution, of the characters that are safe in one. */
export const MigrationIDSchema = v.pipe(
  v.string(),
  v.regex(/^[0-9A-Za-z_-]{1,80}$/, 'expected a migration’s name: 1 to 80 letters, digits, "-" or "_"'),
  v.brand('MigrationID'),
);
/** A migration's ID. */
export type MigrationID = v.InferOutput<typeof MigrationIDSchema>;

/** How far a wave is. ENDED: its run has come to an outcome. SKIPPED: it was not started and will not be. */
export const waveStates = ['WAITING', 'RUNNING', 'ENDED', 'SKIPPED'] as const;
/** How far a wave is. */
export type WaveState = (typeof waveStates)[number];

/** Schema of what an execution failed with, as far as it matters to the migration. */
const WaveFailureSchema = v.object({
  /** Whether the wave's execution has ended of its own accord, so that no step of it can be at work any more. */
  isOver: v.boolean(),
  /** Whether there was an execution of that name already, so that none was started. */
  isNameTaken: v.boolean(),
  words: v.string(),
});
/** What a wave's execution failed with. */
export type WaveFailure = v.InferOutput<typeof WaveFailureSchema>;

const WaveRecordSchema = v.object({
  name: v.string(),
  runID: RunIDSchema,
  /** How many source servers it had when the migration was planned. */
  sourceServerCount: v.number(),
  state: v.picklist(waveStates),
  /** The slot that cuts it over, from 1. */
  slot: v.optional(v.number()),
  startedAt: v.optional(v.number()),
  /** When its execution was seen to have come back; its run may still have no end, and is then looked at again. */
  returnedAt: v.optional(v.number()),
  failure: v.optional(WaveFailureSchema),
  endedAt: v.optional(v.number()),
  outcome: v.optional(v.picklist(outcomes)),
  /** What it came to, or why it was skipped. */
  summary: v.optional(v.string()),
});
/** How far one wave is. Times are epoch milliseconds. */
export type WaveRecord = v.InferOutput<typeof WaveRecordSchema>;

/** Schema of a migration's record. */
export const MigrationRecordSchema = v.object({
  migrationID: MigrationIDSchema,
  createdAt: v.number(),
  /** The execution that works on the migration; others are refused until `heldUntil`, and while a run of it is held. */
  holder: v.optional(v.object({ executionID: v.string(), heldUntil: v.number() })),
  /** In the order of the input. */
  waves: v.array(WaveRecordSchema),
  end: v.optional(v.object({ endedAt: v.number(), outcome: v.picklist(outcomes), summary: v.string() })),
  /** The last end of an execution of the migration that people were told of; `channels` as of a notice's record. */
  told: v.optional(
    v.object({
      executionID: v.string(),
      endedAt: v.number(),
      sentAt: v.number(),
      channels: v.optional(v.array(v.string())),
    }),
  ),
});
/** What the ledger keeps of a migration. Times are epoch milliseconds. */
export type MigrationRecord = v.InferOutput<typeof MigrationRecordSchema>;

/** Whether a wave came to what it was started for. */
export function hasSucceeded({ state, outcome }: Pick<WaveRecord, 'state' | 'outcome'>): boolean {
  return state === 'ENDED' && (outcome === 'VERIFIED' || outcome === 'FINALIZED');
}
