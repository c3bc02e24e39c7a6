import type { Checker } from '../scene.ts';
import { aNight, changeRun, foundBy } from './doctored-night.ts';
import { liveness } from './liveness.ts';

const night = aNight([{ hostname: 'web-1' }], { isUndone: true });

it('finds nothing where runs end, and nothing happens to what is settled', async () => {
  expect(await foundBy(liveness, night)).toEqual([]);
  expect(await foundBy(liveness, aNight([{ hostname: 'web-1' }], { seed: 8, options: { commit: 'auto' } }))).toEqual(
    [],
  );
});

it('finds a run that does not end, or only days later', async () => {
  const foundWith = (atEnd: Checker['atEnd']) => foundBy(liveness, night, { ...(atEnd && { atEnd }) });

  expect(await foundWith((scene) => changeRun(scene, () => ({ end: undefined })))).toEqual([
    'run night-1 does not end',
  ]);
  expect(
    await foundWith((scene) =>
      changeRun(scene, ({ end }) => ({ end: end && { ...end, endedAt: end.endedAt + 30 * 86_400_000 } })),
    ),
  ).toEqual([expect.stringMatching(/^run night-1 ends only 7\d\d hours after everything was calm$/)]);
});

it('finds calls by who asks for what is done already', async () => {
  const asIfSent = (): Checker => {
    const checker = liveness();
    return {
      ...checker,
      afterExecution: (ended, scene) => {
        const writes = scene.writes.map((write) => ({ ...write, by: ended.name, atMs: ended.startedAt }));
        return checker.afterExecution?.(ended, { ...scene, writes, isCalm: scene.isCalm }) ?? [];
      },
    };
  };
  const found = await foundBy(asIfSent, night);

  expect(found).toContainEqual(
    expect.stringMatching(/^night-1 asks for what is done already, and sends StartCutover of s-\w+$/),
  );
  expect(found).toContainEqual(
    expect.stringMatching(
      /^undo-again-night-1 asks for what is done already, and sends ChangeServerLifeCycleState of /,
    ),
  );
});
