/** Runs that are stopped in the simulated night, and what people can do once the end was reported. */
import { inFlightMs, settleRun } from '../../../functions/watch/settle-run.ts';
import type { EndedExecution } from '../../../functions/watch/ended-execution.ts';
import { aWave, inNight, runIDOf, type AroundStep, type Night, type Walk } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { anEndedExecution } from './watch-builders.ts';

jest.setTimeout(60_000);

const scenario = aWave([{ hostname: 'web-1', launchedInstance: 'test' }, { hostname: 'web-2' }]);
const runID = runIDOf('night-1');

const endOf = ({ result }: Walk): EndedExecution =>
  anEndedExecution({ executionID: result.executionArn, startedAt: result.startedAtMs, endedAt: result.endedAtMs });

/** Stops the execution in the step of that name; what the step does goes on. */
const stopDuring =
  (stateName: string): AroundStep =>
  async (step, invoke) => {
    if (step.stateName === stateName) step.stop();
    return invoke();
  };

const rollBack = (night: Night) => night.walk({ machine: 'rollback', name: 'undo-1', input: { runID } });
const sleepUntil = (night: Night, at: number) => night.time.sleep(Math.max(0, at - night.time.now()));

it.each(['TerminateTestInstances', 'StartCutover', 'PollJobs', 'CheckLaunch', 'CheckPostLaunchActions'])(
  'lets an operator bring back a run that was stopped in %s long before its hold would have ended',
  async (stateName) => {
    await inNight(scenario, async (night) => {
      const stopped = await night.walk({ around: stopDuring(stateName) });
      expect(stopped.result.status).toBe('ABORTED');
      const settled = await settleRun(night.deps, endOf(stopped), runID);

      expect(settled?.standing).toBe('LEFT');
      const heldUntil = settled?.run.holder?.heldUntil ?? 0;
      expect(heldUntil - night.time.now()).toBe(inFlightMs);
      await sleepUntil(night, heldUntil - 1);
      expect((await rollBack(night)).result).toMatchObject({ status: 'FAILED', error: 'RunHeldError' });
      await sleepUntil(night, heldUntil);
      expect((await rollBack(night)).result.status).toBe('SUCCEEDED');
      for (const hostname of ['web-1', 'web-2'])
        expect(night.server(hostname)).toMatchObject({ lifeCycle: { state: 'READY_FOR_CUTOVER' } });
      expect(await breachesOf(night)).toEqual([]);
    });
  },
);

it('keeps the operator away while a step that cannot be stopped is about to start the cutover', async () => {
  await inNight(scenario, async (night) => {
    const saveAttempt = night.ledger.saveAttempt.bind(night.ledger);
    jest.spyOn(night.ledger, 'saveAttempt').mockImplementation(async (id, attempt, version) => {
      const isFirst = attempt.kind === 'START_CUTOVER' && version === undefined;
      if (isFirst) await night.time.sleep(280_000);
      return saveAttempt(id, attempt, version);
    });
    const stopped = await night.walk({ around: stopDuring('StartCutover') });
    const settled = await settleRun(night.deps, endOf(stopped), runID);
    expect(settled).toMatchObject({ standing: 'LEFT' });
    expect(settled?.attempts.some(({ kind }) => kind === 'START_CUTOVER')).toBe(false);
    await sleepUntil(night, settled?.run.holder?.heldUntil ?? 0);

    await rollBack(night);
    await night.time.sleep(3_600_000);

    for (const hostname of ['web-1', 'web-2']) {
      expect(night.server(hostname)).toMatchObject({ attempts: { cutover: 1 } });
      expect(night.server(hostname)).toMatchObject({ lifeCycle: { state: 'READY_FOR_CUTOVER' } });
      expect(night.server(hostname).launchedInstance).toBeUndefined();
    }
  });
});

const stopBefore =
  (stateName: string): AroundStep =>
  async (step, invoke) => {
    if (step.stateName !== stateName) return invoke();
    step.stop();
    return undefined;
  };

it('lets another run have the servers of one that was stopped before AssessReadiness at once', async () => {
  await inNight(scenario, async (night) => {
    const stopped = await night.walk({ around: stopBefore('AssessReadiness') });
    expect(await settleRun(night.deps, endOf(stopped), runID)).toMatchObject({ standing: 'UNTOUCHED' });

    const next = await night.walk({ name: 'night-2' });

    expect(next.result.status).toBe('SUCCEEDED');
    expect((await night.read('night-2')).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
    expect(await night.ledger.listOpenRunIDs()).toEqual([]);
  });
});

it('lets no step in flight plan a cutover by locks that were released under it', async () => {
  await inNight(scenario, async (night) => {
    const stopped = await night.walk({ around: stopDuring('AssessReadiness') });
    expect(await settleRun(night.deps, endOf(stopped), runID)).toMatchObject({ standing: 'UNTOUCHED' });
    await night.time.sleep(900_000);

    const left = await night.read();
    expect(left.run.plan).toBeUndefined();
    expect(left.servers.map(({ phase }) => phase)).toEqual(['resolved', 'resolved']);
    expect(await night.ledger.listOpenRunIDs()).toEqual([]);
  });
});

it('leaves no lock behind when AssessReadiness takes its locks after those of the stopped run were released', async () => {
  await inNight(scenario, async (night) => {
    const takeLocks = night.ledger.takeLocks.bind(night.ledger);
    let isStopped = false;
    jest.spyOn(night.ledger, 'takeLocks').mockImplementation(async (...locks) => {
      if (isStopped) await night.time.sleep(5_000);
      return takeLocks(...locks);
    });
    const stopped = await night.walk({
      around: async (step, invoke) => {
        isStopped ||= step.stateName === 'AssessReadiness';
        if (isStopped) step.stop();
        return invoke();
      },
    });
    expect(await settleRun(night.deps, endOf(stopped), runID)).toMatchObject({ standing: 'UNTOUCHED' });
    await night.time.sleep(60_000);

    const arns = (await night.read()).servers.map(({ arn }) => arn);
    expect(await night.ledger.readLocks(arns, night.time.now())).toEqual(new Map());
    isStopped = false;
    expect((await night.walk({ name: 'night-2' })).result.status).toBe('SUCCEEDED');
  });
});

it('keeps the servers of a planned run from others until an operator has settled it', async () => {
  await inNight(scenario, async (night) => {
    const stopped = await night.walk({ around: stopBefore('TerminateTestInstances') });
    const settled = await settleRun(night.deps, endOf(stopped), runID);
    expect(settled).toMatchObject({ standing: 'LEFT', attempts: [] });
    expect((await night.walk({ name: 'night-2' })).result).toMatchObject({ error: 'WaveRefused' });

    await sleepUntil(night, settled?.run.holder?.heldUntil ?? 0);
    await rollBack(night);

    expect((await night.read()).run.end).toBeDefined();
    expect((await night.walk({ name: 'night-3' })).result.status).toBe('SUCCEEDED');
  });
});

it('does no harm to a run that was resumed before its earlier end is reported, however often that is', async () => {
  await inNight(scenario, async (night) => {
    const stopped = await night.walk({ around: stopDuring('StartCutover') });
    const report = () => settleRun(night.deps, endOf(stopped), runID);
    await night.time.sleep(60_000);
    const resumed = await night.walk({
      around: async (_step, invoke) => {
        await report();
        return invoke();
      },
    });
    await report();

    expect(resumed.result.status).toBe('SUCCEEDED');
    expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
    expect(await breachesOf(night)).toEqual([]);
  });
});
