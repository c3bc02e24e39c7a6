/** How long a history and how large a payload the largest migrations make (`engine.md` section 1 has the limits). */
import * as v from 'valibot';
import { parseMigration, runIDOfWave, type Migration } from '../../../functions/domain/migration-input.ts';
import { MigrationIDSchema, type MigrationRecord } from '../../../functions/domain/migration-record.ts';
import { sourceServerID } from '../../support/domain-builders.ts';
import { inMigrationNight } from '../../support/played-waves.ts';

const EventSchema = v.object({ migrationID: MigrationIDSchema, executionID: v.string(), input: v.unknown() });

/** The migration as it is once it is planned. */
function planned(event: unknown): [MigrationRecord, Migration] {
  const { migrationID, executionID, input } = v.parse(EventSchema, event);
  const migration = parseMigration(input);
  const waves = migration.waves.map(({ name }) => ({
    name,
    runID: runIDOfWave(migrationID, name),
    sourceServerCount: 1_000,
    state: 'WAITING' as const,
  }));
  return [{ migrationID, createdAt: 0, holder: { executionID, heldUntil: 0 }, waves }, migration];
}

const names = (count: number) => Array.from({ length: count }, (_, index) => `w${String(index)}`);

it.each([1, 5])('cuts 50 waves over, %i at once, in fewer than 5,000 events and 64 KB', async (wavesAtOnceMax) => {
  const waves = names(50);
  await inMigrationNight(waves, {}, async ({ walk }) => {
    const { result, meter } = await walk({ waves: waves.map((name) => ({ name })), wavesAtOnceMax });
    const [own] = meter.executions;

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { summary: '50 waves: 50 verified' } });
    expect(own).toMatchObject({ machine: 'migration-run' });
    expect(own?.historyEvents).toBeLessThan(2_000);
    expect(own?.largestPayloadBytes).toBeLessThan(64_000);
  });
});

it('lets four slots wait a whole night of eight hours for a fifth in fewer than 5,000 events', async () => {
  const waves = names(6);
  const [first = ''] = waves;
  await inMigrationNight(waves, { [first]: { minutes: 8 * 60 } }, async ({ walk }) => {
    const after = waves.slice(1).map((name) => ({ name, after: [first] }));
    const { result, meter } = await walk({ waves: [{ name: first }, ...after], wavesAtOnceMax: 5 });

    expect(result.status).toBe('SUCCEEDED');
    expect(meter.executions[0]?.historyEvents).toBeLessThan(5_000);
  });
});

it.each([
  ['a wave of a thousand source servers', 1, 1_000],
  ['the longest input there may be', 3, 900],
])('keeps the payload below 64 KB for %s, even when waves fail', async (_what, waveCount, serverCount) => {
  const waves = names(waveCount);
  const plays = Object.fromEntries(waves.map((name) => [name, { outcome: 'PARTIAL' as const }]));
  await inMigrationNight(waves, plays, async ({ walk, night }) => {
    const inputOf = (index: number) => ({
      sourceServerIDs: Array.from({ length: serverCount }, (_, number) => sourceServerID(index * 1_000 + number)),
    });
    const { result, meter } = await walk(
      { waves: waves.map((name, index) => ({ name, input: inputOf(index) })), onWaveFailed: 'continue' },
      {
        // MGN here knows none of them; what the ledger keeps, and each wave is started with, is what was asked for.
        around: async ({ name, event }, invoke) => {
          if (name === 'PlanMigration') await night.ledger.createMigration(...planned(event));
          return invoke();
        },
      },
    );

    expect(result).toMatchObject({ error: 'MigrationIncomplete' });
    expect(meter.total.largestPayloadBytes).toBeLessThan(64_000);
  });
});
