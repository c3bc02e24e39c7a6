import type { StartAct } from '../script.ts';
import { aNight, foundBy, type Doctor } from './doctored-night.ts';
import { noUnaskedWrites } from './no-unasked-writes.ts';
import { afterFirst, sendAs, type Hands } from './wrong-call.ts';

const servers = [{ hostname: 'web-1', launchedInstance: 'test' as const }, { hostname: 'web-2' }];
const start = ({ mgn, idOf }: Hands) => mgn.startCutover([idOf('web-1')], {});
const finalize = ({ mgn, idOf }: Hands) => mgn.finalizeCutover(idOf('web-1'));
const says = (machine: 'commit' | 'rollback', input: object, atSeconds = 5_000): StartAct => ({
  act: 'start',
  atSeconds,
  machine,
  name: 'word',
  input: { runID: 'night-1', ...input },
});
const undo = says('rollback', {});

describe('nobody changes anything', () => {
  it('in a night in which everybody may, later ones included', async () => {
    expect(await foundBy(noUnaskedWrites, aNight(servers))).toEqual([]);
    expect(await foundBy(noUnaskedWrites, aNight(servers, { acts: [undo] }))).toEqual([]);
    expect(await foundBy(noUnaskedWrites, aNight(servers, { acts: [says('commit', {})] }))).toEqual([]);
  });

  it('before a person has approved the start', async () => {
    const options = { start: 'approve' };
    const night = (...acts: StartAct[]) => aNight(servers, { options, acts });
    const hasty = afterFirst('OpenGate', start);

    expect(await foundBy(noUnaskedWrites, night(says('commit', { approve: 'start' }, 600)))).toEqual([]);
    expect(await foundBy(noUnaskedWrites, night(says('commit', { refuse: 'start' }, 600)), hasty)).toEqual([
      expect.stringMatching(/^StartCutover of s-\w+ by run night-1, whose start nobody has approved$/),
    ]);
  });

  it('for a run that is refused, or has no plan yet', async () => {
    const unfit = aNight([...servers, { hostname: 'web-3', lifeCycleState: 'READY_FOR_TEST' }]);

    expect(await foundBy(noUnaskedWrites, unfit)).toEqual([]);
    expect(await foundBy(noUnaskedWrites, unfit, afterFirst('AssessReadiness', start))).toEqual([
      expect.stringMatching(/^StartCutover of s-\w+ by run night-1, whose plan is REFUSE$/),
    ]);
    expect(
      await foundBy(noUnaskedWrites, aNight(servers), afterFirst('AssessReadiness', start, { runID: 'no' })),
    ).toEqual([expect.stringMatching(/by run no, which does not exist$/)]);
  });

  it('after the end of a run, unless its step had begun before', async () => {
    const laterBy = (agedSeconds: number): Doctor => ({
      afterExecution: async ({ walk, purpose }, scene) => {
        const last = walk.steps.findLast(({ handler }) => handler === 'RecordOutcome');
        await scene.night.time.sleep(60_000);
        if (last !== undefined && purpose === 'script') await sendAs(last, scene, finalize, { agedSeconds });
        return [];
      },
    });

    expect(await foundBy(noUnaskedWrites, aNight(servers), laterBy(0))).toEqual([
      expect.stringMatching(/^FinalizeCutover of s-\w+ by run night-1, which has ended$/),
    ]);
    expect(await foundBy(noUnaskedWrites, aNight(servers), laterBy(600))).toEqual([]);
  });

  it('who was refused', async () => {
    const refused = aNight(servers, { acts: [says('rollback', { runID: 'unknown' })] });

    expect(await foundBy(noUnaskedWrites, refused)).toEqual([]);
    expect(await foundBy(noUnaskedWrites, refused, afterFirst('SelectRollback', finalize))).toEqual([
      expect.stringMatching(/^FinalizeCutover of s-\w+ by rollback word, which was refused$/),
    ]);
  });
});
