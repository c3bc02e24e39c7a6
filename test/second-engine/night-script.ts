/** A night that can be spent on two interpreters, and what is compared of it afterwards. */
import * as v from 'valibot';
import { MigrationIDSchema } from '../../functions/domain/migration-record.ts';
import type { Ledger } from '../../functions/ledger/ledger.ts';
import type { StartableMachine } from '../../local/state-machines.ts';
import type { ScenarioInput } from '../../simulator/scenario/scenario-schema.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { inspect, type InspectedAccount } from '../../simulator/world/inspect.ts';
import { eachOnItsOwn, runIDOf } from '../support/a-run.ts';

/** An execution to start. */
export interface NightStart {
  readonly machine: StartableMachine;
  readonly name: string;
  readonly input: unknown;
}

/** What happens in a night. */
export interface NightScript {
  readonly scenario: ScenarioInput;
  /** Of every wave's input. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether the scenario's waves are a migration, one after the other; otherwise the first is cut over as `night-1`. */
  readonly isMigration?: boolean;
  /** What a person starts, a minute after the wave has come to a gate, each time that it does. */
  readonly atGates?: readonly NightStart[];
}

/** One invocation of a step's function. */
export interface StepTaken {
  readonly handler: string;
  readonly event: unknown;
  /** Milliseconds of the night's own time since it began. */
  readonly atMs: number;
}

/** How an execution went. */
export interface ExecutionTaken {
  readonly machine: string;
  readonly status: string;
  readonly output?: unknown;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** The states entered, in order. */
  readonly states: readonly string[];
  /** How many events of each type its history has. */
  readonly events: Readonly<Record<string, number>>;
}

/** Everything that two nights of one script have to agree on. */
export interface NightRecord {
  readonly steps: readonly StepTaken[];
  /** Nested ones included; those of one machine in the order of their start. */
  readonly executions: readonly ExecutionTaken[];
  /** What the ledger says of each run. */
  readonly runs: readonly unknown[];
  readonly migration: unknown;
  /** The simulated account as the night left it. */
  readonly account: unknown;
}

const migrationName = 'move';

/** How the night begins, given the simulated account's waves. */
export function beginningOf(script: NightScript, waves: InspectedAccount['waves']): NightStart {
  const [first] = waves;
  const inputOf = (wave: typeof first) => ({ waveID: wave?.waveID, options: { ...eachOnItsOwn, ...script.options } });
  if (script.isMigration !== true) return { machine: 'wave-cutover', name: 'night-1', input: inputOf(first) };
  const input = { waves: waves.map((wave) => ({ name: wave.name, input: inputOf(wave) })), wavesAtOnceMax: 1 };
  return { machine: 'migration-run', name: migrationName, input };
}

/** What a night left in the ledger and in the simulated account. */
export async function leftBehind(ledger: Ledger, simulator: Simulator, now: number) {
  const account = inspect(simulator.world(), now).accounts[0];
  const names = ['night-1', ...(account?.waves ?? []).map(({ name }) => `${migrationName}-${name ?? ''}`)];
  const runs: unknown[] = [];
  for (const name of names) {
    const runID = runIDOf(name);
    const run = (await ledger.readRun(runID))?.value;
    if (run === undefined) continue;
    runs.push({
      run: withoutTokens(run),
      servers: await ledger.readServers(runID),
      attempts: await ledger.readAttempts(runID),
      failures: await ledger.readFailures(runID),
    });
  }
  const migration = (await ledger.readMigration(v.parse(MigrationIDSchema, migrationName)))?.record;
  return { runs, migration, account };
}

/**
 * The value with every task token and made-up name replaced, and with them the answer about a nested execution that is the Cause of its
 * failure: the small machines compare that (`nested-execution-fails`).
 */
export function withoutTokens(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(madeUpName, '$1 of a made-up name');
  if (Array.isArray(value)) return value.map(withoutTokens);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, isFleeting(key, member) ? `a ${key}` : withoutTokens(member)]),
  );
}

/** A nested execution's: a UUID in Step Functions, derived from the parent's name in ours. */
const madeUpName = /^(arn:aws:states:.*:execution:[\w-]+):([0-9a-f-]{36}|.*-(cutover-shift|rollback)-\d+)$/;

function isFleeting(key: string, member: unknown): boolean {
  return key === 'taskToken' || (key === 'Cause' && typeof member === 'string' && member.includes('"ExecutionArn"'));
}

/** The executions as two nights can be compared by them. */
export function comparableExecutions(executions: readonly ExecutionTaken[]): ExecutionTaken[] {
  return executions
    .map((execution) => ({ ...execution, output: withoutTokens(execution.output) }))
    .toSorted((one, other) => one.machine.localeCompare(other.machine));
}

/** How often each of these occurs. */
export function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
