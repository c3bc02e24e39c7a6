import * as v from 'valibot';
import { JobIDSchema } from '../../../functions/domain/identifiers.ts';
import { runIDOf } from '../../support/a-run.ts';
import { aNight, changeServers, foundBy } from './doctored-night.ts';
import { nothingLost } from './nothing-lost.ts';

const night = aNight([{ hostname: 'web-1' }]);
const jobID = v.parse(JobIDSchema, 'mgnjob-00000000000000000');

it('finds nothing where runs know what they did', async () => {
  expect(await foundBy(nothingLost, night)).toEqual([]);
  expect(await foundBy(nothingLost, aNight([{ hostname: 'web-1', cutover: 'unbootable' }]))).toEqual([]);
});

it('finds a job of a run that its attempts do not know', async () => {
  const found = await foundBy(nothingLost, night, {
    async atEnd({ night: { ledger } }) {
      const runID = runIDOf('night-1');
      const stored = await ledger.readAttempt(runID, 'batch-001', 'START_CUTOVER');
      if (stored !== undefined) await ledger.saveAttempt(runID, { ...stored.value, jobID }, stored.version);
      return [];
    },
  });

  expect(found).toEqual([
    expect.stringMatching(/^job mgnjob-\w+ \(START_CUTOVER, COMPLETED\) of run night-1 is not among its attempts$/),
  ]);
});

it('finds an instance that its record does not speak of', async () => {
  const notStarted = await foundBy(nothingLost, night, {
    atEnd: (scene) => changeServers(scene, () => ({ verdict: 'NOT_STARTED' })),
  });
  const ofAnotherJob = await foundBy(nothingLost, night, {
    atEnd: (scene) => changeServers(scene, ({ cutover }) => ({ cutover: cutover && { ...cutover, jobID } })),
  });

  expect(notStarted).toEqual([
    expect.stringMatching(/^instance i-\w+ of run night-1 is left, but web-1 is NOT_STARTED$/),
  ]);
  expect(ofAnotherJob).toEqual([
    expect.stringMatching(/^instance i-\w+ of run night-1 is left, but web-1 is VERIFIED$/),
  ]);
});

it('finds a job that never ends and of which nobody is told', async () => {
  const stuck = aNight([{ hostname: 'web-1', cutover: 'stuck' }]);
  const untold = await foundBy(nothingLost, stuck, {
    atEnd: (scene) => changeServers(scene, () => ({ verdict: 'VERIFIED', reasons: [] })),
  });

  expect(await foundBy(nothingLost, stuck)).toEqual([]);
  expect(untold.join()).toContain('is at work and nobody is told: web-1 VERIFIED ()');
});
