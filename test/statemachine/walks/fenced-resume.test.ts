/** A run that was stopped between its beforeStart hook and its first job: what the hook stopped is not left as it is. */
import type { HookRunner } from '../../../functions/hooks/hook-runner.ts';
import { createSimulatedHookRunner } from '../../../local/simulated-hooks.ts';
import { aWave, inNight, type AroundStep, type Night } from '../../support/a-run.ts';
import { breachesOf } from '../../support/breaches.ts';

const hooks = [
  { name: 'fence', when: 'beforeStart', automation: 'Stop' },
  { name: 'unfence', when: 'afterRollback', automation: 'Start' },
];

/** Stops the run at its first look after the hook was begun. */
const stopOnceFenced: AroundStep = (step, invoke) => {
  if (step.handler !== 'PollJobs' || step.number < 5) return invoke();
  step.stop();
  return Promise.resolve(undefined);
};

function hooksBegunIn(night: Night): string[] {
  const begun: string[] = [];
  const simulated = createSimulatedHookRunner({ now: () => night.time.now() });
  const hookRunner: HookRunner = {
    ...simulated,
    start: (hook, payload) => {
      begun.push(hook.name);
      return simulated.start(hook, payload);
    },
  };
  Object.assign(night.deps, { hookRunner });
  return begun;
}

const minuteMs = 60_000;
const windowOf = (night: Night, minutes: number) => ({
  opensAt: new Date(night.time.now() - minuteMs).toISOString(),
  closesAt: new Date(night.time.now() + minutes * minuteMs).toISOString(),
});
const expected = { launchSeconds: 600, actionsSeconds: 60, rollbackSeconds: 300 };

it.each([
  ['goes on where it was when it may still start', 240, 'VERIFIED', ['fence']],
  [
    'starts nothing and runs the hook that undoes the first when the window is over',
    20,
    'NOT_STARTED',
    ['fence', 'unfence'],
  ],
])('a resumed run %s', async (_what, windowMinutes, verdict, hooksBegun) => {
  await inNight(aWave([{ hostname: 'a' }]), async (night) => {
    const begun = hooksBegunIn(night);
    const options = { hooks, expected };
    const input = { waveID: night.account().waves[0]?.waveID, window: windowOf(night, windowMinutes), options };
    const stopped = await night.walk({ input, around: stopOnceFenced });
    await night.time.sleep(30 * minuteMs);
    await night.walk({ input });

    expect(stopped.result.status).toBe('ABORTED');
    expect((await night.read()).verdicts).toEqual({ a: verdict });
    expect(begun).toEqual(hooksBegun);
    expect(await breachesOf(night)).toEqual([]);
  });
});
