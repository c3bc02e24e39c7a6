/**
 * Migrations on virtual time over waves that are played: the file of the migration, its real steps and the real ledger,
 * and in place of a wave's execution one that writes what a script says. So a night of many waves takes milliseconds.
 */
import * as v from 'valibot';
import { RunIDSchema, type RunID } from '../../functions/domain/identifiers.ts';
import { MigrationIDSchema, type WaveRecord } from '../../functions/domain/migration-record.ts';
import type { Outcome, RunRecord } from '../../functions/domain/run-record.ts';
import { parseRunInput } from '../../functions/domain/run-input.ts';
import { createHandlers } from '../../functions/handlers/index.ts';
import { holdMs } from '../../functions/shared/open-run.ts';
import { startExecution, type RunningExecution } from '../../local/execution.ts';
import type { ExecutionResult } from '../../local/execution-result.ts';
import type { HistoryEvent } from '../../local/history.ts';
import { compileMachines } from '../../local/machines.ts';
import { HistoryMeter, type MeterReport } from '../../local/meter.ts';
import migrationRun from '../../statemachine/migration-run.asl.json' with { type: 'json' };
import type { ScenarioInput } from '../../simulator/scenario/scenario-schema.ts';
import { inNight, type Night } from './a-run.ts';
import { aRunRecord } from './domain-builders.ts';

/** How a wave is played: verified after half an hour, unless this says otherwise. */
export interface Play {
  readonly minutes?: number;
  readonly outcome?: Outcome;
  /** Its execution fails without an end of its run: before the run is there, before or after anything was started. */
  readonly diesAt?: 'START' | 'RESOLVED' | 'PLANNED';
}

/** A wave's execution as it was played; `endedAt` is undefined while it is under way. Times are whole minutes of the night. */
export interface Played {
  readonly name: string;
  readonly startedAt: number;
  endedAt: number | undefined;
}

/** An execution of the migration. */
export interface MigrationWalk {
  readonly result: ExecutionResult;
  readonly meter: MeterReport;
  readonly events: readonly HistoryEvent[];
}

/** Stands around every step of the migration: `invoke` performs it, as often as it is called. */
export type AroundMigrationStep = (
  step: { readonly name: string; readonly event: unknown },
  invoke: () => Promise<unknown>,
) => Promise<unknown>;

/** What a test has of a night with a migration. */
export interface MigrationNight {
  readonly night: Night;
  /** The waves' executions in the order of their start. */
  readonly played: readonly Played[];
  /** Starts an execution of the migration `move`. */
  readonly start: (
    input: MigrationWords,
    options?: { readonly unique?: string; readonly around?: AroundMigrationStep },
  ) => { readonly running: RunningExecution; readonly ended: Promise<MigrationWalk> };
  /** Walks it to its end. */
  readonly walk: (input: MigrationWords, options?: { readonly around?: AroundMigrationStep }) => Promise<MigrationWalk>;
  /** The ledger's records of the waves, by name. */
  readonly left: () => Promise<Readonly<Record<string, WaveRecord>>>;
  /** Whole minutes since the night began. */
  readonly minute: () => number;
  /** Ends the run of a wave, as a rollback would. */
  readonly endRun: (name: string, outcome: Outcome) => Promise<void>;
}

/** A migration in words: waves by name, each of the scenario's MGN wave of that name. */
export interface MigrationWords {
  readonly waves: readonly { readonly name: string; readonly [field: string]: unknown }[];
  readonly [field: string]: unknown;
}

const migrationID = v.parse(MigrationIDSchema, 'move');
const minuteMs = 60_000;

const passOn: AroundMigrationStep = (_step, invoke) => invoke();

/** The definition that stands in for `wave-cutover`. */
const playedWave = {
  StartAt: 'PlayWave',
  States: {
    PlayWave: {
      Type: 'Task',
      Resource: '${PlayWaveFunctionArn}',
      TimeoutSeconds: 2_000_000,
      Parameters: { 'runID.$': '$$.Execution.Name', 'executionID.$': '$$.Execution.Id', 'input.$': '$' },
      End: true,
    },
  },
};
const machines = compileMachines({ 'migration-run': migrationRun, 'wave-cutover': playedWave }, { validate: false });

/** Spends a night whose waves, each with a source server of its own, are played by the script, `plays` by wave name. */
export async function inMigrationNight(
  names: readonly string[],
  plays: Readonly<Record<string, Play>>,
  spend: (migration: MigrationNight) => Promise<void>,
): Promise<void> {
  const scenario: ScenarioInput = {
    defaults: { launchedInstance: 'none' },
    waves: names.map((name) => ({ name, applications: [{ name, servers: [{ hostname: name }] }] })),
  };
  await inNight(scenario, (night) => spend(nightWith(night, plays)));
}

function nightWith(night: Night, plays: Readonly<Record<string, Play>>): MigrationNight {
  const begunAt = night.time.now();
  const played: Played[] = [];
  const minute = () => Math.floor((night.time.now() - begunAt) / minuteMs);
  const start: MigrationNight['start'] = (input, { unique, around = passOn } = {}) => {
    const events: HistoryEvent[] = [];
    const meter = new HistoryMeter();
    const steps = Object.entries(createHandlers(night.deps)).map(
      ([name, perform]) =>
        [
          name,
          (event: unknown, context: Parameters<typeof perform>[1]) =>
            around({ name, event }, () => perform(structuredClone(event), context)),
        ] as const,
    );
    const running = startExecution({
      machines,
      machine: 'migration-run',
      name: migrationID,
      ...(unique === undefined ? {} : { unique }),
      input: withWaveIDs(night, input),
      time: night.time,
      handlers: { ...Object.fromEntries(steps), PlayWave: (event) => play(night, plays, played, minute, event) },
      onEvent: (event) => {
        events.push(event);
        meter.record(event);
      },
    });
    return { running, ended: running.result.then((result) => ({ result, events, meter: meter.report() })) };
  };
  return {
    night,
    played,
    minute,
    start,
    walk: (input, options) => start(input, options).ended,
    left: async () => {
      const stored = await night.ledger.readMigration(migrationID);
      return Object.fromEntries((stored?.record.waves ?? []).map((wave) => [wave.name, wave]));
    },
    endRun: (name, outcome) => changeRun(night, runIDOfWave(name), endedAs(outcome)),
  };
}

function withWaveIDs(night: Night, input: MigrationWords): unknown {
  const { waves } = night.account();
  return {
    ...input,
    waves: input.waves.map((wave) => ({
      input: { waveID: waves.find(({ name }) => name === wave.name)?.waveID },
      ...wave,
    })),
  };
}

const PlayEventSchema = v.object({ runID: RunIDSchema, executionID: v.string(), input: v.unknown() });

/** A wave's execution fails with its own error names, so that nothing of this is taken for a defect of the migration. */
class PlayedError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

async function play(
  night: Night,
  plays: Readonly<Record<string, Play>>,
  played: Played[],
  minute: () => number,
  event: unknown,
): Promise<unknown> {
  const { runID, executionID, input } = v.parse(PlayEventSchema, event);
  const name = runID.slice(`${migrationID}-`.length);
  const { minutes = 30, outcome = 'VERIFIED', diesAt } = plays[name] ?? {};
  const wave: Played = { name, startedAt: minute(), endedAt: undefined };
  played.push(wave);
  if (diesAt === 'START') throw new PlayedError('InvalidInputError', 'the wave is empty');
  const now = night.time.now();
  const run = aRunRecord({ runID, input: parseRunInput(input), createdAt: now, plan: undefined });
  await night.ledger.createRun(run);
  const isPlanned = diesAt !== 'RESOLVED';
  await changeRun(night, runID, {
    holder: { executionID, heldUntil: now + minutes * minuteMs + holdMs },
    plan: isPlanned ? { plannedAt: now, decision: 'PROCEED', reasons: [] } : undefined,
  });
  await night.time.sleep(minutes * minuteMs);
  wave.endedAt = minute();
  if (diesAt !== undefined) throw new PlayedError('States.Runtime', 'the execution is broken');
  await changeRun(night, runID, endedAs(outcome));
  if (outcome === 'VERIFIED' || outcome === 'FINALIZED') return { outcome };
  throw new PlayedError('WavePartlyCutOver', `${name} ended as ${outcome}`);
}

function endedAs(outcome: Outcome): Partial<RunRecord> {
  return { end: { endedAt: 0, outcome, summary: `it ended as ${outcome}` } };
}

function runIDOfWave(name: string): RunID {
  return v.parse(RunIDSchema, `${migrationID}-${name}`);
}

async function changeRun(night: Night, runID: RunID, fields: Partial<RunRecord>): Promise<void> {
  const stored = await night.ledger.readRun(runID);
  if (stored === undefined) throw new Error(`there is no run ${runID}`);
  await night.ledger.saveRun({ ...stored.value, ...fields }, stored.version);
}
