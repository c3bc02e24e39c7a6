import type { ScenarioInput } from '../../../simulator/scenario/scenario-schema.ts';
import type { StartAct } from '../script.ts';
import { aNight, changeServers, foundBy } from './doctored-night.ts';
import { finalizeEvidence } from './finalize-evidence.ts';
import { afterFirst } from './wrong-call.ts';

type Servers = Parameters<typeof aNight>[0];

const pair = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const commits = (sourceServerIDs?: string[]): StartAct => ({
  act: 'start',
  atSeconds: 5_000,
  machine: 'commit',
  name: 'keep',
  input: { runID: 'night-1', ...(sourceServerIDs && { sourceServerIDs }) },
});
const finalizeAfter = (handler: string) =>
  afterFirst(handler, ({ mgn, idOf }) => mgn.finalizeCutover(idOf('web-1')), { runID: 'night-1' });
/** What is found when `web-1` is finalized by a run that says "auto", although its launch went so. */
const foundOf = (web1: Partial<Servers[number]>, scenario: Partial<ScenarioInput> = {}) => {
  const servers = [{ hostname: 'web-1', ...web1 }, { hostname: 'web-2' }];
  const options = { commit: 'auto', failurePolicy: { application: 'independent' } };
  return foundBy(finalizeEvidence, aNight(servers, { options, scenario }), finalizeAfter('RevertLifeCycle'));
};
const action = { actionName: 'check', mustSucceedForCutover: true };

describe('evidence of what is finalized', () => {
  it('is there where the input or a person asks for it', async () => {
    const actions = [action, { actionName: 'may fail', mustSucceedForCutover: false, cutover: 'failed' as const }];
    const checked = pair.map((server) => ({ ...server, actions }));

    expect(await foundBy(finalizeEvidence, aNight(checked, { options: { commit: 'auto' } }))).toEqual([]);
    expect(await foundBy(finalizeEvidence, aNight(checked, { acts: [commits()] }))).toEqual([]);
    expect(await foundBy(finalizeEvidence, aNight(checked, { acts: [commits(['server:web-1'])] }))).toEqual([]);
  });

  it('lacks the word of a person', async () => {
    expect(await foundBy(finalizeEvidence, aNight(pair), finalizeAfter('RecordOutcome'))).toEqual([
      expect.stringMatching(/^FinalizeCutover of s-\w+ by run night-1: nobody has asked for it$/),
    ]);
  });

  it('lacks it for a source server that the person has not named, and before they spoke', async () => {
    const other = aNight(pair, { acts: [commits(['server:web-2'])] });
    const early = aNight(pair, { acts: [commits()] });

    expect(await foundBy(finalizeEvidence, other, finalizeAfter('SelectCommit'))).toHaveLength(1);
    expect(await foundBy(finalizeEvidence, early, finalizeAfter('RecordOutcome'))).toHaveLength(1);
    expect(await foundBy(finalizeEvidence, early, finalizeAfter('SelectCommit'))).toEqual([]);
  });

  it.each([
    ['an instance that has not booted', { cutover: 'unbootable' as const }, 'its instance has not booted'],
    ['older data', { cutover: 'staleSnapshot' as const }, 'its snapshot is stale'],
    ['a failed action', { actions: [{ ...action, cutover: 'failed' as const }] }, 'action check has not succeeded'],
    ['a missing action', { actions: [{ ...action, cutover: 'missing' as const }] }, 'action check has not succeeded'],
  ])('lacks for %s', async (_what, server, lack) => {
    expect(await foundOf(server)).toContain(`web-1 is finalized by run night-1 although ${lack}`);
  });

  it('lacks for what is still being launched, or was not', async () => {
    const night = aNight(pair, { options: { commit: 'auto' } });
    const found = await foundBy(finalizeEvidence, night, finalizeAfter('StartCutover'));

    expect(found).toContain('web-1 is finalized by run night-1 although its launch status is PENDING');
    expect(await foundOf({ cutover: 'launchFailed' })).toContain(
      'web-1 is finalized by run night-1 although its launch status is FAILED',
    );
  });

  it('is for nothing where it is to be brought back', async () => {
    const doctor = finalizeAfter('RecordOutcome');
    const givenUp = {
      ...doctor,
      afterStep: async (...[step, scene]: Parameters<NonNullable<typeof doctor.afterStep>>) => {
        const rollback = { requestedAt: scene.night.time.now(), problems: [] };
        if (step.handler === 'RecordOutcome') await changeServers(scene, () => ({ rollback }));
        return doctor.afterStep?.(step, scene) ?? [];
      },
    };
    const found = await foundBy(finalizeEvidence, aNight(pair, { acts: [commits()] }), givenUp);

    expect(found).toContainEqual(expect.stringMatching(/it is to be brought back$/));
  });

  it('is of one source server a call', async () => {
    const checker = finalizeEvidence();
    const listed: string[] = [];
    const watch = {
      afterExecution: (_ended: unknown, scene: Parameters<NonNullable<typeof checker.onWrite>>[1]) => {
        const sourceServerIDs = ['web-1', 'web-2'].map((hostname) => scene.night.idOf(hostname));
        const atMs = scene.night.time.now();
        const write = { operation: 'FinalizeCutover', sourceServerIDs, atMs, servers: [], error: undefined, by: '' };
        listed.push(...(checker.onWrite?.(write, scene) ?? []));
        return [];
      },
    };
    await foundBy(finalizeEvidence, aNight(pair), watch);

    expect(listed).toContain('FinalizeCutover names 2 source servers, and MGN takes one');
  });
});
