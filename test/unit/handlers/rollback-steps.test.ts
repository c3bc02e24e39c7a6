/** The steps of a rollback one by one: whose turn it is, what is waited for and for how long, and what is never touched. */
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import { aWave, inNight, runIDOf, type Night } from '../../support/a-run.ts';
import { begin, callerOf, executionID, type Call } from './direct.ts';

type Fault = NonNullable<ScenarioInput['faults']>[number];

const named = (count: number) => Array.from({ length: count }, (_, index) => ({ hostname: `web-${index + 1}` }));
const scenario = aWave(named(2));
const night1 = runIDOf('night-1');
const failed = { runID: 'night-1', scope: 'UNVERIFIED', executionID };
const minute = 60_000;

/** A run whose servers were launched, and are all to be brought back; its job ended unless `isRunning`. */
async function undo(night: Night, { options = {}, isRunning = false } = {}): Promise<Call> {
  const call = callerOf(night);
  await begin(call, night, 'StartCutover', options);
  if (!isRunning) await night.time.sleep(15 * minute);
  await call('SelectRollback', { input: failed });
  return call;
}

/** Puts each server whose host name is given into a priority group. */
async function intoGroups(night: Night, groups: Readonly<Record<string, number>>): Promise<void> {
  const { servers } = await night.read();
  const moved = servers.map((record): ServerRecord => {
    const priorityGroup = groups[record.hostname ?? ''] ?? record.priorityGroup;
    return { ...record, priorityGroup };
  });
  await night.ledger.saveServers(night1, moved);
}

const callsOf = (night: Night, operation: string) => night.writes.filter((write) => write.operation === operation);
const reverts = (night: Night) => callsOf(night, 'ChangeServerLifeCycleState');
const terminations = (night: Night) => callsOf(night, 'TerminateTargetInstances');
const stateOf = (night: Night, hostname: string) => night.server(hostname).lifeCycle?.state;

describe('RevertLifeCycle', () => {
  it('reverts the others when one fails, and takes up only that one when it is repeated', async () => {
    await inNight(scenario, async (night) => {
      const call = await undo(night);
      night.simulator.faults().add({ fault: 'throttle', operation: 'ChangeServerLifeCycleState', firstCalls: 1 });

      await expect(call('RevertLifeCycle')).rejects.toMatchObject({ name: 'ThrottledError' });
      expect(await call('RevertLifeCycle')).toEqual({ reverted: 1, remaining: 0 });
      expect(reverts(night)).toHaveLength(3);
      expect([stateOf(night, 'web-1'), stateOf(night, 'web-2')]).toEqual(['READY_FOR_CUTOVER', 'READY_FOR_CUTOVER']);
    });
  });

  it('tries every server before it takes up again the ones that failed', async () => {
    const faults: Fault[] = [{ fault: 'throttle', operation: 'ChangeServerLifeCycleState', nthCalls: [3, 31] }];
    await inNight(aWave(named(30), { faults }), async (night) => {
      const call = await undo(night);

      expect(await call('RevertLifeCycle')).toEqual({ reverted: 24, remaining: 6 });
      expect(await call('RevertLifeCycle')).toEqual({ reverted: 5, remaining: 1 });
      await expect(call('RevertLifeCycle')).rejects.toMatchObject({ name: 'ThrottledError' });
      expect(await call('RevertLifeCycle')).toEqual({ reverted: 1, remaining: 0 });
      expect(reverts(night)).toHaveLength(32);
    });
  });

  it.each([
    [1, 1_000],
    [5, 200],
  ])('makes at most %d calls a second', async (callsPerSecondMax, apartMs) => {
    await inNight(aWave(named(4)), async (night) => {
      const call = await undo(night, { options: { callsPerSecondMax } });
      await call('RevertLifeCycle');
      await call('TerminateCutoverInstances');
      const times = [...reverts(night), ...terminations(night)].map(({ atMs }) => atMs);

      expect(times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0))).toEqual(Array(4).fill(apartMs));
    });
  });

  it('calls nothing while a job holds the servers', async () => {
    await inNight(scenario, async (night) => {
      const call = await undo(night, { isRunning: true });

      expect(await call('AwaitRunningJobs')).toMatchObject({ state: 'HELD' });
      expect(await call('RevertLifeCycle')).toEqual({ reverted: 0, remaining: 0 });
      expect(night.writes.map(({ operation }) => operation)).toEqual(['StartCutover']);
    });
  });

  it('works on the last priority group only', async () => {
    await inNight(aWave(named(3)), async (night) => {
      const call = await undo(night);
      await intoGroups(night, { 'web-1': 1, 'web-2': 3, 'web-3': 3 });

      expect(await call('RevertLifeCycle')).toEqual({ reverted: 2, remaining: 0 });
      expect(stateOf(night, 'web-1')).toBe('CUTTING_OVER');
    });
  });
});

describe('AwaitRunningJobs', () => {
  it('finds the job of a start whose answer was lost, before anything counts as untouched', async () => {
    const faults: Fault[] = [{ fault: 'lostAnswer', operation: 'StartCutover' }];
    await inNight(aWave(named(1), { faults }), async (night) => {
      const call = callerOf(night);
      await expect(begin(call, night, 'StartCutover')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await call('SelectRollback', { input: failed });

      expect(await call('AwaitRunningJobs')).toMatchObject({ state: 'HELD' });
      expect((await night.read()).of('web-1').cutover?.jobID).toBe(night.account().jobs.at(-1)?.jobID);
    });
  });

  it('insists on knowing what became of a start whose job does not show', async () => {
    const faults: Fault[] = [{ fault: 'reset', operation: 'StartCutover', firstCalls: 1 }];
    await inNight(aWave(named(1), { faults }), async (night) => {
      const call = callerOf(night);
      await expect(begin(call, night, 'StartCutover')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await call('SelectRollback', { input: failed });

      await expect(call('AwaitRunningJobs')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await night.time.sleep(minute);
      expect(await call('AwaitRunningJobs')).toEqual({ state: 'FREE', delaySeconds: 0 });
    });
  });

  it('gives up when its time is up', async () => {
    await inNight(aWave([{ hostname: 'web-1', cutover: 'stuck' }]), async (night) => {
      const options = { deadlines: { runningJobsSeconds: 600 } };
      const call = await undo(night, { options, isRunning: true });
      await night.time.sleep(599_000);
      expect(await call('AwaitRunningJobs')).toEqual({ state: 'HELD', delaySeconds: 1 });
      await night.time.sleep(1_000);

      expect(await call('AwaitRunningJobs')).toEqual({ state: 'DEADLINE_PASSED', delaySeconds: 0 });
    });
  });
});

describe('TerminateCutoverInstances', () => {
  it('starts one job, answers that it runs for as long as it does, and starts no other', async () => {
    await inNight(scenario, async (night) => {
      const call = await undo(night);
      expect(await call('TerminateCutoverInstances')).toEqual({ state: 'NONE', delaySeconds: 0 });
      await call('RevertLifeCycle');

      expect(await call('TerminateCutoverInstances')).toEqual({ state: 'RUNNING', delaySeconds: 30 });
      expect(await call('TerminateCutoverInstances')).toEqual({ state: 'RUNNING', delaySeconds: 30 });
      await night.time.sleep(10 * minute);
      expect(await call('TerminateCutoverInstances')).toEqual({ state: 'NONE', delaySeconds: 0 });
      expect(terminations(night).map(({ sourceServerIDs }) => sourceServerIDs.length)).toEqual([2]);
      expect((await night.read()).attempts.map(({ batchID }) => batchID)).toEqual(['batch-001', 'group-5']);
    });
  });

  it('waits for room in MGN’s quotas without failing, and takes what room there is', async () => {
    const others = { act: 'useQuota' as const, servers: 199, fromSeconds: 800, toSeconds: 1_800 };
    await inNight(aWave(named(2), { foreignActivity: [others] }), async (night) => {
      const call = await undo(night);
      await call('RevertLifeCycle');

      expect(await call('TerminateCutoverInstances')).toEqual({ state: 'RUNNING', delaySeconds: 30 });
      await night.time.sleep(30_000);
      expect(await call('TerminateCutoverInstances')).toMatchObject({ state: 'RUNNING' });
      await night.time.sleep(20 * minute);
      expect(await call('TerminateCutoverInstances')).toMatchObject({ state: 'RUNNING' });
      expect(terminations(night).map(({ sourceServerIDs }) => sourceServerIDs.length)).toEqual([1, 1]);
    });
  });

  it('does not wait for room for ever', async () => {
    const others = { act: 'useQuota' as const, servers: 200, fromSeconds: 800, toSeconds: 86_400 };
    await inNight(aWave(named(1), { foreignActivity: [others] }), async (night) => {
      const call = await undo(night, { options: { deadlines: { runningJobsSeconds: 600 } } });
      await call('RevertLifeCycle');

      expect(await call('TerminateCutoverInstances')).toEqual({ state: 'RUNNING', delaySeconds: 60 });
      expect(await call('VerifyRollback')).toMatchObject({ state: 'PENDING' });
      expect((await night.read()).of('web-1').rollback?.verifyingSince).toBeUndefined();
      await night.time.sleep(10 * minute);
      expect(await call('TerminateCutoverInstances')).toEqual({ state: 'NONE', delaySeconds: 0 });
      await call('VerifyRollback');
      await night.time.sleep(5 * minute);
      expect(await call('VerifyRollback')).toMatchObject({ state: 'DECIDED' });
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'NEEDS_A_PERSON' });
    });
  });

  it('starts another job beside one that is stuck, for what was reverted since', async () => {
    const servers = [{ hostname: 'web-1', terminate: 'stuck' as const }, { hostname: 'web-2' }];
    await inNight(aWave(servers), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { deadlines: { terminateSeconds: 600 } });
      await night.time.sleep(15 * minute);
      const one = { runID: 'night-1', sourceServerIDs: [night.idOf('web-1')] };
      await call('SelectRollback', { input: one });
      await call('RevertLifeCycle');
      await call('TerminateCutoverInstances');
      await call('SelectRollback', { input: { ...one, sourceServerIDs: [night.idOf('web-2')] } });
      await call('RevertLifeCycle');

      await call('TerminateCutoverInstances');
      await call('VerifyRollback');
      expect((await night.read()).of('web-2').rollback?.verifyingSince).toBeUndefined();
      await night.time.sleep(10 * minute);
      await call('TerminateCutoverInstances');
      expect(terminations(night).map(({ sourceServerIDs }) => sourceServerIDs)).toEqual([
        [night.idOf('web-1')],
        [night.idOf('web-2')],
      ]);
    });
  });
});

describe('VerifyRollback', () => {
  it('does not believe a server back whose instance is still there', async () => {
    await inNight(aWave(named(1)), async (night) => {
      const call = await undo(night);
      await call('RevertLifeCycle');

      expect(await call('VerifyRollback')).toEqual({ state: 'PENDING', delaySeconds: 30 });
      expect((await night.read()).of('web-1').rollback?.problems).toMatchObject([{ code: 'INSTANCE_LEFT' }]);
      await night.time.sleep(301_000);
      expect(await call('VerifyRollback')).toMatchObject({ state: 'DECIDED' });
      expect((await night.read()).of('web-1')).toMatchObject({ verdict: 'NEEDS_A_PERSON' });
    });
  });

  it('says why MGN would not revert a server that needs a person', async () => {
    const exception = 'ValidationException' as const;
    const faults: Fault[] = [{ fault: 'refuse', operation: 'ChangeServerLifeCycleState', exception }];
    await inNight(aWave(named(1), { faults }), async (night) => {
      const call = await undo(night);
      for (const waitMs of [301_000, 0]) {
        await expect(call('RevertLifeCycle')).rejects.toMatchObject({ name: 'RequestRefusedError' });
        await call('VerifyRollback');
        await night.time.sleep(waitMs);
      }

      expect((await night.read()).of('web-1').reasons.map(({ code }) => code)).toEqual([
        'NOT_REVERTED',
        'REVERT_FAILED',
      ]);
    });
  });

  it('counts nothing as late while the cutover or the terminate job is at work', async () => {
    await inNight(scenario, async (night) => {
      const call = await undo(night, { isRunning: true });
      const lateSince = async () => (await night.read()).of('web-1').rollback?.verifyingSince;

      expect(await call('VerifyRollback')).toMatchObject({ state: 'PENDING' });
      expect(await lateSince()).toBeUndefined();
      await night.time.sleep(15 * minute);
      await call('RevertLifeCycle');
      await call('TerminateCutoverInstances');
      expect(await call('VerifyRollback')).toMatchObject({ state: 'PENDING' });
      expect(await lateSince()).toBeUndefined();
      await night.time.sleep(10 * minute);
      expect(await call('VerifyRollback')).toEqual({ state: 'DECIDED', delaySeconds: 0 });
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'ROLLED_BACK', 'web-2': 'ROLLED_BACK' });
    });
  });

  it('says of a group that is back that there is another', async () => {
    await inNight(scenario, async (night) => {
      const call = await undo(night);
      await intoGroups(night, { 'web-1': 1, 'web-2': 2 });
      const round = async () => {
        await call('RevertLifeCycle');
        await call('TerminateCutoverInstances');
        await night.time.sleep(10 * minute);
        return call('VerifyRollback');
      };

      expect(await round()).toEqual({ state: 'MORE', delaySeconds: 0 });
      expect((await night.read()).verdicts).toEqual({ 'web-1': undefined, 'web-2': 'ROLLED_BACK' });
      expect(await round()).toEqual({ state: 'DECIDED', delaySeconds: 0 });
    });
  });

  it('calls nothing untouched whose start has an answer that is lost', async () => {
    const faults: Fault[] = [{ fault: 'reset', operation: 'StartCutover', firstCalls: 1 }];
    await inNight(aWave(named(1), { faults }), async (night) => {
      const call = callerOf(night);
      await expect(begin(call, night, 'StartCutover')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await call('SelectRollback', { input: failed });

      expect(await call('VerifyRollback')).toMatchObject({ state: 'PENDING' });
      expect((await night.read()).of('web-1').rollback).toMatchObject({ problems: [{ code: 'START_UNSETTLED' }] });
      await night.time.sleep(minute);
      expect(await call('VerifyRollback')).toMatchObject({ state: 'DECIDED' });
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'NOT_STARTED' });
    });
  });

  it('asks for a person when a job holds a server for too long, although nobody waits for jobs', async () => {
    await inNight(aWave([{ hostname: 'web-1', cutover: 'stuck' }]), async (night) => {
      const options = { deadlines: { runningJobsSeconds: 600 } };
      const call = await undo(night, { options, isRunning: true });
      await night.time.sleep(10 * minute);
      await call('VerifyRollback');
      await night.time.sleep(5 * minute);

      expect(await call('VerifyRollback')).toMatchObject({ state: 'DECIDED' });
      expect((await night.read()).of('web-1').nextSteps).not.toEqual([]);
    });
  });
});
