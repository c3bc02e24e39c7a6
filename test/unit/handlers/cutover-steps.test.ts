/** The steps of a cutover one by one, in the situations that a whole night meets only by bad luck. */
import type { Mgn, MgnTarget } from '../../../functions/domain/ports.ts';
import { aWave, inNight, runIDOf, type Night } from '../../support/a-run.ts';
import { batch, begin, callerOf } from './direct.ts';

const web = [{ hostname: 'web-1', launchedInstance: 'test' as const }, { hostname: 'web-2' }];
const scenario = aWave(web);

const lockForOther = (night: Night, hostname: string) =>
  night.ledger.takeLocks(
    [night.server(hostname).arn ?? ''],
    runIDOf('other'),
    { now: night.time.now(), expiresAt: night.time.now() + 3_600_000 },
    'all',
  );

describe('ResolveWave', () => {
  it('resumes with the input it once found servers for, and with no other', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      const input = { waveID: night.account().waves[0]?.waveID };
      await expect(call('ResolveWave', { input: { waveID: 'wave-99999999999999999' } })).rejects.toThrow(
        /knows no wave/,
      );
      await call('ResolveWave', { input });
      const { run } = await night.read();
      const version = (await night.ledger.readRun(run.runID))?.version ?? 0;
      await night.ledger.saveRun({ ...run, resolvedAt: undefined }, version);

      await expect(call('ResolveWave', { input: { ...input, options: { commit: 'auto' } } })).rejects.toMatchObject({
        name: 'RunExistsError',
      });
      expect(await call('ResolveWave', { input })).toMatchObject({ sourceServerCount: 2 });
    });
  });
});

describe('LockSourceServers', () => {
  it('takes all locks or none when a blocked server refuses the wave', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await lockForOther(night, 'web-2');
      await begin(call, night, 'ResolveWave');

      expect(await call('LockSourceServers')).toEqual({ heldByOthers: 1 });
      const locks = await night.ledger.readLocks([night.server('web-1').arn ?? ''], night.time.now());
      expect(locks.size).toBe(0);
    });
  });

  it('takes the free ones when blocked servers are skipped', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await lockForOther(night, 'web-2');
      await begin(call, night, 'LockSourceServers', { onBlocked: 'skip' });

      const locks = await night.ledger.readLocks([night.server('web-1').arn ?? ''], night.time.now());
      expect([...locks.values()]).toMatchObject([{ runID: 'night-1' }]);
    });
  });

  it('locks for longer than the deadlines of a batch together', async () => {
    await inNight(scenario, async (night) => {
      const launchSeconds = 86_400;
      const arn = night.server('web-1').arn ?? '';
      await begin(callerOf(night), night, 'LockSourceServers', {
        deadlines: { launchSeconds, actionsSeconds: 86_400 },
      });

      const lock = (await night.ledger.readLocks([arn], night.time.now())).get(arn);
      expect((lock?.expiresAt ?? 0) - night.time.now()).toBeGreaterThan(2 * launchSeconds * 1_000);
    });
  });
});

describe('AssessReadiness', () => {
  it('takes the locks again that were given back while the run was stopped, before it reads any fact', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      const arns = ['web-1', 'web-2'].map((hostname) => night.server(hostname).arn ?? '');
      await begin(call, night, 'LockSourceServers');
      await night.ledger.releaseLocks(arns, runIDOf('night-1'));

      expect(await call('AssessReadiness')).toMatchObject({ decision: 'PROCEED' });
      expect((await night.ledger.readLocks(arns, night.time.now())).size).toBe(2);
    });
  });

  it('refuses to go on without the locks, even if they become free while it reads', async () => {
    await inNight(scenario, async (night) => {
      const arn = night.server('web-2').arn ?? '';
      await lockForOther(night, 'web-2');
      await begin(callerOf(night), night, 'LockSourceServers');
      const mgn = (target: MgnTarget): Mgn => ({
        ...night.deps.mgn(target),
        async describeSourceServers(selection) {
          await night.ledger.releaseLocks([arn], runIDOf('other'));
          return night.deps.mgn(target).describeSourceServers(selection);
        },
      });
      const call = callerOf({ ...night, deps: { ...night.deps, mgn } });

      expect(await call('AssessReadiness')).toMatchObject({ decision: 'REFUSE', batchIDs: [] });
      expect((await night.read()).run.plan?.reasons.map(({ code }) => code)).toEqual(['LOCKS_NOT_HELD']);
    });
  });

  it('keeps the plan it has made, by when its own jobs hold the servers', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');

      expect(await call('AssessReadiness')).toEqual({ decision: 'PROCEED', batchIDs: ['batch-001'], commit: 'never' });
    });
  });

  it('notes the actions that are expected and the test instance, for later steps', async () => {
    const checked = { ...web[0], hostname: 'web-1', actions: [{ actionName: 'check', mustSucceedForCutover: true }] };
    await inNight(aWave([checked]), async (night) => {
      await begin(callerOf(night), night, 'AssessReadiness');
      const record = (await night.read()).of('web-1');

      expect(record.expectedActions).toMatchObject([{ actionName: 'check', mustSucceedForCutover: true }]);
      expect(record.testInstance?.ec2InstanceID).toBe(night.server('web-1').launchedInstance?.ec2InstanceID);
    });
  });
});

describe('TerminateTestInstances', () => {
  it('leaves a server alone whose lock another run has meanwhile', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      await night.ledger.releaseLocks([night.server('web-1').arn ?? ''], runIDOf('night-1'));
      await lockForOther(night, 'web-1');

      expect(await call('TerminateTestInstances', batch)).toMatchObject({ jobState: 'NONE' });
      expect(night.writes).toEqual([]);
    });
  });

  it('leaves an instance alone that is not the test instance it was asked about', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      const record = (await night.read()).of('web-1');
      const testInstance = record.testInstance && { ...record.testInstance, ec2InstanceID: 'i-00000000000000000' };
      await night.ledger.saveServers(runIDOf('night-1'), [{ ...record, testInstance }]);

      expect(await call('TerminateTestInstances', batch)).toMatchObject({ jobState: 'NONE' });
      expect(night.writes).toEqual([]);
    });
  });
});

describe('StartCutover', () => {
  it('does not start what an interrupted rollback was asked to bring back', async () => {
    await inNight(aWave([{ hostname: 'web-1' }, { hostname: 'web-2' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');
      const record = (await night.read()).of('web-1');
      const rollback = { requestedAt: night.time.now(), problems: [] };
      await night.ledger.saveServers(runIDOf('night-1'), [{ ...record, rollback }]);

      expect(await call('StartCutover', batch)).toMatchObject({ jobState: 'RUNNING' });
      expect(night.writes.map(({ sourceServerIDs }) => sourceServerIDs)).toEqual([[night.idOf('web-2')]]);
    });
  });

  it('tags its job with the attempt and answers the same job when it is repeated', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await call('StartCutover', batch);
      const job = night.account().jobs.at(-1);

      expect(job?.tags).toEqual({ CutoverAttempt: 'night-1/nonce/batch-001/START_CUTOVER/1' });
      expect((await night.read()).of('web-1').cutover?.jobID).toBe(job?.jobID);
      expect(night.writes).toHaveLength(1);
    });
  });

  it('looks at the clock before it calls a lost call unmade', async () => {
    const faults = [{ fault: 'reset' as const, operation: 'StartCutover' as const, firstCalls: 1 }];
    await inNight(aWave([{ hostname: 'web-1' }], { faults }), async (night) => {
      const call = callerOf(night);
      await expect(begin(call, night, 'StartCutover')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await night.time.sleep(59_000);
      await expect(call('StartCutover', batch)).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
      await night.time.sleep(2_000);

      expect(await call('StartCutover', batch)).toMatchObject({ jobState: 'RUNNING' });
      expect(night.server('web-1').attempts.cutover).toBe(1);
    });
  });

  it('waits for room in the quota instead of calling', async () => {
    const foreignActivity = [{ act: 'useQuota' as const, servers: 200, fromSeconds: 0, toSeconds: 600 }];
    await inNight(aWave([{ hostname: 'web-1' }], { foreignActivity }), async (night) => {
      const call = callerOf(night);

      await expect(begin(call, night, 'StartCutover')).rejects.toMatchObject({
        name: 'QuotaExceededError',
        message: expect.stringContaining('200 source servers'),
      });
      expect(night.writes).toEqual([]);
      await night.time.sleep(601_000);
      expect(await call('StartCutover', batch)).toMatchObject({ jobState: 'RUNNING' });
    });
  });
});

describe('PollJob', () => {
  const poll = { ...batch, kind: 'START_CUTOVER' };

  it('answers NONE when no job was started', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness');

      expect(await call('PollJob', poll)).toEqual({ jobState: 'NONE', delaySeconds: 0 });
    });
  });

  it('takes a job that cannot be read for one that still runs, until its time is up', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { deadlines: { launchSeconds: 3_600 } });
      night.simulator.faults().add({ fault: 'throttle', operation: 'DescribeJobs' });

      expect(await call('PollJob', poll)).toMatchObject({ jobState: 'RUNNING' });
      await night.time.sleep(3_600_000);
      expect(await call('PollJob', poll)).toEqual({ jobState: 'DEADLINE_PASSED', delaySeconds: 0 });
    });
  });

  it('notes the phase of each server and when its job was seen to end', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await night.time.sleep(100_000);
      await call('PollJob', poll);
      expect((await night.read()).of('web-1').phase).toBe('conversion');
      await night.time.sleep(700_000);

      expect(await call('PollJob', poll)).toEqual({ jobState: 'ENDED', delaySeconds: 0 });
      const left = await night.read();
      expect(left.attempts).toMatchObject([{ state: 'STARTED', endedAt: night.time.now() }]);
      expect(left.of('web-1')).toMatchObject({ phase: 'first boot', cutover: { launchStatus: 'LAUNCHED' } });
    });
  });
});

describe('FinalizeCutover', () => {
  it('refuses a run that was not asked to finalize', async () => {
    await inNight(scenario, async (night) => {
      await night.walk();
      const { executionID = '' } = (await night.read()).run.holder ?? {};
      const call = callerOf(night);

      await expect(call('FinalizeCutover', { executionID })).rejects.toMatchObject({ name: 'InvalidInputError' });
      expect(night.calls.get('FinalizeCutover')).toBeUndefined();
    });
  });
});

describe('RecordFailure', () => {
  it.each([
    ['a function’s error in its own words', JSON.stringify({ errorType: 'X', errorMessage: 'no room' }), 'no room'],
    ['Step Functions’ own as it came', 'Task timed out', 'Task timed out'],
    ['a long one by its beginning', 'x'.repeat(5_000), 'x'.repeat(2_000)],
  ])('keeps %s', async (_name, cause, kept) => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'ResolveWave');
      await call('RecordFailure', { ...batch, error: { Error: 'X', Cause: cause } });

      expect((await night.read()).failures).toEqual([
        { at: night.time.now(), batchID: 'batch-001', error: 'X', cause: kept },
      ]);
    });
  });
});

describe('CheckLaunch', () => {
  it('does not judge what is being brought back, however good it looks', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await night.time.sleep(900_000);
      const record = (await night.read()).of('web-1');
      const rollback = { requestedAt: night.time.now(), problems: [] };
      await night.ledger.saveServers(runIDOf('night-1'), [{ ...record, rollback }]);

      expect(await call('CheckLaunch', batch)).toEqual({ state: 'DECIDED', delaySeconds: 0 });
      expect(await call('CheckPostLaunchActions', batch)).toMatchObject({ state: 'DECIDED', verified: 0, failed: 1 });
    });
  });
});

describe('RecordOutcome', () => {
  it('trusts no server left out that a call may have started all the same, when MGN cannot be read', async () => {
    const faults = [{ fault: 'reset' as const, operation: 'StartCutover' as const }];
    for (const isMgnUnreadable of [true, false]) {
      await inNight(aWave([{ hostname: 'web-1' }], { faults }), async (night) => {
        const call = callerOf(night);
        await expect(begin(call, night, 'StartCutover')).rejects.toMatchObject({ name: 'OutcomeUnknownError' });
        const record = (await night.read()).of('web-1');
        await night.ledger.saveServers(runIDOf('night-1'), [{ ...record, verdict: 'NOT_STARTED' }]);
        await call('RecordOutcome', { isMgnUnreadable });

        const verdict = isMgnUnreadable ? 'NEEDS_A_PERSON' : 'NOT_STARTED';
        expect((await night.read()).verdicts).toEqual({ 'web-1': verdict });
      });
    }
  });

  it('says the same when it is repeated, and adds no warning twice', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { commit: 'auto' });
      await night.time.sleep(900_000);
      await call('CheckLaunch', batch);
      await call('CheckPostLaunchActions', batch);
      const first = await call('RecordOutcome');

      expect(first).toMatchObject({ outcome: 'PARTIAL', verdicts: { VERIFIED: 1 } });
      expect(await call('RecordOutcome')).toEqual(first);
      expect((await night.read()).of('web-1').warnings.map(({ code }) => code)).toEqual(['NOT_FINALIZED']);
    });
  });
});
