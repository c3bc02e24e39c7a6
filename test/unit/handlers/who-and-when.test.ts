/** What the evidence of a night needs beside verdicts: who asked, when each phase began, by which request. */
import { aWave, inNight, runIDOf, type Night } from '../../support/a-run.ts';
import { begin, callerOf, batch, type Call } from './direct.ts';

const scenario = aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]);
const night1 = runIDOf('night-1');
const ann = 'arn:aws:sts::123456789012:assumed-role/Operator/ann';
const requestID = /^[\da-f]{8}-/;
const runOf = async ({ ledger }: Night) => (await ledger.readRun(night1))?.value;

async function verified(night: Night): Promise<Call> {
  const call = callerOf(night);
  await begin(call, night, 'StartCutover');
  await night.time.sleep(900_000);
  await call('CheckLaunch', batch);
  await call('CheckPostLaunchActions', batch);
  await call('RecordOutcome');
  return call;
}

describe('the ledger', () => {
  it('knows the request that started a job, and when a source server came into each phase', async () => {
    await inNight(scenario, async (night) => {
      await verified(night);

      const attempts = await night.ledger.readAttempts(night1);
      expect(attempts.length).toBeGreaterThan(0);
      for (const attempt of attempts) expect(attempt.requestID).toMatch(requestID);
      const { phaseTimes, cutover, phase, phaseAt } = (await night.read()).of('web-1');
      expect(phaseTimes).toMatchObject({ resolved: expect.any(Number), ready: expect.any(Number), verified: phaseAt });
      expect(phaseTimes?.starting).toBeGreaterThanOrEqual(cutover?.startedAt ?? Infinity);
      expect(phase).toBe('verified');
    });
  });

  it('knows no request of a job whose answer was lost', async () => {
    const faults = [{ fault: 'lostAnswer' as const, operation: 'StartCutover' as const, firstCalls: 1 }];
    await inNight(aWave([{ hostname: 'web-1' }], { faults }), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'TerminateTestInstances');
      await expect(call('StartCutover', batch)).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await call('StartCutover', batch);
      const start = (await night.ledger.readAttempts(night1)).find(({ kind }) => kind === 'START_CUTOVER');

      expect(start).toMatchObject({ state: 'STARTED', isAnswered: false });
      expect(start?.requestID).toBeUndefined();
    });
  });

  it('knows who asked for a commit, and the request that finalized each source server', async () => {
    await inNight(scenario, async (night) => {
      const call = await verified(night);
      await call('SelectCommit', { executionID: 'commit-1', input: { runID: 'night-1', by: ann } });
      await call('FinalizeCutover', { executionID: 'commit-1' });

      expect((await runOf(night))?.commits).toMatchObject([{ executionID: 'commit-1', person: ann }]);
      expect((await night.read()).of('web-1').finalizeRequestID).toMatch(requestID);
    });
  });

  it('knows who asked for a rollback, once however often the step runs, and the request of each revert', async () => {
    await inNight(scenario, async (night) => {
      const call = await verified(night);
      const input = { runID: 'night-1', by: ann };
      await call('SelectRollback', { executionID: 'rollback-1', input });
      await night.time.sleep(1_000);
      await call('SelectRollback', { executionID: 'rollback-1', input });
      await call('RevertLifeCycle', { executionID: 'rollback-1' });

      expect((await runOf(night))?.rollbacks).toMatchObject([
        { executionID: 'rollback-1', person: ann, sourceServerCount: 2 },
      ]);
      expect((await night.read()).of('web-2').rollback?.revertRequestID).toMatch(requestID);
    });
  });

  it.each(['', 'x'.repeat(257), 7])('refuses %p for a person, before anything is touched', async (by) => {
    await inNight(scenario, async (night) => {
      const call = await verified(night);
      for (const step of ['SelectCommit', 'SelectRollback']) {
        const asked = call(step, { executionID: 'one', input: { runID: 'night-1', by } });
        await expect(asked).rejects.toMatchObject({
          name: 'InvalidInputError',
          message: expect.stringContaining('by'),
        });
      }
    });
  });
});
