import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import { startMs } from '../../support/a-run.ts';
import { asIfBefore, aNight, changeRun, changeServers, foundBy, withLedger } from './doctored-night.ts';
import { windows } from './window.ts';

const servers = [{ hostname: 'web-1' }];
const at = (minutes: number) => new Date(startMs + minutes * 60_000).toISOString();
const expected = { launchSeconds: 900, actionsSeconds: 60, rollbackSeconds: 300 };
const windowed = aNight(servers, { window: { opensAt: at(-60), closesAt: at(120) }, options: { expected } });

it('finds nothing in nights that keep to their times', async () => {
  const approval = { act: 'start' as const, atSeconds: 600, machine: 'commit' as const, name: 'yes' };
  const input = { runID: 'night-1', approve: 'start' };

  expect(await foundBy(windows, windowed)).toEqual([]);
  expect(await foundBy(windows, aNight(servers, { options: { commit: 'auto' } }))).toEqual([]);
  expect(
    await foundBy(windows, aNight(servers, { options: { start: 'approve' }, acts: [{ ...approval, input }] })),
  ).toEqual([]);
});

it.each([
  [{ opensAt: at(60), closesAt: at(120) }, 'before the window opens'],
  [{ opensAt: at(-60), closesAt: at(-30) }, 'after the window has closed'],
  [{ opensAt: at(-60), closesAt: at(15) }, 'after its last safe start'],
  [{ opensAt: at(-60), closesAt: at(120), rollbackBy: at(-30) }, 'after rollbackBy'],
])('finds a start in a window of %j', async (window, why) => {
  const elsewhere = asIfBefore(windows, 'StartCutover', (scene) =>
    withLedger(scene, {
      run: ({ input, plan }) => ({
        input: { ...input, window },
        plan: plan && { ...plan, lastSafeStartAt: startMs - 3_600_000 },
      }),
    }),
  );

  expect(await foundBy(elsewhere, windowed)).toContain(`StartCutover of web-1 by run night-1 is sent ${why}`);
});

it('finds a call before an approval, and a commit that nobody asked for', async () => {
  const unapproved = asIfBefore(windows, 'StartCutover', (scene) =>
    withLedger(scene, {
      run: ({ input }) => ({ input: { ...input, options: { ...input.options, start: 'approve' } } }),
    }),
  );
  const unasked = asIfBefore(windows, 'FinalizeCutover', (scene) =>
    withLedger(scene, {
      run: ({ input }) => ({ input: { ...input, options: { ...input.options, commit: 'approve' } } }),
    }),
  );
  const undone = asIfBefore(windows, 'FinalizeCutover', (scene) =>
    withLedger(scene, { server: () => ({ verdict: 'ROLLED_BACK' }) }),
  );
  const committing = aNight(servers, { options: { commit: 'auto' } });

  expect(await foundBy(unapproved, windowed)).toEqual([
    'StartCutover of web-1 by run night-1 is sent before anybody approved',
  ]);
  expect(await foundBy(unasked, committing)).toEqual([
    'FinalizeCutover of web-1 by run night-1 is sent although nobody asked for it',
  ]);
  expect(await foundBy(undone, committing)).toEqual([
    'FinalizeCutover of web-1 by run night-1 is sent although it is ROLLED_BACK',
  ]);
});

it('finds a server that is left in a phase beyond its deadline, unless others held it there', async () => {
  const old = ({ cutover }: ServerRecord): Partial<ServerRecord> =>
    cutover === undefined ? {} : { phase: 'launch', cutover: { ...cutover, startedAt: startMs - 6 * 3_600_000 } };
  const doctor = {
    afterStep: ({ handler }: { handler: string }, scene: Parameters<typeof changeServers>[0]) =>
      handler === 'PollJobs' ? changeServers(scene, old) : [],
  };
  const held = { foreignActivity: [{ act: 'hold' as const, fromSeconds: 60, toSeconds: 90, servers: ['web-1'] }] };

  expect(await foundBy(windows, aNight(servers), doctor)).toContain(
    'web-1 of run night-1 is in "launch" for more than its 7200 seconds',
  );
  expect(await foundBy(windows, aNight(servers, { scenario: held }), doctor)).toEqual([]);
});

it('finds what rollbackBy found unverified and nobody brought back', async () => {
  const found = await foundBy(windows, windowed, {
    atEnd: (scene) =>
      changeRun(scene, ({ input }) => ({
        input: { ...input, window: { opensAt: at(-120), closesAt: at(120), rollbackBy: at(-100) } },
      })),
  });

  expect(found).toEqual(['web-1 of run night-1 was not verified by rollbackBy and is not brought back']);
});
