/** The first step of a migration: what it refuses, and that it writes nothing until all is well. */
import { holdMs } from '../../../functions/shared/open-run.ts';
import { runIDOf } from '../../support/a-run.ts';
import { aRunRecord } from '../../support/domain-builders.ts';
import { executionID, inMigration, migrationID } from './migration-night.ts';

describe('PlanMigration', () => {
  it('resolves every wave, reading only, writes the migration and answers with the slots', async () => {
    await inMigration(async ({ night, plan, records }) => {
      expect(await plan({ wavesAtOnceMax: 2 })).toEqual({ migrationID, executionID, slots: [1, 2] });
      expect(await records()).toEqual(
        ['crm', 'erp', 'web'].map((name) => ({
          name,
          runID: `move-${name}`,
          sourceServerCount: 2,
          state: 'WAITING',
        })),
      );
      expect(await night.ledger.listRunIDs()).toEqual([]);
      expect(night.writes).toEqual([]);
    });
  });

  it('has no more slots than waves', async () => {
    await inMigration(async ({ plan }) => {
      expect(await plan({ wavesAtOnceMax: 5 })).toMatchObject({ slots: [1, 2, 3] });
    });
  });

  it('refuses source servers that two waves come to, by whatever they are named', async () => {
    await inMigration(async ({ night, plan, waves }) => {
      const more = { name: 'more', input: { sourceServerIDs: [night.idOf('crm-2')] } };
      const refused = plan({ waves: [...waves, more] });

      await expect(refused).rejects.toMatchObject({
        name: 'InvalidInputError',
        message: expect.stringMatching(new RegExp(`${night.idOf('crm-2')} is in the waves "crm" and "more"\\.$`)),
      });
      expect(await night.ledger.listMigrationIDs()).toEqual([]);
    });
  });

  it('names every wave that leads to nothing, and leaves the name free for a mended input', async () => {
    await inMigration(async ({ night, plan, waves }) => {
      const nobody = { name: 'nobody', input: { waveID: 'wave-00000000000000000' } };
      const strange = { name: 'strange', input: { sourceServerIDs: ['s-00000000000000000'] } };
      const mistyped = {
        ...waves[0],
        input: {
          ...waves[0]?.input,
          options: { priorityGroups: [{ group: 1, sourceServerIDs: ['s-00000000000000000'] }] },
        },
      };
      const refused = plan({ waves: [nobody, mistyped, waves[1], strange] });

      await expect(refused).rejects.toThrow(/wave "nobody": waveID: MGN knows no wave-0/);
      await expect(refused).rejects.toThrow(/wave "strange": sourceServerIDs: MGN knows no s-0/);
      await expect(refused).rejects.toThrow(/wave "crm": options\.priorityGroups/);
      await expect(refused).rejects.not.toThrow(/wave "erp"/);
      expect(await night.ledger.listMigrationIDs()).toEqual([]);
      expect(await plan()).toMatchObject({ slots: [1] });
    });
  });

  it.each([
    [
      'a window that has closed',
      { window: { opensAt: '2026-03-06T22:00Z', closesAt: '2026-03-07T04:00Z' } },
      'its window closed at 2026-03-07 04:00 UTC',
    ],
    ['a start that is overdue', { options: { startBy: '2026-03-07T21:00Z' } }, 'options.startBy is past'],
    [
      'a hook that only a machine of one’s own can run',
      { options: { hooks: [{ name: 'fence', when: 'beforeStart', command: ['true'] }] } },
      'would run a command',
    ],
  ])('refuses %s, before anything is begun', async (_what, defaults, words) => {
    await inMigration(async ({ night, plan }) => {
      const inCloud = { ...night.deps, hookPlace: 'cloud' as const };
      await expect(plan({ defaults }, inCloud)).rejects.toThrow(words);
      expect(await night.ledger.listMigrationIDs()).toEqual([]);
    });
  });

  it.each(['move', 'move-erp'])('refuses when there is a run named %s, which is none of its own', async (name) => {
    await inMigration(async ({ night, plan }) => {
      await night.ledger.createRun(aRunRecord({ runID: runIDOf(name) }));

      await expect(plan()).rejects.toMatchObject({
        name: 'RunExistsError',
        message: expect.stringContaining(`There is a run named ${name} already`),
      });
    });
  });

  it('refuses a name that leaves no room for those of its runs', async () => {
    await inMigration(async ({ call, waves }) => {
      const refused = call('PlanMigration', { migrationID: 'm'.repeat(78), input: { waves } });

      await expect(refused).rejects.toThrow(/the run of wave "crm" would be called m{78}-crm/);
    });
  });

  it('goes on with a migration of the same input, however far it is', async () => {
    await inMigration(async ({ plan, take, records }) => {
      await plan();
      await take();
      const before = await records();

      expect(await plan()).toEqual({ migrationID, executionID, slots: [1] });
      expect(await records()).toEqual(before);
    });
  });

  it('refuses another input, and a migration that has ended', async () => {
    await inMigration(async ({ plan, call }) => {
      await plan();

      await expect(plan({ onWaveFailed: 'continue' })).rejects.toMatchObject({
        name: 'RunExistsError',
        message: expect.stringContaining('was begun with another input'),
      });
      await call('RecordMigration');
      await expect(plan()).rejects.toMatchObject({
        name: 'RunExistsError',
        message: expect.stringContaining('has already ended (3 waves: 3 not started (crm, erp, web))'),
      });
    });
  });

  it('refuses another execution until the hold has run out and nobody works on a wave', async () => {
    await inMigration(async ({ night, plan, take, call, waves, writeRun }) => {
      await plan();
      await take();
      const other = () => call('PlanMigration', { executionID: 'execution-2', input: { waves } });

      await expect(other()).rejects.toMatchObject({ name: 'RunHeldError' });
      await night.time.sleep(holdMs + 1);
      const heldUntil = night.time.now() + holdMs;
      await writeRun('crm', { holder: { executionID: 'of the wave', heldUntil } });
      await expect(other()).rejects.toMatchObject({
        name: 'RunHeldError',
        message: expect.stringContaining(new Date(heldUntil).toISOString()),
      });
      await night.time.sleep(holdMs + 1);
      const gate = { gate: 'COMMIT' as const, openedAt: 0, closesAt: night.time.now() + 1 };
      await writeRun('crm', { gates: [{ ...gate, taskToken: 'token' }] });
      await expect(other()).rejects.toMatchObject({ name: 'RunHeldError' });
      await writeRun('crm', { gates: [gate] });
      expect(await other()).toMatchObject({ slots: [1] });
      await expect(take()).rejects.toMatchObject({ name: 'RunHeldError' });
    });
  });
});
