/** What a migration's slot does next: note what became of its wave, and take the next one. */
import * as v from 'valibot';
import {
  judgeReturn,
  nextTurn,
  readFailure,
  skipWaves,
  waitSeconds,
  waitSecondsUntil,
  type ReturnedRun,
} from '../domain/migration-course.ts';
import { LedgerConflictError } from '../domain/errors.ts';
import { RunIDSchema } from '../domain/identifiers.ts';
import { wavesAtOnceMaxMax } from '../domain/migration-input.ts';
import type { WaveRecord } from '../domain/migration-record.ts';
import type { StoredMigration } from '../ledger/migrations.ts';
import { heldAs, MigrationEventSchema, openMigration } from '../shared/open-migration.ts';
import { holdMs } from '../shared/open-run.ts';
import { onLambda, step, type StepDeps } from '../shared/step.ts';

const EventSchema = v.object({
  ...MigrationEventSchema.entries,
  slot: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(wavesAtOnceMaxMax)),
  /** How many times this slot has looked in vain since it last took a wave. */
  waits: v.optional(v.number(), 0),
  /** The wave whose execution has come back, and what that failed with. */
  returned: v.optional(
    v.object({
      runID: RunIDSchema,
      failure: v.optional(v.object({ Error: v.string(), Cause: v.optional(v.string()) })),
    }),
  ),
});
type TakeEvent = v.InferOutput<typeof EventSchema>;

/** What the slot is to do now. */
type Order =
  | { readonly state: 'START'; readonly wave: WaveRecord }
  | { readonly state: 'WAIT'; readonly delaySeconds: number }
  | { readonly state: 'DONE' };

/**
 * Answers START with the name and the input of a run, WAIT, or DONE when no wave is left. It goes by the ledger alone: a
 * slot whose wave is under way, as far as the ledger knows, is told to start it again, which by its name means the same
 * execution; so the answer may be lost and the step repeated.
 *
 * @throws RunNotFoundError, RunHeldError when the migration is not this execution's; LedgerConflictError when other
 *   slots were faster every time, and the step is to be repeated; TransientServiceError.
 */
export const createHandler = step(EventSchema, async (event, deps) => {
  for (let tryNumber = 1; ; tryNumber += 1) {
    try {
      return await take(event, deps);
    } catch (error) {
      if (!(error instanceof LedgerConflictError) || tryNumber === triesMax) throw error;
    }
  }
});

/** The Lambda function. */
export const handler = onLambda(createHandler);

/** Slots that begin at once are in each other's way; all but one of them look again. */
const triesMax = 2 * wavesAtOnceMaxMax;

async function take(event: TakeEvent, deps: StepDeps) {
  const stored = await openMigration(deps, event);
  const { migrationID, executionID, slot } = event;
  const now = deps.clock.now();
  const { waves, order } = await decide(deps, stored, event, now);
  const delaySeconds = order.state === 'WAIT' ? order.delaySeconds : 0;
  await deps.ledger.saveMigration(heldAs({ ...stored.record, waves }, executionID, now, delaySeconds), stored.version);
  const base = { migrationID, executionID, slot, state: order.state };
  switch (order.state) {
    case 'START':
      return { ...base, runID: order.wave.runID, input: inputOf(stored, order.wave, executionID) };
    case 'WAIT':
      return { ...base, delaySeconds, waits: event.waits + 1 };
    case 'DONE':
      return base;
  }
}

/** By that member the console of Step Functions links an execution to the one that started it. */
function inputOf({ migration }: StoredMigration, { name }: WaveRecord, executionID: string) {
  const input = migration.waves.find((wave) => wave.name === name)?.input;
  return { ...input, AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID: executionID };
}

async function decide(
  deps: StepDeps,
  { migration, record }: StoredMigration,
  event: TakeEvent,
  now: number,
): Promise<{ waves: WaveRecord[]; order: Order }> {
  const own = record.waves.find(({ state, slot }) => state === 'RUNNING' && slot === event.slot);
  const noted = own && noteReturn(own, event, now);
  if (noted !== undefined && noted.returnedAt === undefined) {
    return { waves: record.waves, order: { state: 'START', wave: noted } };
  }
  const ended = noted && (await conclude(deps, noted, now));
  const waves = ended === undefined ? record.waves : replaced(record.waves, ended);
  if (ended?.state === 'RUNNING') return { waves, order: { state: 'WAIT', delaySeconds: waitSeconds(event.waits) } };
  const left = skipWaves(migration, waves, now);
  const turn = nextTurn(migration, left, now);
  switch (turn.turn) {
    case 'START': {
      const wave = left.find(({ name }) => name === turn.name);
      if (wave === undefined) throw new TypeError(`the record has no wave ${turn.name}`);
      const started = { ...wave, state: 'RUNNING' as const, slot: event.slot, startedAt: now };
      return { waves: replaced(left, started), order: { state: 'START', wave: started } };
    }
    case 'WAIT': {
      const { opensAt } = turn;
      const delaySeconds = opensAt === undefined ? waitSeconds(event.waits) : waitSecondsUntil(opensAt, now);
      return { waves: left, order: { state: 'WAIT', delaySeconds } };
    }
    case 'DONE':
      return { waves: left, order: { state: 'DONE' } };
  }
}

/** A repeated step tells again of the wave before this one; that is in the ledger already. */
function noteReturn(own: WaveRecord, { returned }: TakeEvent, now: number): WaveRecord {
  if (returned?.runID !== own.runID) return own;
  return { ...own, returnedAt: now, failure: returned.failure && readFailure(returned.failure) };
}

/** The wave with what it came to; the same, RUNNING, while its run has no end and something may be at work on it. */
async function conclude(deps: StepDeps, wave: WaveRecord, now: number): Promise<WaveRecord> {
  const judgement = judgeReturn(await readReturned(deps, wave), wave.failure, now);
  return judgement === 'WAIT' ? wave : { ...wave, ...judgement, state: 'ENDED', endedAt: now };
}

async function readReturned({ ledger }: StepDeps, { runID, startedAt = 0 }: WaveRecord): Promise<ReturnedRun> {
  const run = (await ledger.readRun(runID))?.value;
  const hasAttempts = run !== undefined && (await ledger.readAttempts(runID)).length > 0;
  const begunAt = run?.createdAt ?? startedAt;
  return { run, hasAttempts, heldUntil: run?.holder?.heldUntil ?? begunAt + holdMs };
}

function replaced(waves: readonly WaveRecord[], wave: WaveRecord): WaveRecord[] {
  return waves.map((other) => (other.name === wave.name ? wave : other));
}
