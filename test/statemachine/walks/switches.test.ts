/** What nobody has measured of MGN: every setting of every switch of the simulator leads to the same verdicts. */
import { switchesSchema, type Switches } from '../../../simulator/world/switches.ts';
import { aWave, inNight, withOptions } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

const servers = [
  { hostname: 'good', launchedInstance: 'test' as const },
  { hostname: 'checked', actions: [{ actionName: 'check', mustSucceedForCutover: true }] },
  {
    hostname: 'unchecked',
    actions: [{ actionName: 'check', mustSucceedForCutover: true, cutover: 'failed' as const }],
  },
  { hostname: 'failed', cutover: 'launchFailed' as const },
  { hostname: 'skipped', cutover: 'skipped' as const },
  { hostname: 'unbootable', cutover: 'unbootable' as const, launchedInstance: 'test' as const },
];

const verdicts = {
  good: 'FINALIZED',
  checked: 'FINALIZED',
  unchecked: 'ROLLED_BACK',
  failed: 'ROLLED_BACK',
  skipped: 'ROLLED_BACK',
  unbootable: 'ROLLED_BACK',
};

const settings: readonly Partial<Switches>[] = [
  { startCutoverFromCuttingOver: 'allowed' },
  { startTestFromTesting: 'refused' },
  { readyForTestFromCuttingOver: 'allowed' },
  { changeToSameState: 'accepted' },
  { failedCutoverState: 'CUTTING_OVER' },
  { failedTestState: 'TESTING' },
  { skippedLaunchStatus: 'PENDING' },
  { launchStatusInProgress: 'fromConversion' },
  { launchStatusInProgress: 'never' },
  { postLaunchActionsTiming: 'beforeCompleted' },
  { undiscoveredAgentActions: 'absent' },
  { withoutInstanceProfile: 'agentSeen' },
  { launchedInstanceAfterTerminate: 'kept' },
  { terminateWithoutInstance: 'refused' },
  { terminateWhenDisconnected: 'refused' },
  { callsDuringJob: 'allowed' },
  { finalizeBlockedBy: 'notSucceeded' },
  { finalizeBlockedBy: 'nothing' },
  { finalizeUninstallsAgent: 'no' },
  { stopReplicationLifeCycle: 'STOPPED' },
  { revertedStamp: 'never' },
  { terminateRefusal: 'ValidationException' },
  { finalizeRefusal: 'ValidationException' },
  { notLaunchableRefusal: 'ValidationException' },
  { quotaRefusal: 'ServiceQuotaExceededException' },
  { quotaRefusal: 'ValidationException' },
  { unknownServerRefusal: 'ConflictException' },
  { unknownServerRefusal: 'ResourceNotFoundException' },
  { conflictNamesServers: 'yes' },
  { unknownJob: 'ResourceNotFoundException' },
  { describeWithoutIsArchived: 'notArchived' },
  { timestamps: 'z' },
  { tagsCarryResourceArn: 'yes' },
  { defaultPageSize: 1 },
  { initializeServiceSuffices: 'yes' },
  { reassociation: 'accepted' },
  { duplicateNames: 'accepted' },
];

it('are all tried', () => {
  const tried = new Set(settings.flatMap((setting) => Object.keys(setting)));

  expect([...tried].sort()).toEqual(Object.keys(switchesSchema.entries).sort());
});

it.each(settings.map((setting) => [Object.entries(setting).join(' '), setting] as const))(
  '%s',
  async (_name, setting) => {
    await inNight(aWave(servers, { switches: setting }), async (night) => {
      await night.walk({ input: withOptions(night, { commit: 'auto' }) });

      expect((await night.read()).verdicts).toEqual(verdicts);
      expect(await breachesOf(night)).toEqual([]);
    });
  },
);

it('all the other way round at once', async () => {
  await inNight(aWave(servers, { switches: Object.assign({}, ...settings) }), async (night) => {
    await night.walk({ input: withOptions(night, { commit: 'auto' }) });

    expect((await night.read()).verdicts).toEqual(verdicts);
    expect(await breachesOf(night)).toEqual([]);
  });
});
