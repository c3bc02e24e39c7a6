/** The steps of a rollback one by one: whom it chooses, under whose hold, and what it never touches. */
import { holdMs } from '../../../functions/shared/open-run.ts';
import { aWave, inNight, runIDOf } from '../../support/a-run.ts';
import { batch, begin, callerOf, executionID } from './direct.ts';

const scenario = aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]);

describe('SelectRollback', () => {
  it('of a failure branch works under the hold of its parent and takes no other', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await night.time.sleep(holdMs);
      const input = { runID: 'night-1', ...batch, executionID: 'execution-2' };

      await expect(call('SelectRollback', { input })).rejects.toMatchObject({ name: 'RunHeldError' });
      expect((await night.read()).run.holder?.executionID).toBe(executionID);
    });
  });

  it('of a failure branch chooses the servers of its batch that are not verified', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      const verified = (await night.read()).of('web-2');
      await night.ledger.saveServers(runIDOf('night-1'), [{ ...verified, verdict: 'VERIFIED' }]);
      const answer = await call('SelectRollback', { input: { runID: 'night-1', ...batch, executionID } });

      expect(answer).toEqual({
        runID: 'night-1',
        executionID,
        batchIDs: ['batch-001'],
        sourceServerCount: 1,
        isOperator: false,
      });
      expect((await night.read()).of('web-2')).toMatchObject({ verdict: 'VERIFIED' });
    });
  });

  it.each([
    ['a batch without the execution that works on it', batch],
    ['an execution without the batch that failed in it', { executionID }],
  ])('refuses a person who names %s', async (_, half) => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      const input = { runID: 'night-1', ...half };

      await expect(call('SelectRollback', { input, executionID: 'undo-1' })).rejects.toMatchObject({
        name: 'InvalidInputError',
        message: expect.stringContaining('give runID'),
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
      await night.ledger.releaseLocks([arn], runIDOf('night-1'));
      const now = night.time.now();
      await night.ledger.takeLocks([arn], runIDOf('other'), { now, expiresAt: now + holdMs }, 'all');
      const undo = call('SelectRollback', { input: { runID: 'night-1' }, executionID: 'undo-1' });

      await expect(undo).rejects.toMatchObject({ name: 'RunHeldError', message: expect.stringContaining('run other') });
      expect((await night.read()).run.holder).toBeUndefined();
      expect((await night.read()).of('web-1').rollback).toBeUndefined();
    });
  });
});

describe('RevertLifeCycle', () => {
  it('reverts the others when one fails, and takes up only that one when it is repeated', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await call('SelectRollback', { input: { runID: 'night-1', ...batch, executionID } });
      await night.time.sleep(900_000);
      night.simulator.faults().add({ fault: 'throttle', operation: 'ChangeServerLifeCycleState', firstCalls: 1 });

      await expect(call('RevertLifeCycle', batch)).rejects.toMatchObject({ name: 'ThrottledError' });
      expect(await call('RevertLifeCycle', batch)).toEqual({ reverted: 1 });
      expect(night.writes.filter(({ operation }) => operation === 'ChangeServerLifeCycleState')).toHaveLength(3);
      expect(night.server('web-1').lifeCycle?.state).toBe('READY_FOR_CUTOVER');
      expect(night.server('web-2').lifeCycle?.state).toBe('READY_FOR_CUTOVER');
    });
  });

  it('calls nothing while a job holds the servers', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await call('SelectRollback', { input: { runID: 'night-1', ...batch, executionID } });

      expect(await call('AwaitRunningJobs', batch)).toMatchObject({ state: 'HELD' });
      expect(await call('RevertLifeCycle', batch)).toEqual({ reverted: 0 });
      expect(night.writes.map(({ operation }) => operation)).toEqual(['StartCutover']);
    });
  });
});

describe('AwaitRunningJobs', () => {
  it('finds the job of a start whose answer was lost, before anything counts as untouched', async () => {
    const faults = [{ fault: 'lostAnswer' as const, operation: 'StartCutover' as const }];
    await inNight(aWave([{ hostname: 'web-1' }], { faults }), async (night) => {
      const call = callerOf(night);
      await expect(begin(call, night, 'StartCutover')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await call('SelectRollback', { input: { runID: 'night-1', ...batch, executionID } });

      expect(await call('AwaitRunningJobs', batch)).toMatchObject({ state: 'HELD' });
      expect((await night.read()).of('web-1').cutover?.jobID).toBe(night.account().jobs.at(-1)?.jobID);
    });
  });

  it('gives up when its time is up', async () => {
    await inNight(aWave([{ hostname: 'web-1', cutover: 'stuck' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { deadlines: { runningJobsSeconds: 600 } });
      await call('SelectRollback', { input: { runID: 'night-1', ...batch, executionID } });
      await night.time.sleep(599_000);
      expect(await call('AwaitRunningJobs', batch)).toEqual({ state: 'HELD', delaySeconds: 1 });
      await night.time.sleep(1_000);

      expect(await call('AwaitRunningJobs', batch)).toEqual({ state: 'DEADLINE_PASSED', delaySeconds: 0 });
    });
  });
});

describe('VerifyRollback', () => {
  it('does not believe a server back whose instance is still there', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await night.time.sleep(900_000);
      await call('SelectRollback', { input: { runID: 'night-1', ...batch, executionID } });
      await call('RevertLifeCycle', batch);

      expect(await call('VerifyRollback', batch)).toEqual({ state: 'PENDING', delaySeconds: 30, incomplete: 0 });
      expect((await night.read()).of('web-1').rollback?.problems).toMatchObject([{ code: 'INSTANCE_LEFT' }]);
      await night.time.sleep(301_000);
      expect(await call('VerifyRollback', batch)).toEqual({ state: 'DECIDED', delaySeconds: 30, incomplete: 1 });
    });
  });
});
