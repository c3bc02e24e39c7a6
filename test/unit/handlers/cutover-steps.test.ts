/** The steps of a cutover one by one, in the situations that a whole night meets only by bad luck. */
import type { Mgn, MgnTarget } from '../../../functions/domain/ports.ts';
import { aWave, eachOnItsOwn, inNight, runIDOf, type Night } from '../../support/a-run.ts';
import { begin, callerOf } from './direct.ts';

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

describe('AssessReadiness', () => {
  it('takes all locks or none when a blocked server refuses the wave', async () => {
    await inNight(scenario, async (night) => {
      await lockForOther(night, 'web-2');
      await begin(callerOf(night), night, 'AssessReadiness');

      const locks = await night.ledger.readLocks([night.server('web-1').arn ?? ''], night.time.now());
      expect(locks.size).toBe(0);
    });
  });

  it('takes the free ones when blocked servers are skipped', async () => {
    await inNight(scenario, async (night) => {
      await lockForOther(night, 'web-2');
      await begin(callerOf(night), night, 'AssessReadiness', { ...eachOnItsOwn, onBlocked: 'skip' });

      const locks = await night.ledger.readLocks([night.server('web-1').arn ?? ''], night.time.now());
      expect([...locks.values()]).toMatchObject([{ runID: 'night-1' }]);
    });
  });

  it('locks for longer than the deadlines of a batch together', async () => {
    await inNight(scenario, async (night) => {
      const launchSeconds = 86_400;
      const arn = night.server('web-1').arn ?? '';
      await begin(callerOf(night), night, 'AssessReadiness', {
        deadlines: { launchSeconds, actionsSeconds: 86_400 },
      });

      const lock = (await night.ledger.readLocks([arn], night.time.now())).get(arn);
      expect((lock?.expiresAt ?? 0) - night.time.now()).toBeGreaterThan(2 * launchSeconds * 1_000);
    });
  });

  it('takes the locks again that were given back while the run was stopped, before it reads any fact', async () => {
    await inNight(scenario, async (night) => {
      const call = callerOf(night);
      const arns = ['web-1', 'web-2'].map((hostname) => night.server(hostname).arn ?? '');
      await begin(call, night, 'AssessReadiness');
      await night.ledger.releaseLocks(arns, runIDOf('night-1'));

      expect(await call('AssessReadiness')).toMatchObject({ decision: 'PROCEED' });
      expect((await night.ledger.readLocks(arns, night.time.now())).size).toBe(2);
    });
  });

  it('refuses to go on without the locks, even if they become free while it reads', async () => {
    await inNight(scenario, async (night) => {
      const arn = night.server('web-2').arn ?? '';
      await lockForOther(night, 'web-2');
      await begin(callerOf(night), night, 'ResolveWave');
      const mgn = (target: MgnTarget): Mgn => ({
        ...night.deps.mgn(target),
        async describeSourceServers(selection) {
          await night.ledger.releaseLocks([arn], runIDOf('other'));
          return night.deps.mgn(target).describeSourceServers(selection);
        },
      });
      const call = callerOf({ ...night, deps: { ...night.deps, mgn } });

      expect(await call('AssessReadiness')).toMatchObject({ decision: 'REFUSE' });
      expect((await night.read()).run.plan?.reasons.map(({ code }) => code)).toEqual(['LOCKS_NOT_HELD']);
    });
  });

  it('keeps the plan it has made, by when its own jobs hold the servers', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');

      expect(await call('AssessReadiness')).toMatchObject({ decision: 'PROCEED' });
      expect((await night.read()).of('web-1').phase).toBe('starting');
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

describe('CheckLaunch', () => {
  it('does not judge what is being brought back, however good it looks', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover');
      await night.time.sleep(900_000);
      const record = (await night.read()).of('web-1');
      const rollback = { requestedAt: night.time.now(), problems: [] };
      await night.ledger.saveServers(runIDOf('night-1'), [{ ...record, rollback }]);

      expect(await call('CheckLaunch')).toEqual({ decided: 0 });
      expect(await call('CheckPostLaunchActions')).toEqual({ decided: 0 });
    });
  });

  it('judges the servers of several jobs at once, and counts what follows at once', async () => {
    const servers = [{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'launchFailed' as const }];
    await inNight(aWave(servers), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'AssessReadiness', { batchServersMax: 1 });
      await call('StartCutover');
      await call('StartCutover');
      await night.time.sleep(900_000);
      const before = night.calls.get('DescribeJobs') ?? 0;

      expect(await call('CheckLaunch')).toEqual({ decided: 1 });
      expect(await call('CheckPostLaunchActions')).toEqual({ decided: 1 });
      expect((night.calls.get('DescribeJobs') ?? 0) - before).toBe(2);
      expect((await night.read()).of('web-1').verdict).toBe('VERIFIED');
      expect((await night.read()).of('web-2').launch).toBe('FAILED');
    });
  });

  it('waits for a job that MGN does not show, and then says so', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      await begin(callerOf(night), night, 'StartCutover', { deadlines: { launchSeconds: 3_600 } });
      const mgn = (target: MgnTarget): Mgn => ({ ...night.deps.mgn(target), describeJobs: () => Promise.resolve([]) });
      const call = callerOf({ ...night, deps: { ...night.deps, mgn } });
      await night.time.sleep(3_599_000);
      expect(await call('CheckLaunch')).toEqual({ decided: 0 });
      await night.time.sleep(1_000);

      expect(await call('CheckLaunch')).toEqual({ decided: 1 });
      expect((await night.read()).of('web-1')).toMatchObject({
        launch: 'FAILED',
        reasons: [{ code: 'JOB_NOT_SHOWN' }],
      });
    });
  });
});

describe('CheckPostLaunchActions', () => {
  it('verifies nothing without the job that says what ran', async () => {
    await inNight(aWave([{ hostname: 'web-1' }]), async (night) => {
      const call = callerOf(night);
      await begin(call, night, 'StartCutover', { deadlines: { agentSeconds: 600, actionsSeconds: 600 } });
      await night.time.sleep(900_000);
      await call('CheckLaunch');
      const mgn = (target: MgnTarget): Mgn => ({ ...night.deps.mgn(target), describeJobs: () => Promise.resolve([]) });
      const blind = callerOf({ ...night, deps: { ...night.deps, mgn } });
      await night.time.sleep(1_199_000);
      expect(await blind('CheckPostLaunchActions')).toEqual({ decided: 0 });
      await night.time.sleep(1_000);

      expect(await blind('CheckPostLaunchActions')).toEqual({ decided: 1 });
      expect((await night.read()).of('web-1')).toMatchObject({
        launch: 'FAILED',
        reasons: [{ code: 'JOB_NOT_SHOWN' }],
      });
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
      await call('CheckLaunch');
      await call('CheckPostLaunchActions');
      const first = await call('RecordOutcome');

      expect(first).toMatchObject({ outcome: 'PARTIAL', verdicts: { VERIFIED: 1 } });
      expect(await call('RecordOutcome')).toEqual(first);
      expect((await night.read()).of('web-1').warnings.map(({ code }) => code)).toEqual(['NOT_FINALIZED']);
    });
  });
});
