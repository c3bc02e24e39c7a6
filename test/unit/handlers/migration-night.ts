/** The steps of a migration called one by one over a simulated night, without a state machine between them. */
import * as v from 'valibot';
import { MigrationIDSchema, type WaveRecord } from '../../../functions/domain/migration-record.ts';
import type { RunRecord } from '../../../functions/domain/run-record.ts';
import { createHandler as planMigration } from '../../../functions/handlers/plan-migration.ts';
import { createHandler as recordMigration } from '../../../functions/handlers/record-migration.ts';
import { createHandler as takeWave } from '../../../functions/handlers/take-wave.ts';
import type { StepDeps } from '../../../functions/shared/step.ts';
import { LambdaContext } from '../../../local/lambda-context.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { inNight, runIDOf, type Night } from '../../support/a-run.ts';
import { aRunRecord } from '../../support/domain-builders.ts';

/** The migration. */
export const migrationID = v.parse(MigrationIDSchema, 'move');
/** The execution that holds it. */
export const executionID = 'execution-1';
const steps = { PlanMigration: planMigration, TakeWave: takeWave, RecordMigration: recordMigration };

/** Three MGN waves of two servers each. */
const scenario: ScenarioInput = {
  defaults: { launchedInstance: 'none' },
  waves: ['crm', 'erp', 'web'].map((name) => ({
    name,
    applications: [{ name, servers: [{ hostname: `${name}-1` }, { hostname: `${name}-2` }] }],
  })),
};

/** What a test has of such a night. */
export interface Steps {
  readonly night: Night;
  /** The input of a wave for each MGN wave of the scenario. */
  readonly waves: readonly { name: string; input: { waveID: string | undefined } }[];
  readonly call: (name: keyof typeof steps, event?: object, deps?: StepDeps) => Promise<unknown>;
  readonly plan: (rest?: object, deps?: StepDeps) => Promise<unknown>;
  readonly take: (event?: object) => Promise<unknown>;
  /** Writes the run of a wave as its execution would. */
  readonly writeRun: (name: string, fields: Partial<RunRecord>) => Promise<void>;
  readonly records: () => Promise<readonly WaveRecord[]>;
  readonly stateOf: (name: string) => Promise<WaveRecord | undefined>;
}

/** Spends a night with the migration `move` of three waves of two source servers each. */
export const inMigration = (spend: (steps: Steps) => Promise<void>) =>
  inNight(scenario, (night) => {
    const waves = night.account().waves.map(({ name = '', waveID }) => ({ name, input: { waveID } }));
    const call: Steps['call'] = (name, event = {}, deps = night.deps) => {
      const context = new LambdaContext({
        functionName: name,
        functionArn: name,
        key: name,
        deadlineMs: night.time.now() + 60_000,
      });
      return steps[name](deps)({ migrationID, executionID, ...event }, context);
    };
    const records = async () => (await night.ledger.readMigration(migrationID))?.record.waves ?? [];
    return spend({
      night,
      waves,
      call,
      plan: (rest = {}, deps = night.deps) => call('PlanMigration', { input: { waves, ...rest } }, deps),
      take: (event = {}) => call('TakeWave', { slot: 1, ...event }),
      records,
      stateOf: async (name) => (await records()).find((wave) => wave.name === name),
      writeRun: async (name, fields) => {
        const runID = runIDOf(`move-${name}`);
        const run = aRunRecord({ runID, createdAt: night.time.now(), ...fields });
        const created = await night.ledger.createRun(run);
        await night.ledger.saveRun({ ...created.value, ...fields }, created.version);
      },
    });
  });
