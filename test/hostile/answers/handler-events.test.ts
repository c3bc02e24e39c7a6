/** Every function fed with anything for an event: it refuses by name, in words, and calls nothing in MGN. */
import './quiet-sdk.ts';
import { createHandlers } from '../../../functions/handlers/index.ts';
import { createHandler as createWatcher } from '../../../functions/watch/watch-runs.ts';
import { lambdaFailure } from '../../../local/task-failure.ts';
import { inNight } from '../../support/a-run.ts';
import { eventfulNight } from '../../support/eventful-night.ts';
import { callerOf, executionID } from '../../unit/handlers/direct.ts';
import { aContext, aReportingWorld, anEvent, arnOf, watchDepsOf } from '../../unit/watch/watch-builders.ts';
import { hostileValue, nested } from '../doors/hostile-values.ts';
import { mutated } from '../doors/mutations.ts';
import { tryCases } from '../doors/seeded-cases.ts';
import { faultsOf, rejectionOf } from './tidy-error.ts';

jest.setTimeout(60_000);

const waveID = 'wave-0a1b2c3d4e5f60001';
const run = { runID: 'nobody-1', executionID };
const migration = { migrationID: 'move', executionID };
const window = { opensAt: '2026-03-07T22:00', closesAt: '2026-03-08T06:00', zone: 'Europe/Berlin' };
const hook = { name: 'stop', when: 'beforeStart', lambda: 'arn:aws:lambda:us-east-1:111122223333:function:hook' };
const options = {
  batchServersMax: 2,
  commit: 'approve',
  deadlines: { launchSeconds: 600 },
  failurePolicy: { application: 'independent', stopAt: { percent: 10 } },
  priorityGroups: [{ group: 1, sourceServerIDs: ['s-00000000000000001'] }],
  hooks: [{ ...hook, parameters: { servers: '{sourceServerIDs}', list: ['a', 'b'] } }],
};
const wave = { waveID, window, options };

/** An event of every step that fits, but for the run, which there is not. */
const events: Readonly<Record<string, Record<string, unknown>>> = {
  ResolveWave: { ...run, input: wave },
  AssessReadiness: run,
  PollJobs: { ...run, shiftStartedAt: '2026-03-07T22:00:00Z', looks: 3, checkedAt: 1_000 },
  TerminateTestInstances: run,
  StartCutover: run,
  CheckLaunch: run,
  CheckPostLaunchActions: run,
  SelectRollback: { executionID, input: { runID: 'nobody-1', sourceServerIDs: ['s-00000000000000001'] } },
  AwaitRunningJobs: run,
  RunHooks: { ...run, isRollback: true },
  RevertLifeCycle: run,
  TerminateCutoverInstances: run,
  VerifyRollback: run,
  SelectCommit: { executionID, input: { runID: 'nobody-1', sourceServerIDs: ['s-00000000000000001'] } },
  FinalizeCutover: run,
  OpenGate: { ...run, gate: 'START', taskToken: 'token' },
  AnswerGate: { executionID, input: { runID: 'nobody-1', approve: 'start' } },
  KeepCommitGate: run,
  RecordFailure: { ...run, gaveUp: 'START_CUTOVER', error: { Error: 'Lambda.Unknown', Cause: '{"errorMessage":"x"}' } },
  RecordOutcome: { ...run, isMgnUnreadable: true, isWave: true },
  PlanMigration: {
    ...migration,
    input: { waves: [{ name: 'a', input: wave }], defaults: { options }, wavesAtOnceMax: 2 },
  },
  TakeWave: { ...migration, slot: 1, waits: 0, returned: { runID: 'move-a', failure: { Error: 'x', Cause: 'y' } } },
  RecordMigration: migration,
};

const megabyte = 'x'.repeat(1_048_576);
const whole: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['a text', 'event'],
  ['a number', 1e308],
  ['a list', [[]]],
  ['a megabyte', megabyte],
  ['lists in one another', nested(5_000)],
  ['members that objects inherit', JSON.parse('{"__proto__":{"runID":"x"},"constructor":1,"toString":null}')],
  ['a megabyte for every ID', { runID: megabyte, executionID: megabyte, migrationID: megabyte, input: megabyte }],
  ['lists for every ID', { runID: ['night-1'], executionID: ['x'], migrationID: ['x'], input: [], slot: [1] }],
  [
    'ten thousand members',
    Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`m${String(index)}`, index])),
  ],
  [
    'ten thousand wrong waves',
    { ...migration, ...run, input: { waves: Array(10_000).fill(7), sourceServerIDs: Array(10_000).fill('\u001b[2J') } },
  ],
];

describe('the steps', () => {
  it('are all here', async () => {
    await inNight(eventfulNight, (night) => {
      expect(Object.keys(events).sort()).toEqual(Object.keys(createHandlers(night.deps)).sort());
      return Promise.resolve();
    });
  });

  it.each(Object.keys(events))('%s refuses what is no event', async (name) => {
    await inNight(eventfulNight, async (night) => {
      const perform = createHandlers(night.deps)[name];
      for (const [what, event] of whole) {
        const error = await rejectionOf(perform?.(event, aContext()) ?? Promise.resolve());
        expect([what, faultsOf(error)]).toEqual([what, []]);
        expect(lambdaFailure(error).message.length).toBeLessThan(32_768);
      }
      expect(night.writes).toEqual([]);
    });
  });

  it.each(Object.entries(events))('%s refuses by name what is nearly one', async (name, event) => {
    await inNight(eventfulNight, async (night) => {
      const perform = createHandlers(night.deps)[name];
      await tryCases(
        name,
        120,
        (random) => (random() < 0.1 ? { ...event, input: hostileValue(random) } : mutated(event, random)),
        async (input) => {
          const error = await rejectionOf(perform?.(input, aContext()) ?? Promise.resolve());
          if (error !== undefined) expect(faultsOf(error)).toEqual([]);
        },
      );
      expect(night.writes).toEqual([]);
    });
  });

  it('say of a hook’s wrong parameter where it is, and never what it is', async () => {
    await inNight(eventfulNight, async (night) => {
      const secret = {
        ...hook,
        parameters: { password: 7_654_321, list: ['x', 8_765_432], long: 'hush'.repeat(2_000) },
      };
      const error = await rejectionOf(
        callerOf(night)('ResolveWave', { input: { waveID, options: { hooks: [secret] } } }),
      );
      expect(error).toMatchObject({ message: expect.stringMatching(/hooks\.0\.parameters\.password: /) });
      expect(String(error)).not.toMatch(/7654321|8765432|hush/);
    });
  });
});

const watchNames = ['ReportIncompleteError'];
const mgnEvent = {
  source: 'aws.mgn',
  'detail-type': 'MGN Source Server Launch Result',
  resources: ['arn:aws:mgn:us-east-1:123456789012:source-server/s-00000000000000001'],
  detail: { state: 'CUTOVER_LAUNCH_FAILED', 'job-id': 'mgnjob-00000000000000001' },
};

describe('the watchers', () => {
  it.each(whole)('refuse %s, or have nothing to say of it', async (_what, event) => {
    const world = aReportingWorld();
    expect(faultsOf(await rejectionOf(world.report(event ?? null)), watchNames)).toEqual([]);
    const error = await rejectionOf(createWatcher(watchDepsOf(world))(event, aContext()));
    if (error !== undefined) expect(faultsOf(error)).toEqual([]);
    expect(world.notices).toEqual([]);
  });

  it.each(['wave-cutover', 'rollback', 'migration-run'])('take the end of a %s that is nearly one', async (machine) => {
    const world = aReportingWorld();
    await tryCases(
      machine,
      200,
      (random) => mutated(anEvent({ error: 'Error', cause: '{"errorMessage":"x"}' }, machine), random),
      async (event) => {
        const error = await rejectionOf(world.report(event));
        if (error !== undefined) expect(faultsOf(error, watchNames)).toEqual([]);
      },
    );
    for (const { subject, text } of world.notices) {
      expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/);
      expect(text.length).toBeLessThan(20_000);
    }
  });

  it.each([0, -1, 1e308, 0.5, 8.64e15 + 1])('do not stumble over an end at %d', async (stopDate) => {
    const world = aReportingWorld();
    const event = anEvent({ stopDate, name: 'night-1', executionArn: arnOf('wave-cutover', 'night-1') });
    const error = await rejectionOf(world.report(event));
    if (error !== undefined) expect(faultsOf(error, watchNames)).toEqual([]);
  });

  it('take an event of MGN that is nearly one', async () => {
    const watch = createWatcher(watchDepsOf(aReportingWorld()));
    await tryCases(
      'aws.mgn',
      200,
      (random) => mutated(mgnEvent, random),
      async (event) => {
        const error = await rejectionOf(watch(event, aContext()));
        if (error !== undefined) expect(faultsOf(error)).toEqual([]);
      },
    );
  });
});
