/** Post-launch actions, whether MGN's job is COMPLETED before they run or only after them (UNVERIFIED, so both). */
import { aWave, inNight } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

const action = (cutover: 'success' | 'failed' | 'timedOut' | 'hangs' | 'missing', mustSucceedForCutover = true) => ({
  actionName: `check ${cutover}`,
  documentIdentifier: 'CheckDocument',
  mustSucceedForCutover,
  timeoutSeconds: 300,
  cutover,
});

const servers = [
  { hostname: 'succeeded', actions: [action('success')] },
  { hostname: 'none' },
  { hostname: 'failed', actions: [action('success'), action('failed')] },
  { hostname: 'timed-out', actions: [action('timedOut')] },
  { hostname: 'missing', actions: [action('missing')] },
  { hostname: 'optional-failed', actions: [action('success'), action('failed', false)] },
  { hostname: 'inactive', actions: [{ ...action('failed'), active: false }] },
  { hostname: 'never-seen', cutover: { ssmAgent: 'never' as const }, actions: [action('success')] },
];

const verdicts = {
  succeeded: 'VERIFIED',
  none: 'VERIFIED',
  failed: 'ROLLED_BACK',
  'timed-out': 'ROLLED_BACK',
  missing: 'ROLLED_BACK',
  'optional-failed': 'VERIFIED',
  inactive: 'VERIFIED',
  'never-seen': 'ROLLED_BACK',
};

const orders = ['afterCompleted', 'beforeCompleted'] as const;

describe.each(orders)('post-launch actions that run %s', (postLaunchActionsTiming) => {
  it.each(['hang', 'absent'] as const)('are judged by what was expected (undiscovered: %s)', async (undiscovered) => {
    const switches = { postLaunchActionsTiming, undiscoveredAgentActions: undiscovered };
    await inNight(aWave(servers, { switches }), async (night) => {
      await night.walk();
      const left = await night.read();

      expect(left.verdicts).toEqual(verdicts);
      expect(left.of('failed').reasons.map(({ code }) => code)).toEqual(['ACTION_FAILED']);
      expect(left.of('failed').actions).toContainEqual(
        expect.objectContaining({
          actionName: 'check failed',
          documentName: 'CheckDocument',
          documentType: 'COMMAND',
          executionID: expect.stringMatching(/^[0-9a-f-]{36}$/),
          failureReason: expect.stringContaining('Failed'),
          verdict: 'FAILED',
        }),
      );
      expect(left.of('missing').reasons.map(({ code }) => code)).toEqual(['ACTION_MISSING']);
      expect(left.of('never-seen').reasons.map(({ code }) => code)).toEqual([
        undiscovered === 'absent' ? 'ACTION_NEVER_SEEN' : 'ACTION_FAILED',
      ]);
      expect(left.of('optional-failed').warnings.map(({ code }) => code)).toEqual(['ACTION_FAILED']);
      expect(await breachesOf(night)).toEqual([]);
    });
  });

  it('time out when they hang, and the rest of the wave is judged without them', async () => {
    const hanging = [{ hostname: 'hangs', actions: [action('hangs')] }, { hostname: 'web-1' }];
    await inNight(aWave(hanging, { switches: { postLaunchActionsTiming } }), async (night) => {
      await night.walk();
      const left = await night.read();

      expect(left.verdicts).toEqual({ hangs: 'ROLLED_BACK', 'web-1': 'VERIFIED' });
      expect(left.of('hangs').reasons[0]?.code).toBe('ACTION_TIMED_OUT');
      expect(await breachesOf(night)).toEqual([]);
    });
  });
});

it('expects nothing of actions that are deployed on tests only', async () => {
  const testOnly = {
    hostname: 'web-1',
    launchConfiguration: { deployment: 'TEST_ONLY' as const },
    actions: [action('failed')],
  };
  await inNight(aWave([testOnly]), async (night) => {
    const { result } = await night.walk();

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { outcome: 'VERIFIED' } });
    expect((await night.read()).of('web-1').actions).toEqual([]);
  });
});
