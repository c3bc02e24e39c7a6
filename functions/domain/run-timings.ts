/**
 * What one ended run teaches about time: how long its source servers took to launch, to be verified, to be brought back.
 * The ledger keeps it by account and region, because that is what such times depend on; later runs expect by it.
 */
import * as v from 'valibot';
import { RunIDSchema, type RunID } from './identifiers.ts';
import type { ServerRecord } from './server-record.ts';

/** How many earlier runs, the most recent ones, teach what to expect. */
export const earlierRunsMax = 20;

/** Half and nine tenths of the source servers took no longer than this, in whole seconds. */
const SpreadSchema = v.object({ p50: v.number(), p90: v.number() });

/** Schema of what one ended run teaches about time. */
export const RunTimingsSchema = v.object({
  runID: RunIDSchema,
  /** Epoch milliseconds. */
  endedAt: v.number(),
  /** How many source servers it launched. */
  servers: v.number(),
  /** From the call that started a server's job to its launch, as the run saw them. */
  launchSeconds: SpreadSchema,
  /** From a server's launch to its verification, first boot and post-launch actions together. */
  actionsSeconds: v.optional(SpreadSchema),
  /** From the decision to roll a server back to the proof that it is. */
  rollbackSeconds: v.optional(SpreadSchema),
});
/** What one ended run teaches about time; what none of its source servers did is left out. */
export type RunTimings = v.InferOutput<typeof RunTimingsSchema>;

/** What a run that ended at `endedAt` (epoch milliseconds) teaches; undefined when it launched nothing. */
export function timingsOf(runID: RunID, endedAt: number, records: readonly ServerRecord[]): RunTimings | undefined {
  const launches = records.flatMap(({ cutover }) => secondsBetween(cutover?.startedAt, cutover?.launchedAt));
  const actions = records.flatMap(({ cutover }) => secondsBetween(cutover?.launchedAt, cutover?.verifiedAt));
  const rollbacks = records.flatMap(({ rollback }) => secondsBetween(rollback?.requestedAt, rollback?.verifiedAt));
  const launchSeconds = spreadOf(launches);
  if (launchSeconds === undefined) return undefined;
  const actionsSeconds = spreadOf(actions);
  const rollbackSeconds = spreadOf(rollbacks);
  return {
    runID,
    endedAt,
    servers: launches.length,
    launchSeconds,
    ...(actionsSeconds && { actionsSeconds }),
    ...(rollbackSeconds && { rollbackSeconds }),
  };
}

/** None when the server has not come that far. */
function secondsBetween(fromMs: number | undefined, toMs: number | undefined): number[] {
  return fromMs === undefined || toMs === undefined ? [] : [Math.ceil((toMs - fromMs) / 1_000)];
}

function spreadOf(values: readonly number[]): v.InferOutput<typeof SpreadSchema> | undefined {
  const p50 = percentileOf(values, 50);
  const p90 = percentileOf(values, 90);
  return p50 === undefined || p90 === undefined ? undefined : { p50, p90 };
}

/** The smallest of the values that `percent` per cent of them do not exceed (nearest rank); undefined when there is none. */
export function percentileOf(values: readonly number[], percent: number): number | undefined {
  return [...values].sort((one, other) => one - other)[Math.ceil((values.length * percent) / 100) - 1];
}
