import * as v from 'valibot';
import { SourceServerIDSchema } from '../../../functions/domain/identifiers.ts';
import { runIDOf } from '../../support/a-run.ts';
import { accounted } from './accounted.ts';
import type { Scene } from '../scene.ts';
import { aNight, changeRun, changeServers, foundBy } from './doctored-night.ts';

const servers = [{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'launchFailed' as const }];
const night = aNight(servers, { options: { failurePolicy: { application: 'independent' } } });
const foundWith = (atEnd: (scene: Scene) => Promise<readonly string[]>) => foundBy(accounted, night, { atEnd });

it('finds nothing in a night that ends well for one server and badly for another', async () => {
  expect(await foundBy(accounted, night)).toEqual([]);
});

it('finds a source server too many and one too few', async () => {
  const tooMany = await foundWith(async ({ night: { ledger } }) => {
    const [record] = await ledger.readServers(runIDOf('night-1'));
    const sourceServerID = v.parse(SourceServerIDSchema, 's-00000000000000000');
    if (record !== undefined)
      await ledger.saveServers(runIDOf('night-1'), [{ ...record, sourceServerID, hostname: 'x' }]);
    return [];
  });
  const tooFew = await foundWith((scene) =>
    changeRun(scene, ({ input }) => ({
      input: { ...input, waveID: undefined, sourceServerIDs: [v.parse(SourceServerIDSchema, 's-00000000000000000')] },
    })),
  );

  expect(tooMany).toContain('run night-1 reports x, which its input does not name');
  expect(tooFew).toContain('run night-1 does not report s-00000000000000000');
  expect(tooFew).toContain('run night-1 reports web-1, which its input does not name');
});

it.each([
  [{ verdict: undefined }, 'web-2 of run night-1 has no verdict although the run has ended'],
  [{ reasons: [] }, 'web-2 of run night-1 is ROLLED_BACK without a reason'],
  [{ verdict: 'NEEDS_A_PERSON' as const, nextSteps: [] }, 'web-2 of run night-1 needs a person who is told nothing'],
  [{ verdict: 'NEEDS_A_PERSON' as const }, 'run night-1 is called PARTIAL with 1 verified, 1 needing a person'],
])('finds a server that is left as %j', async (change, found) => {
  expect(await foundWith((scene) => changeServers(scene, () => change, 'web-2'))).toContain(found);
});

it('finds an outcome and a summary that are not those of the verdicts', async () => {
  const found = await foundWith((scene) =>
    changeRun(scene, ({ end }) => ({
      end: end && { ...end, outcome: 'FINALIZED', summary: '2 source servers: 2 finalized' },
    })),
  );

  expect(found).toEqual([
    'run night-1 is called FINALIZED with 1 verified, 1 rolled back',
    'the summary of run night-1, "2 source servers: 2 finalized", does not say 1 verified, 1 rolled back',
  ]);
});

it('finds a verdict that the facts told behind it do not speak for', async () => {
  const unproven = await foundWith((scene) => changeServers(scene, () => ({ rollback: undefined }), 'web-2'));
  const unseen = await foundWith((scene) =>
    changeServers(scene, ({ cutover }) => ({ cutover: cutover && { ...cutover, bootedAt: undefined } }), 'web-1'),
  );

  expect(unproven).toContain('web-2 of run night-1 is ROLLED_BACK with no proof that it is back');
  expect(unseen).toContain(
    'web-1 of run night-1 is VERIFIED with NO to "the instance of this job has booted": no first boot was reported',
  );
});
