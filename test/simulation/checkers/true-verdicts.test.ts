import { aNight, changeServers, foundBy } from './doctored-night.ts';
import { trueVerdicts } from './true-verdicts.ts';

const reason = { code: 'MADE_UP', fact: 'somebody said so', source: 'test' };
const servers = [{ hostname: 'web-1' }];
const night = aNight(servers);

it('finds nothing where what is said is so', async () => {
  expect(await foundBy(trueVerdicts, night)).toEqual([]);
  expect(await foundBy(trueVerdicts, aNight([{ hostname: 'web-1', cutover: 'launchFailed' }]))).toEqual([]);
  expect(await foundBy(trueVerdicts, aNight(servers, { options: { commit: 'auto' } }))).toEqual([]);
});

it.each(['FINALIZED', 'ROLLED_BACK', 'NOT_STARTED'] as const)(
  'finds a verified server that is called %s',
  async (verdict) => {
    const found = await foundBy(trueVerdicts, night, { atEnd: (scene) => changeServers(scene, () => ({ verdict })) });

    expect(found[0]).toMatch(new RegExp(`^web-1 is called ${verdict} by run night-1 but .*CUTTING_OVER$`));
  },
);

it('finds a verdict that is untrue as the run ends, whatever becomes of it', async () => {
  const isDoctored = { done: false };
  const found = await foundBy(trueVerdicts, night, {
    async afterStep({ handler }, scene) {
      if (handler !== 'RecordOutcome' || isDoctored.done) return [];
      isDoctored.done = true;
      return changeServers(scene, () => ({ verdict: 'FINALIZED' }));
    },
    atEnd: (scene) => changeServers(scene, () => ({ verdict: 'VERIFIED' })),
  });

  expect(found).toEqual(['web-1 is called FINALIZED by run night-1 but it is CUTTING_OVER']);
});

it('lets others change a server after its run has ended, and only then', async () => {
  const revertAt = (atSeconds: number) => ({
    scenario: {
      foreignActivity: [
        {
          act: 'ChangeServerLifeCycleState' as const,
          state: 'READY_FOR_CUTOVER' as const,
          servers: ['web-1'],
          atSeconds,
        },
      ],
    },
  });
  const ended = { acts: [{ act: 'stop' as const, atSeconds: 9_000, name: 'night-1' }] };
  const verified = {
    atEnd: (scene: Parameters<typeof changeServers>[0]) => changeServers(scene, () => ({ verdict: 'VERIFIED' })),
  };

  expect(await foundBy(trueVerdicts, aNight(servers, { ...revertAt(3_000), ...ended }))).toEqual([]);
  expect(await foundBy(trueVerdicts, aNight(servers, { ...revertAt(700), ...ended }), verified)).not.toEqual([]);
});

it('finds a person who is called for nothing, but not where something went wrong or a hook says so', async () => {
  const calledFor = (code: string, script = night) =>
    foundBy(trueVerdicts, script, {
      atEnd: (scene) => changeServers(scene, () => ({ verdict: 'NEEDS_A_PERSON', reasons: [{ ...reason, code }] })),
    });

  expect(await calledFor('MADE_UP')).toEqual([
    'web-1 of run night-1 needs a person in a night without trouble: MADE_UP (somebody said so)',
  ]);
  expect(await calledFor('HOOK_FAILED')).toEqual([]);
  expect(await calledFor('MADE_UP', aNight(servers, { hookFaults: [{ start: 1, fault: 'fails' }] }))).toEqual([]);
});
