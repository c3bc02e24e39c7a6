/** Other people and other jobs on the same servers: the run steps aside, touches nothing of theirs, and says so. */
import { aWave, inNight, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';

type ForeignAct = NonNullable<ScenarioInput['foreignActivity']>[number];

const servers = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const codesOf = (reasons: readonly { code: string }[]) => reasons.map(({ code }) => code);

/** The job of `servers` is COMPLETED after 648 s, and the first boots are seen by 840 s. */
const nightWith = (...foreignActivity: ForeignAct[]) => aWave(servers, { foreignActivity });

/** Writes that named the server, by operation. */
const writesOf = (
  night: { writes: readonly { operation: string; sourceServerIDs: readonly string[] }[] },
  id: string,
) => night.writes.filter((write) => write.sourceServerIDs.includes(id)).map(({ operation }) => operation);

describe('a job that holds a server when the wave is assessed', () => {
  const held = nightWith({ act: 'hold', servers: ['web-2'], fromSeconds: 0, toSeconds: 3_600 });

  it('refuses the wave, and nothing is called', async () => {
    await inNight(held, async (night) => {
      const { result } = await night.walk();
      const left = await night.read();

      expect(result).toMatchObject({ error: 'WaveRefused' });
      expect(left.verdicts).toEqual({ 'web-1': 'NOT_STARTED', 'web-2': 'BLOCKED' });
      expect(codesOf(left.of('web-2').reasons)).toEqual(['JOB_HOLDS_SERVER']);
      expect(codesOf(left.of('web-1').reasons)).toEqual(['WAVE_REFUSED']);
      expect(night.writes).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('is left out when blocked servers are skipped', async () => {
    await inNight(held, async (night) => {
      const { result } = await night.walk({ input: withOptions(night, { onBlocked: 'skip' }) });

      expect(result).toMatchObject({ error: 'WavePartlyCutOver' });
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'BLOCKED' });
      expect(writesOf(night, night.idOf('web-2'))).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

it('an instance of somebody’s cutover, reverted while an earlier priority group ran, is not deleted by a start', async () => {
  const theirs: ForeignAct[] = [
    { act: 'StartCutover', servers: ['web-1'], atSeconds: 10 },
    { act: 'ChangeServerLifeCycleState', state: 'READY_FOR_CUTOVER', servers: ['web-1'], atSeconds: 700 },
  ];
  await inNight(nightWith(...theirs), async (night) => {
    const priorityGroups = [{ group: 1, sourceServerIDs: [night.idOf('web-2')] }];
    await night.walk({ input: withOptions(night, { priorityGroups }) });
    const left = await night.read();

    expect(left.verdicts).toEqual({ 'web-1': 'NOT_STARTED', 'web-2': 'VERIFIED' });
    expect(codesOf(left.of('web-1').reasons)).toEqual(['UNKNOWN_LAUNCHED_INSTANCE']);
    expect(night.server('web-1').launchedInstance?.ec2InstanceID).toMatch(/^i-/);
    expect(writesOf(night, night.idOf('web-1'))).toEqual([]);
    expect(await breachesOf(night)).toEqual([]);
  });
});

describe('somebody who takes a server between its assessment and the start', () => {
  // Terminating the test instance of `web-1` keeps the start waiting for two minutes.
  const waiting = [{ hostname: 'web-1', launchedInstance: 'test' as const }, { hostname: 'web-2' }];
  const acts: readonly [string, ForeignAct, string][] = [
    ['holds it by a job', { act: 'hold', servers: ['web-2'], fromSeconds: 60, toSeconds: 9_000 }, 'JOB_HOLDS_SERVER'],
    ['starts a cutover', { act: 'StartCutover', servers: ['web-2'], atSeconds: 60 }, 'WRONG_LIFECYCLE_STATE'],
    ['archives it', { act: 'DisconnectFromService', servers: ['web-2'], atSeconds: 60 }, 'WRONG_LIFECYCLE_STATE'],
    [
      'takes it back to test',
      { act: 'ChangeServerLifeCycleState', state: 'READY_FOR_TEST', servers: ['web-2'], atSeconds: 60 },
      'WRONG_LIFECYCLE_STATE',
    ],
  ];

  it.each(acts)('and %s has it for himself; the others go on', async (_name, act, code) => {
    await inNight(aWave(waiting, { foreignActivity: [act] }), async (night) => {
      await night.walk();
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'NOT_STARTED' });
      expect(codesOf(left.of('web-2').reasons)).toEqual([code]);
      expect(writesOf(night, night.idOf('web-2'))).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('just after the last look makes MGN refuse the call, and only that server stays behind', async () => {
    const late: ForeignAct = { act: 'StartCutover', servers: ['web-2'], atSeconds: 1 };
    const slow = {
      fault: 'delay' as const,
      operation: 'DescribeSourceServers' as const,
      delayMs: 2_000,
      nthCalls: [3],
    };
    await inNight(aWave(servers, { foreignActivity: [late], faults: [slow] }), async (night) => {
      await night.walk();
      const left = await night.read();

      expect(night.writes.map(({ error }) => error)).toEqual(['ConflictException', undefined]);
      expect(left.verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'NOT_STARTED' });
      expect(codesOf(left.of('web-2').reasons)).toContain('WRONG_LIFECYCLE_STATE');
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('somebody at the console while the run waits for the first boot', () => {
  const acting = (act: ForeignAct['act'], atSeconds: number): ForeignAct[] =>
    act === 'ChangeServerLifeCycleState'
      ? [{ act, state: 'READY_FOR_CUTOVER', servers: ['web-2'], atSeconds }]
      : act === 'hold' || act === 'useQuota' || act === 'ModifyLaunchTemplate'
        ? []
        : [{ act, servers: ['web-2'], atSeconds }];
  const revert = acting('ChangeServerLifeCycleState', 700);

  it('who reverts a server gets a person to look at it', async () => {
    await inNight(nightWith(...revert), async (night) => {
      const { result } = await night.walk();
      const left = await night.read();

      expect(result).toMatchObject({ error: 'PersonNeeded' });
      expect(left.verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'NEEDS_A_PERSON' });
      expect(codesOf(left.of('web-2').reasons)).toEqual(['UNEXPECTED_LIFECYCLE_STATE']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('who reverts a server of an atomic application has the rest of it brought back, and nothing of it finalized', async () => {
    await inNight(nightWith(...revert), async (night) => {
      await night.walk({ input: withOptions(night, { commit: 'auto', failurePolicy: { application: 'atomic' } }) });
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-1': 'ROLLED_BACK', 'web-2': 'NEEDS_A_PERSON' });
      expect(codesOf(left.of('web-1').reasons)).toEqual(['APPLICATION_FAILED']);
      expect(left.of('web-2').nextSteps).not.toEqual([]);
      expect(night.writes.map(({ operation }) => operation)).not.toContain('FinalizeCutover');
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('who reverts and terminates leaves nothing to terminate', async () => {
    await inNight(nightWith(...revert, ...acting('TerminateTargetInstances', 720)), async (night) => {
      await night.walk();
      const left = await night.read();

      expect(left.of('web-1').verdict).toBe('VERIFIED');
      expect(left.of('web-2').verdict).not.toBe('VERIFIED');
      expect(writesOf(night, night.idOf('web-2'))).toEqual(['StartCutover']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('who reverts and cuts over again keeps that cutover, also when an operator rolls the run back', async () => {
    await inNight(nightWith(...revert, ...acting('StartCutover', 710)), async (night) => {
      await night.walk();
      const left = await night.read();

      expect(left.of('web-1').verdict).toBe('VERIFIED');
      expect(left.of('web-2').verdict).toBe('NEEDS_A_PERSON');
      expect(left.of('web-2').nextSteps.join(' ')).not.toMatch(/change-server-life-cycle-state|terminate/);

      await night.walk({ machine: 'rollback', name: 'undo-1', input: { runID: 'night-1' } });
      const undone = await night.read();

      expect(undone.verdicts).toEqual({ 'web-1': 'ROLLED_BACK', 'web-2': 'NEEDS_A_PERSON' });
      expect(codesOf(undone.of('web-2').reasons)).toContain('CUTOVER_OF_ANOTHER');
      expect(writesOf(night, night.idOf('web-2'))).toEqual(['StartCutover']);
      expect(night.server('web-2').lifeCycle?.state).toBe('CUTTING_OVER');
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('who cut a server over again and took it back has an instance that no rollback of the run terminates', async () => {
    const again = [...revert, ...acting('StartCutover', 710), ...acting('ChangeServerLifeCycleState', 1_800)];
    await inNight(nightWith(...again), async (night) => {
      await night.walk();
      await night.time.sleep(1_800_000);
      await night.walk({ machine: 'rollback', name: 'undo-1', input: { runID: 'night-1' } });
      const left = await night.read();

      expect(night.server('web-2').lifeCycle?.state).toBe('READY_FOR_CUTOVER');
      expect(night.server('web-2').launchedInstance?.ec2InstanceID).toMatch(/^i-/);
      expect(left.verdicts).toEqual({ 'web-1': 'ROLLED_BACK', 'web-2': 'NEEDS_A_PERSON' });
      expect(codesOf(left.of('web-2').reasons)).toContain('INSTANCE_UNACCOUNTED');
      expect(writesOf(night, night.idOf('web-2'))).toEqual(['StartCutover']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('who finalizes a server has finalized it: reported as such, with a warning', async () => {
    await inNight(nightWith(...acting('FinalizeCutover', 700)), async (night) => {
      await night.walk();
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'FINALIZED' });
      expect(codesOf(left.of('web-2').warnings)).toEqual(['FINALIZED_BY_OTHERS']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('who finalizes a server while its actions run leaves nothing to bring back when nobody commits', async () => {
    const long = {
      actionName: 'long',
      mustSucceedForCutover: true,
      cutover: { result: 'success', seconds: 900 },
    } as const;
    const scenario = aWave([{ hostname: 'web-2', actions: [long] }], {
      foreignActivity: acting('FinalizeCutover', 1_000),
    });
    await inNight(scenario, async (night) => {
      const options = { commit: 'approve', onCommitTimeout: 'rollback', commitBy: '2026-03-08T02:00:00Z' } as const;
      await night.walk({ input: withOptions(night, options) });
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-2': 'FINALIZED' });
      expect(codesOf(left.of('web-2').warnings)).toEqual(['FINALIZED_BY_OTHERS']);
      expect(writesOf(night, night.idOf('web-2'))).toEqual(['StartCutover']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('who finalizes a server that then proves bad leaves it to a person', async () => {
    const bad = [{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'unbootable' as const }];
    await inNight(aWave(bad, { foreignActivity: acting('FinalizeCutover', 700) }), async (night) => {
      await night.walk();
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'NEEDS_A_PERSON' });
      expect(codesOf(left.of('web-2').reasons)).toEqual(['NOT_BOOTED', 'ALREADY_FINALIZED']);
      expect(writesOf(night, night.idOf('web-2'))).toEqual(['StartCutover']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('who deletes a finalized server does not keep the run waiting for ever', async () => {
    const gone = [...acting('FinalizeCutover', 660), ...acting('DeleteSourceServer', 670)];
    await inNight(nightWith(...gone), async (night) => {
      const { result } = await night.walk();
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'NEEDS_A_PERSON' });
      expect(codesOf(left.of('web-2').reasons)).toContain('SOURCE_SERVER_GONE');
      expect(result.endedAtMs - result.startedAtMs).toBeLessThan(3 * 3_600_000);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('is never finalized over: what was reverted meanwhile is not committed', async () => {
    await inNight(nightWith(...revert), async (night) => {
      await night.walk({ input: withOptions(night, { commit: 'auto' }) });

      expect((await night.read()).verdicts).toEqual({ 'web-1': 'FINALIZED', 'web-2': 'NEEDS_A_PERSON' });
      expect(writesOf(night, night.idOf('web-2'))).toEqual(['StartCutover']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('quota that others use', () => {
  it.each(['ConflictException', 'ServiceQuotaExceededException', 'ValidationException'] as const)(
    'up for a while is waited for (refused as %s)',
    async (quotaRefusal) => {
      const used: ForeignAct = { act: 'useQuota', servers: 200, fromSeconds: 0, toSeconds: 1_800 };
      await inNight(aWave(servers, { foreignActivity: [used], switches: { quotaRefusal } }), async (night) => {
        const { result } = await night.walk();

        expect(result).toMatchObject({ status: 'SUCCEEDED' });
        expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
        expect(night.writes.map(({ operation }) => operation)).toEqual(['StartCutover']);
        expect((night.writes[0]?.atMs ?? 0) - result.startedAtMs).toBeGreaterThanOrEqual(1_800_000);
        expect(await breachesOf(night)).toEqual([]);
      });
    },
  );

  it('by jobs is waited for as well', async () => {
    const used: ForeignAct = { act: 'useQuota', servers: 20, jobs: 20, fromSeconds: 0, toSeconds: 900 };
    await inNight(nightWith(used), async (night) => {
      await night.walk();

      expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
    });
  });

  it('but for one server lets that one start, and the next when there is room', async () => {
    const used: ForeignAct = { act: 'useQuota', servers: 199, fromSeconds: 0, toSeconds: 1_800 };
    await inNight(nightWith(used), async (night) => {
      const { result } = await night.walk();

      expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED', 'web-2': 'VERIFIED' });
      expect(night.writes.map(({ error, sourceServerIDs }) => [error, sourceServerIDs.length])).toEqual([
        [undefined, 1],
        [undefined, 1],
      ]);
      // The second had to wait for the first one’s job, which ended long before the others gave the quota back.
      expect((night.writes[1]?.atMs ?? 0) - result.startedAtMs).toBeLessThan(1_800_000);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('for more than a day leaves the servers where they are and says why', async () => {
    const used: ForeignAct = { act: 'useQuota', servers: 200, fromSeconds: 0, toSeconds: 2 * 86_400 };
    await inNight(nightWith(used), async (night) => {
      await night.walk();
      const left = await night.read();

      expect(left.verdicts).toEqual({ 'web-1': 'NOT_STARTED', 'web-2': 'NOT_STARTED' });
      expect(codesOf(left.of('web-1').reasons)).toEqual(['QUOTA_FULL']);
      expect(night.writes).toEqual([]);
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

describe('a read that is late', () => {
  it('of one server does not undo what long actions have just proven', async () => {
    const long = {
      actionName: 'long',
      mustSucceedForCutover: true,
      cutover: { result: 'success', seconds: 900 },
    } as const;
    const late = {
      operation: 'DescribeSourceServers',
      fromSeconds: 1_500,
      timesMax: 1,
      staleSecondsMax: 1_000_000,
    } as const;
    const scenario = aWave([{ hostname: 'web-1', actions: [long] }], { faults: [{ fault: 'staleRead', ...late }] });

    await inNight(scenario, async (night) => {
      await night.walk();
      const [rule] = night.simulator.faults().list();

      expect(rule?.timesFired).toBe(1);
      expect((await night.read()).verdicts).toEqual({ 'web-1': 'VERIFIED' });
    });
  });
});
