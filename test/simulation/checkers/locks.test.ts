import { runIDOf } from '../../support/a-run.ts';
import { asIfBefore, aNight, foundBy } from './doctored-night.ts';
import { locks } from './locks.ts';

const servers = [{ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'unbootable' as const }];
const night = aNight(servers, { options: { failurePolicy: { application: 'independent' }, commit: 'auto' } });

/** As if at every call of that operation the lock were held by that run, or by nobody. */
const heldBy = (operation: string, runID: string | undefined) =>
  asIfBefore(locks, operation, ({ night: { ledger, ...rest } }) => ({
    night: {
      ...rest,
      ledger: {
        ...ledger,
        async readLocks(arns, now) {
          const held = await ledger.readLocks(arns, now);
          const others = [...held].map(([arn, lock]) => [arn, { ...lock, runID: runIDOf(runID ?? '-') }] as const);
          return new Map(runID === undefined ? [] : others);
        },
      },
    },
  }));

it('finds nothing in a night in which one server is finalized and one brought back', async () => {
  expect(await foundBy(locks, night)).toEqual([]);
});

it.each(['StartCutover', 'FinalizeCutover', 'ChangeServerLifeCycleState'])(
  'finds a %s that is sent without the lock, or under somebody else’s',
  async (operation) => {
    expect((await foundBy(heldBy(operation, undefined), night)).join()).toMatch(
      new RegExp(`${operation} of s-\\w+ is sent by run night-1 while nobody holds its lock`),
    );
    expect((await foundBy(heldBy(operation, 'rival'), night)).join()).toContain('while run rival holds its lock');
  },
);

it('finds a lock that is left when the run has ended, but not that of a server which needs a person', async () => {
  const lockAll = (needsPerson: boolean) =>
    foundBy(locks, night, {
      async atEnd({ night: { ledger, time } }) {
        const runID = runIDOf('night-1');
        const records = await ledger.readServers(runID);
        if (needsPerson)
          await ledger.saveServers(
            runID,
            records.map((record) => ({ ...record, verdict: 'NEEDS_A_PERSON' })),
          );
        const until = { now: time.now(), expiresAt: time.now() + 60_000 };
        await ledger.takeLocks(
          records.map(({ arn }) => arn),
          runID,
          until,
          'all',
        );
        return [];
      },
    });

  expect(await lockAll(false)).toEqual([
    expect.stringMatching(/^web-\d is \w+ and still locked by run night-1, which has ended$/),
    expect.stringMatching(/^web-\d is \w+ and still locked by run night-1, which has ended$/),
  ]);
  expect(await lockAll(true)).toEqual([]);
});
