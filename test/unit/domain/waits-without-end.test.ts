/** What could be waited for without end, and is given up instead. */
import { giveUp } from '../../../functions/domain/giving-up.ts';
import { decideWave, roomWaitMs } from '../../../functions/domain/wave-decisions.ts';
import { nowMs } from '../../support/domain-builders.ts';
import { aQueuedServer, aTestInstance, aWaveState } from './wave-builders.ts';

it('room for terminating a test instance is waited for no longer than room for a start, nor is what waits for that', () => {
  const phaseAt = nowMs - roomWaitMs;
  const records = [aQueuedServer(1, { phaseAt, testInstance: aTestInstance }), aQueuedServer(2, { phaseAt })];
  const verdictsAt = (now: number) =>
    decideWave(aWaveState({ records, now }, {}, { plannedAt: phaseAt })).map(({ verdict, reasons }) => [
      verdict,
      ...reasons.map(({ code }) => code),
    ]);

  expect(verdictsAt(nowMs - 1)).toEqual([[undefined], [undefined]]);
  expect(verdictsAt(nowMs)).toEqual([
    ['NOT_STARTED', 'QUOTA_FULL'],
    ['NOT_STARTED', 'QUOTA_FULL'],
  ]);
});

it('a server whose batch an earlier release had planned ahead does not wait for a test instance that was given up', () => {
  const records = [aQueuedServer(1, { batchID: 'batch-001', testInstance: aTestInstance })];
  const failure = { error: 'RequestRefusedError', cause: 'no' };

  expect(giveUp('TERMINATE_TEST_INSTANCES', { records, attempts: [], failure, now: nowMs })).toMatchObject([
    { verdict: 'NOT_STARTED', reasons: [{ code: 'TEST_INSTANCE_LEFT' }] },
  ]);
});
