/** Whom a rollback chooses, and under whose hold. */
import { holdMs } from '../../../functions/shared/open-run.ts';
import { aWave, inNight, runIDOf } from '../../support/a-run.ts';
import { begin, callerOf, executionID } from './direct.ts';

const scenario = aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]);
const night1 = runIDOf('night-1');
const failed = { runID: 'night-1', scope: 'UNVERIFIED', executionID };

describe('SelectRollback', () => {
  it('of a wave works under the hold of the wave and takes no other', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await night.time.sleep(holdMs);
      const input = { ...failed, executionID: 'execution-2' };

      await expect(call('SelectRollback', { input })).rejects.toMatchObject({ name: 'RunHeldError' });
      expect((await night.read()).run.holder?.executionID).toBe(executionID);
    });
  });

  it('of a wave that failed chooses the servers that are not verified', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { failurePolicy: { application: 'independent' } });
      const verified = (await night.read()).of('web-2');
      await night.ledger.saveServers(night1, [{ ...verified, verdict: 'VERIFIED' }]);
      const answer = await call('SelectRollback', { input: failed });

      expect(answer).toEqual({ runID: 'night-1', executionID, sourceServerCount: 1, isOperator: false });
      expect((await night.read()).of('web-2')).toMatchObject({ verdict: 'VERIFIED' });
    });
  });

  it('of a wave whose commit was waited for in vain chooses what is verified as well', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      const verified = (await night.read()).of('web-2');
      await night.ledger.saveServers(night1, [{ ...verified, verdict: 'VERIFIED' }]);
      const answer = await call('SelectRollback', { input: { ...failed, scope: 'UNCOMMITTED' } });

      expect(answer).toMatchObject({ sourceServerCount: 2, isOperator: false });
      expect((await night.read()).of('web-2').reasons).toMatchObject([{ code: 'NOT_COMMITTED_IN_TIME' }]);
    });
  });

  it.each([
    ['a scope without the execution that works on the run', { scope: 'UNVERIFIED' }, 'give runID'],
    ['an execution without a scope', { executionID }, 'give runID'],
    ['a scope that there is not', { ...failed, scope: 'ALL' }, 'scope'],
    ['servers beside a scope', { ...failed, sourceServerIDs: ['s-00000000000000001'] }, 'exclude each other'],
  ])('refuses a person who names %s', async (_, half, words) => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      const input = { runID: 'night-1', ...half };

      await expect(call('SelectRollback', { input, executionID: 'undo-1' })).rejects.toMatchObject({
        name: 'InvalidInputError',
        message: expect.stringContaining(words),
      });
      expect((await night.read()).run.holder?.executionID).toBe(executionID);
      expect((await night.read()).servers.map(({ rollback }) => rollback)).toEqual([undefined, undefined]);
    });
  });

  it('gives the run back when another run has one of the servers', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await night.time.sleep(holdMs);
      const arn = night.server('web-1').arn ?? '';
      await night.ledger.releaseLocks([arn], night1);
      const now = night.time.now();
      await night.ledger.takeLocks([arn], runIDOf('other'), { now, expiresAt: now + holdMs }, 'all');
      const undone = call('SelectRollback', { input: { runID: 'night-1' }, executionID: 'undo-1' });

      await expect(undone).rejects.toMatchObject({
        name: 'RunHeldError',
        message: expect.stringContaining('run other'),
      });
      expect((await night.read()).run.holder).toBeUndefined();
      expect((await night.read()).of('web-1').rollback).toBeUndefined();
    });
  });

  it('of an operator takes the run from a wave that waits at its gate and has let go of it', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      const stored = await night.ledger.readRun(night1);
      if (stored === undefined) throw new Error('no run');
      const holder = { executionID, heldUntil: night.time.now() - 1 };
      await night.ledger.saveRun({ ...stored.value, holder }, stored.version);
      await call('SelectRollback', { input: { runID: 'night-1' }, executionID: 'undo-1' });

      expect((await night.read()).run.holder?.executionID).toBe('undo-1');
      await expect(call('SelectRollback', { input: failed })).rejects.toMatchObject({ name: 'RunHeldError' });
    });
  });
});
