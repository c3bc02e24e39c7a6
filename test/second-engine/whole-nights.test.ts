/**
 * Whole cutovers on a second interpreter: the same machines, steps, ledger and simulated MGN, and the same night to the last
 * record. What an interpreter may do otherwise than ours without the night going otherwise is left out of the comparison:
 * task tokens, and the names of nested executions, which no record holds.
 */
import { aWave } from '../support/a-run.ts';
import { startMotoForNights, type MotoForNights } from './night-on-moto.ts';
import { nightOnOurs } from './night-on-ours.ts';
import type { NightScript } from './night-script.ts';
import { describeWithMoto } from './with-moto.ts';

/** A night has fewer steps when launches are quick; each step costs moto a new connection to the door. */
const quick = {
  defaults: {
    launchedInstance: 'none' as const,
    timings: { variation: 0, snapshotSeconds: 20, conversionSeconds: 30, launchSeconds: 40, firstBootSeconds: 30 },
  },
};
const two = aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }], quick);
const aWaveOf = (name: string, cutover: 'launched' | 'launchFailed') => ({
  name,
  applications: [{ name, servers: [{ hostname: `${name}-1`, cutover }] }],
});
const migration = { ...quick, waves: [aWaveOf('first', 'launched'), aWaveOf('second', 'launchFailed')] };
const approve = { commit: 'approve' };

const nights: Record<string, NightScript> = {
  'in which everything goes well and is committed by itself': { scenario: two, options: { commit: 'auto' } },
  'in which one launch fails and is rolled back': {
    scenario: aWave([{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'launchFailed' }], quick),
    options: { commit: 'never' },
  },
  'that a person approves before the start and commits after it': {
    scenario: two,
    options: { ...approve, start: 'approve' },
    atGates: [
      { machine: 'commit', name: 'go-1', input: { runID: 'night-1', approve: 'start' } },
      { machine: 'commit', name: 'keep-1', input: { runID: 'night-1' } },
    ],
  },
  'of a migration of two waves, of which the second is rolled back': {
    scenario: migration,
    options: { commit: 'auto' },
    isMigration: true,
  },
  'that a person rolls back at the gate': {
    scenario: two,
    options: approve,
    atGates: [{ machine: 'rollback', name: 'undo-1', input: { runID: 'night-1' } }],
  },
};

describeWithMoto('a night on a second interpreter', () => {
  let moto: MotoForNights | undefined;

  beforeAll(async () => {
    moto = await startMotoForNights();
  }, 60_000);

  afterAll(async () => {
    await moto?.stop();
  });

  it.each(Object.entries(nights))(
    '%s',
    async (_what, script) => {
      const ours = await nightOnOurs(script);
      const theirs = await moto?.spend(script);

      expect(theirs?.steps).toEqual(ours.steps);
      expect(theirs).toEqual(ours);
    },
    240_000,
  );
});
