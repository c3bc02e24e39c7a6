import { aNight, asIfBefore, changeServers, foundBy, withLedger } from './doctored-night.ts';
import { wholeApplications } from './whole-applications.ts';

const servers = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const reasons = [{ code: 'MADE_UP', fact: 'somebody said so', source: 'test' }];

describe('an application', () => {
  const endingWith = (verdict: 'ROLLED_BACK' | 'NEEDS_A_PERSON', failurePolicy: object) =>
    foundBy(wholeApplications, aNight(servers, { options: { failurePolicy } }), {
      atEnd: (scene) => changeServers(scene, () => ({ verdict, reasons }), 'web-2'),
    });

  it('that is cut over or brought back as a whole is as it should be', async () => {
    expect(await foundBy(wholeApplications, aNight(servers))).toEqual([]);
    expect(
      await foundBy(wholeApplications, aNight([{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'launchFailed' }])),
    ).toEqual([]);
  });

  it('of which half is brought back is found, unless each server stands for itself', async () => {
    expect(await endingWith('ROLLED_BACK', { application: 'atomic' })).toEqual([
      expect.stringMatching(/^run night-1 leaves half of application app-\w+: web-1 VERIFIED, web-2 ROLLED_BACK$/),
    ]);
    expect(await endingWith('ROLLED_BACK', { application: 'independent', wave: 'atomic' })).toEqual([
      expect.stringContaining('leaves half of the all-or-nothing wave'),
    ]);
    expect(await endingWith('ROLLED_BACK', { application: 'independent' })).toEqual([]);
  });

  it('of which half needs a person is that person’s', async () => {
    expect(await endingWith('NEEDS_A_PERSON', { application: 'atomic' })).toEqual([]);
  });

  it('of which half is finalized is found when it is', async () => {
    const hasty = asIfBefore(wholeApplications, 'FinalizeCutover', (scene) =>
      withLedger(scene, {
        server: ({ hostname }) => (hostname === 'web-2' ? { verdict: undefined, phase: 'rolling back' } : {}),
      }),
    );
    const whole = aNight(servers, { options: { commit: 'auto' } });

    expect((await foundBy(hasty, whole)).join()).toMatch(
      /run night-1 finalizes half of application app-\w+: web-1 (VERIFIED|FINALIZED), web-2 rolling back/,
    );
    expect(await foundBy(wholeApplications, whole)).toEqual([]);
  });

  it('that a person splits by name is split', async () => {
    const split = aNight(servers, {
      acts: [
        {
          act: 'start',
          atSeconds: 5_000,
          machine: 'rollback',
          name: 'undo',
          input: { runID: 'night-1', sourceServerIDs: ['server:web-2'] },
        },
      ],
    });

    expect(await foundBy(wholeApplications, split)).toEqual([]);
  });
});

describe('a start', () => {
  const groups = { priorityGroups: [{ group: 1, tag: 'first=yes' }], failurePolicy: { stopAt: { servers: 1 } } };
  const inGroups = aNight([{ hostname: 'web-1', tags: { first: 'yes' } }, { hostname: 'web-2' }], { options: groups });

  it('in the order of the groups is as it should be', async () => {
    expect(await foundBy(wholeApplications, inGroups)).toEqual([]);
  });

  it('before the group ahead is verified is found', async () => {
    const hasty = asIfBefore(wholeApplications, 'StartCutover', (scene) =>
      withLedger(scene, { server: () => ({ verdict: undefined, phase: 'actions' }) }),
    );

    expect(await foundBy(hasty, inGroups)).toEqual([
      'web-2 are started by run night-1 before web-1 of priority group 1 is verified (actions)',
    ]);
  });

  it('after stopAt was reached is found', async () => {
    const reckless = asIfBefore(wholeApplications, 'StartCutover', (scene) =>
      withLedger(scene, {
        server: ({ hostname }) => (hostname === 'web-1' ? { launch: 'FAILED', verdict: undefined } : {}),
      }),
    );

    expect((await foundBy(reckless, inGroups)).join()).toContain('although 1 of 2 have failed ({"servers":1})');
  });
});
