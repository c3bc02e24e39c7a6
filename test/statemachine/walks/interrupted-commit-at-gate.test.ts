/** A commit that was stopped half-way while its run waits at the gate: silence then does not break what is a whole. */
import { inNight, type AroundStep } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';
import { atGate, both, codesOf, commit, hourMs, rollingBack, scenario } from '../../support/gate-walks.ts';

/** Stops the commit once it has finalized what it was asked for. */
const stopAfterFinalizing: AroundStep = async (step, invoke) => {
  const answer = await invoke();
  if (step.handler === 'FinalizeCutover') step.stop();
  return answer;
};

it.each([
  ['an application', { application: 'atomic' }],
  ['an all-or-nothing wave', { application: 'independent', wave: 'atomic' }],
])(
  'does not bring half of %s back when the time for a commit is up; a later commit finishes it',
  async (_what, policy) => {
    await inNight(scenario, async (night) => {
      const commitBy = new Date(night.time.now() + 6 * hourMs).toISOString();
      const { ended } = await atGate(night, { ...rollingBack, commitBy, failurePolicy: policy });
      const stopped = await commit(night, { servers: ['web-1'], around: stopAfterFinalizing });
      await ended;
      const left = await night.read();

      expect(stopped.result.status).toBe('ABORTED');
      expect(left.verdicts).toEqual({ 'web-1': 'FINALIZED', 'web-2': 'VERIFIED' });
      expect(left.run.end?.endedAt).toBeGreaterThanOrEqual(Date.parse(commitBy));
      expect(codesOf(left.of('web-2').warnings)).toEqual(['HALF_FINALIZED']);
      expect(left.of('web-2').nextSteps.join()).toContain('commit night-1');
      expect(night.server('web-2').lifeCycle?.state).toBe('CUTTING_OVER');
      expect(await breachesOf(night)).toEqual([]);

      await commit(night, { name: 'keep-2' });
      expect((await night.read()).verdicts).toEqual(both('FINALIZED'));
    });
  },
);

it('brings back what stands on its own', async () => {
  await inNight(scenario, async (night) => {
    const commitBy = new Date(night.time.now() + 6 * hourMs).toISOString();
    const { ended } = await atGate(night, { ...rollingBack, commitBy });
    await commit(night, { servers: ['web-1'], around: stopAfterFinalizing });
    await ended;

    expect((await night.read()).verdicts).toEqual({ 'web-1': 'FINALIZED', 'web-2': 'ROLLED_BACK' });
    expect(await breachesOf(night)).toEqual([]);
  });
});
