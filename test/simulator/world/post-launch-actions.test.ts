import { updateLaunchConfiguration } from '../../../simulator/operations/launch-configurations.ts';
import { exact, refusalOf, worldOf } from '../world-under-test.ts';

/** LAUNCH_END, COMPLETED and the agent's discovery of a cutover launched at 0 with exact timings. */
const launchedAt = 650;
const completedAt = 651;
const discoveredAt = 830;

const check = { actionName: 'Check health', mustSucceedForCutover: true, timeoutSeconds: 300 };

const cutoverWith = (actions: readonly object[], server: object = {}, switches: object = {}) => {
  const servers = [{ hostname: 'a', launchedInstance: 'none', actions, ...server }];
  const world = worldOf({ defaults: exact, switches, servers });
  const jobID = world.start('cutover', ['a'], 0);
  const statusAt = (at: number) => world.participant(jobID, 'a', at)?.postLaunchActionsStatus;
  const runsAt = (at: number) =>
    statusAt(at)?.postLaunchActionsLaunchStatusList?.map(
      (run) => `${run.ssmDocument?.actionName ?? ''} ${run.executionStatus ?? ''}`,
    );
  return { world, jobID, statusAt, runsAt };
};

describe('post-launch actions', () => {
  it('run one after the other in order once the SSM agent is discovered, after COMPLETED', () => {
    const { world, jobID, statusAt, runsAt } = cutoverWith([
      { actionName: 'Second', order: 2000 },
      { ...check, order: 1500 },
    ]);
    expect(world.jobAt(jobID, completedAt)?.status).toBe('COMPLETED');
    expect(statusAt(completedAt)).toEqual({ postLaunchActionsLaunchStatusList: [] });
    expect(statusAt(discoveredAt)?.ssmAgentDiscoveryDatetime).toBe('2026-03-07T22:13:50+00:00');
    expect(runsAt(discoveredAt)).toEqual([]);
    expect(runsAt(discoveredAt + 1)).toEqual(['Check health IN_PROGRESS']);
    expect(runsAt(discoveredAt + 31)).toEqual(['Check health SUCCESS']);
    expect(runsAt(discoveredAt + 32)).toEqual(['Check health SUCCESS', 'Second IN_PROGRESS']);
    expect(runsAt(discoveredAt + 62)).toEqual(['Check health SUCCESS', 'Second SUCCESS']);
  });

  it('carry document, type, execution and, when failed, the reason', () => {
    const { statusAt } = cutoverWith([
      {
        ...check,
        documentIdentifier: 'Health',
        documentType: 'AUTOMATION',
        cutover: { result: 'failed', failureReason: 'HTTP 500' },
      },
    ]);
    expect(statusAt(discoveredAt + 31)?.postLaunchActionsLaunchStatusList).toEqual([
      {
        ssmDocument: {
          actionName: 'Check health',
          ssmDocumentName: 'Health',
          timeoutSeconds: 300,
          mustSucceedForCutover: true,
        },
        ssmDocumentType: 'AUTOMATION',
        executionID: expect.stringMatching(/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/),
        executionStatus: 'FAILED',
        failureReason: 'HTTP 500',
      },
    ]);
    expect(statusAt(discoveredAt + 30)?.postLaunchActionsLaunchStatusList?.[0]).not.toHaveProperty('failureReason');
  });

  it('time out, hang for ever, or are missing', () => {
    const { runsAt, statusAt } = cutoverWith([
      { ...check, actionName: 'Late', cutover: 'timedOut' },
      { ...check, actionName: 'Never', cutover: 'missing' },
      { ...check, actionName: 'Endless', cutover: 'hangs' },
      { ...check, actionName: 'Slow', cutover: { seconds: 9999 } },
    ]);
    expect(runsAt(discoveredAt + 300)).toEqual(['Late IN_PROGRESS']);
    expect(runsAt(discoveredAt + 301)).toEqual(['Late FAILED']);
    expect(runsAt(1_000_000)).toEqual(['Late FAILED', 'Endless IN_PROGRESS', 'Slow FAILED']);
    expect(statusAt(1_000_000)?.postLaunchActionsLaunchStatusList?.[0]?.failureReason).toMatch(/300 seconds/);
  });

  it('wait for an agent that is never discovered until their time-outs, or stay absent by the switch', () => {
    const server = { cutover: { ssmAgent: 'never' } };
    const hanging = cutoverWith([check], server);
    expect(hanging.runsAt(launchedAt)).toEqual(['Check health IN_PROGRESS']);
    expect(hanging.runsAt(launchedAt + 300)).toEqual(['Check health FAILED']);
    expect(hanging.statusAt(1_000_000)).not.toHaveProperty('ssmAgentDiscoveryDatetime');
    const absent = cutoverWith([check], server, { undiscoveredAgentActions: 'absent' });
    expect(absent.statusAt(1_000_000)).toEqual({ postLaunchActionsLaunchStatusList: [] });
  });

  it.each([{ cutover: 'unbootable' }, { launchConfiguration: { launchDisposition: 'STOPPED' } }])(
    'never see an agent on an instance that does not run: %j',
    (server) => {
      expect(cutoverWith([check], server).statusAt(1_000_000)).not.toHaveProperty('ssmAgentDiscoveryDatetime');
    },
  );

  it('keep the job STARTED until they end when the switch says so', () => {
    const switches = { postLaunchActionsTiming: 'beforeCompleted' };
    const { world, jobID } = cutoverWith([check], {}, switches);
    expect(world.participant(jobID, 'a', launchedAt)?.launchStatus).toBe('LAUNCHED');
    expect(world.jobAt(jobID, discoveredAt + 31)?.status).toBe('STARTED');
    expect(world.jobAt(jobID, discoveredAt + 32)?.status).toBe('COMPLETED');
    const hanging = cutoverWith([{ ...check, cutover: 'hangs' }], {}, switches);
    expect(hanging.world.jobAt(hanging.jobID, discoveredAt + 302)?.status).toBe('COMPLETED');
  });

  it('run only when active, only after the launches the deployment setting names, and never after a failed launch', () => {
    expect(cutoverWith([{ ...check, active: false }]).statusAt(9999)).toBeUndefined();
    expect(cutoverWith([check], { launchConfiguration: { deployment: 'TEST_ONLY' } }).statusAt(9999)).toBeUndefined();
    expect(cutoverWith([check], { launchConfiguration: { deployment: 'CUTOVER_ONLY' } }).runsAt(9999)).toHaveLength(1);
    expect(cutoverWith([check], { cutover: 'launchFailed' }).statusAt(9999)).toBeUndefined();
  });

  it('begin no earlier than the first boot', () => {
    const { statusAt } = cutoverWith([check], { timings: { firstBootSeconds: 600 } });
    expect(statusAt(launchedAt + 599)).not.toHaveProperty('ssmAgentDiscoveryDatetime');
    expect(statusAt(launchedAt + 600)).toHaveProperty('ssmAgentDiscoveryDatetime');
  });

  it('also run the documents of the launch configuration', () => {
    const world = worldOf({ defaults: exact, servers: [{ hostname: 'a' }] });
    const ssmDocuments = [{ actionName: 'Older', ssmDocumentName: 'older' }];
    const sourceServerID = world.idOf('a');
    world.perform(updateLaunchConfiguration, { sourceServerID, postLaunchActions: { ssmDocuments } }, 0);
    const jobID = world.start('cutover', ['a'], 0);
    const [run] = world.participant(jobID, 'a', 9999)?.postLaunchActionsStatus?.postLaunchActionsLaunchStatusList ?? [];
    expect(run).toMatchObject({ ssmDocument: { actionName: 'Older' }, executionStatus: 'SUCCESS' });
  });

  it('take their outcome by attempt and by kind of launch', () => {
    const world = worldOf({
      defaults: exact,
      servers: [
        {
          hostname: 'a',
          launchedInstance: 'none',
          actions: [{ ...check, test: 'failed', cutover: ['failed', 'success'] }],
        },
      ],
    });
    const statusOf = (jobID: string, at: number) =>
      world.participant(jobID, 'a', at)?.postLaunchActionsStatus?.postLaunchActionsLaunchStatusList?.[0]
        ?.executionStatus;
    const first = world.start('cutover', ['a'], 0);
    world.change('a', 'READY_FOR_CUTOVER', 2000);
    const second = world.start('cutover', ['a'], 2000);
    expect([statusOf(first, 4000), statusOf(second, 4000)]).toEqual(['FAILED', 'SUCCESS']);
    world.change('a', 'READY_FOR_CUTOVER', 4000);
    world.change('a', 'READY_FOR_TEST', 4000);
    expect(statusOf(world.start('test', ['a'], 4000), 6000)).toBe('FAILED');
  });
});

describe('FinalizeCutover and must-succeed actions', () => {
  const finalizing = (action: object, at: number, switches: object = {}) => {
    const { world } = cutoverWith([{ ...check, ...action }], {}, switches);
    return () => world.finalize('a', at);
  };

  it('is blocked by a failed one, naming it', () => {
    const refusal = refusalOf(finalizing({ cutover: 'failed' }, discoveredAt + 31));
    expect(refusal.name).toBe('ConflictException');
    expect(refusal.message).toContain('Check health');
  });

  it.each([
    ['one that succeeded', {}, 9999, {}],
    ['a failed one that need not succeed', { cutover: 'failed', mustSucceedForCutover: false }, 9999, {}],
    ['one still in progress', { cutover: 'hangs' }, 9999, {}],
    ['a failed one, by the switch', { cutover: 'failed' }, 9999, { finalizeBlockedBy: 'nothing' }],
  ])('is not blocked by %s', (_case, action, at, switches) => {
    expect(finalizing(action, at, switches)().lifeCycle?.state).toBe('CUTOVER');
  });

  it('is blocked by one in progress when the switch asks for success', () => {
    const refusal = refusalOf(finalizing({ cutover: 'hangs' }, 9999, { finalizeBlockedBy: 'notSucceeded' }));
    expect(refusal.message).toContain('Check health');
  });
});
