import { aNight, foundBy } from './doctored-night.ts';
import { foreignHarm } from './foreign-harm.ts';
import { afterFirst } from './wrong-call.ts';

/** Beside the run's own source servers: one that a person is cutting over, and one whose instance a person has launched. */
const night = aNight([{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'unbootable' }], {
  options: { commit: 'auto', failurePolicy: { application: 'independent' } },
  scenario: {
    servers: [
      { hostname: 'cutting', lifeCycleState: 'CUTTING_OVER' },
      { hostname: 'taken-back', launchedInstance: 'cutover' },
      { hostname: 'tested', launchedInstance: 'test' },
    ],
  },
});

describe('foreign harm', () => {
  it('is not done by a night that cuts over, takes back and finalizes its own', async () => {
    expect(await foundBy(foreignHarm, night)).toEqual([]);
  });

  it('is done by taking back or finalizing the cutover of a person', async () => {
    const harmful = afterFirst('StartCutover', async ({ mgn, idOf }) => {
      await mgn.finalizeCutover(idOf('cutting')).catch(() => undefined);
      await mgn.changeServerLifeCycleState(idOf('cutting'), 'READY_FOR_CUTOVER');
    });

    expect(await foundBy(foreignHarm, night, harmful)).toEqual([
      'FinalizeCutover of cutting by run night-1 finalizes the cutover of no run',
      'ChangeServerLifeCycleState of cutting by run night-1 takes back the CUTOVER of no run',
    ]);
  });

  it('is done by a start that deletes an instance of a person, not by one that deletes a test’s', async () => {
    const start = (hostname: string) =>
      afterFirst('StartCutover', ({ mgn, idOf }) => mgn.startCutover([idOf(hostname)], {}));

    expect(await foundBy(foreignHarm, night, start('taken-back'))).toEqual([
      expect.stringMatching(
        /^StartCutover of taken-back by run night-1 would delete the instance that job \S+ of no run/,
      ),
    ]);
    expect(await foundBy(foreignHarm, night, start('tested'))).toEqual([]);
  });

  it('is done by one run to another', async () => {
    const revert = afterFirst(
      'StartCutover',
      ({ mgn, idOf }) => mgn.changeServerLifeCycleState(idOf('web-1'), 'READY_FOR_CUTOVER'),
      { runID: 'night-2' },
    );

    expect(await foundBy(foreignHarm, night, revert)).toEqual([
      'ChangeServerLifeCycleState of web-1 by run night-2 takes back the CUTTING_OVER of run night-1',
    ]);
  });

  it('is excused where the cutover became a person’s since the run looked', async () => {
    const act = { act: 'StartCutover' as const, atSeconds: 40, servers: ['late'] };
    const taken = aNight([{ hostname: 'web-1' }], {
      scenario: { servers: [{ hostname: 'late' }], foreignActivity: [act] },
    });
    const start = (agedSeconds: number) =>
      afterFirst(
        'StartCutover',
        async ({ mgn, idOf, scene }) => {
          await scene.night.time.sleep(1_800_000);
          await mgn.startCutover([idOf('late')], {});
        },
        { agedSeconds },
      );

    expect(await foundBy(foreignHarm, taken, start(0))).toEqual([]);
    expect(await foundBy(foreignHarm, taken, start(-1_790))).toEqual([
      expect.stringMatching(/^StartCutover of late by run night-1 would delete the instance/),
    ]);
  });
});
