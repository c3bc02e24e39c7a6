/** A ledger with items that this version did not write: the step that reads one says which, and does nothing on it. */
import './quiet-sdk.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { PutItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import type { LedgerItem, LedgerStore } from '../../../functions/domain/ports.ts';
import { createHandlers } from '../../../functions/handlers/index.ts';
import { createDynamoDbStore } from '../../../functions/ledger/dynamodb-store.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { createMemoryStore, createOverlayStore } from '../../../functions/ledger/memory-store.ts';
import { openSqliteStore } from '../../../functions/ledger/sqlite-store.ts';
import { createHandler as createWatcher } from '../../../functions/watch/watch-runs.ts';
import { inNight, type Night } from '../../support/a-run.ts';
import { startLedgerTable } from '../../support/ledger-table.ts';
import { eventfulNight, eventfulOptions } from '../../support/eventful-night.ts';
import { begin, callerOf, executionID } from '../../unit/handlers/direct.ts';
import { aContext, aReportingWorld, watchDepsOf } from '../../unit/watch/watch-builders.ts';
import { nested } from '../doors/hostile-values.ts';
import { mutated } from '../doors/mutations.ts';
import { tryCases } from '../doors/seeded-cases.ts';
import { membersOf } from './change-answers.ts';
import { faultsOf, rejectionOf } from './tidy-error.ts';

jest.setTimeout(60_000);

/** What an item may have become. */
const broken: readonly (readonly [string, (value: unknown) => unknown])[] = [
  ['null', () => null],
  ['a text', () => 'x'.repeat(100_000)],
  ['a list', () => [[]]],
  ['an empty object', () => ({})],
  ['lists in one another', () => nested(2_000)],
  [
    'one of a newer version',
    (value) => ({
      ...membersOf(value),
      phase: 'warming up',
      verdict: 'PROBABLY',
      state: 'NEW',
      plan: { decision: 'LATER' },
      runID: 'a b',
    }),
  ],
];

/** The store with that item in it as `change` has it. */
const withItem = (
  store: LedgerStore,
  partition: string,
  sort: string,
  change: (value: unknown) => unknown,
): LedgerStore => {
  const seen = (item: LedgerItem): LedgerItem =>
    item.partition === partition && item.sort === sort ? { ...item, value: change(item.value) } : item;
  return {
    read: async (...key) => {
      const item = await store.read(...key);
      return item && seen(item);
    },
    readAll: async (of) => (await store.readAll(of)).map(seen),
    write: (changes) => store.write(changes),
  };
};

const error = { Error: 'Lambda.Unknown', Cause: 'died' };
const steps: Readonly<Record<string, object>> = {
  ResolveWave: {},
  AssessReadiness: {},
  PollJobs: { shiftStartedAt: '2026-03-07T22:00:00Z' },
  TerminateTestInstances: {},
  StartCutover: {},
  CheckLaunch: {},
  CheckPostLaunchActions: {},
  SelectRollback: { input: { runID: 'night-1', executionID, scope: 'UNVERIFIED' } },
  AwaitRunningJobs: {},
  RunHooks: {},
  RevertLifeCycle: {},
  TerminateCutoverInstances: {},
  VerifyRollback: {},
  SelectCommit: { input: { runID: 'night-1' } },
  FinalizeCutover: {},
  OpenGate: { gate: 'COMMIT', taskToken: 'token' },
  AnswerGate: { input: { runID: 'night-1', approve: 'start' } },
  KeepCommitGate: {},
  RecordFailure: { error, gaveUp: 'START_CUTOVER' },
  RecordOutcome: {},
};

/** A night with a run whose first job is started, and all that the ledger holds of it. */
const midNight = async (spend: (night: Night, store: LedgerStore, items: readonly LedgerItem[]) => Promise<void>) => {
  const store = createMemoryStore();
  const wrapStore = () => store;
  await inNight(
    eventfulNight,
    async (night) => {
      await begin(callerOf(night), night, 'StartCutover', eventfulOptions);
      const place = (await night.read()).servers[0]?.arn.split(':').slice(3, 5).reverse().join('/') ?? '';
      const partitions = [
        'run#night-1',
        `quota#${place}`,
        `lock#${(await night.read()).servers[0]?.arn ?? ''}`,
        'open-runs',
      ];
      const items = await Promise.all(partitions.map((partition) => store.readAll(partition)));
      await spend(night, store, items.flat());
    },
    { wrapStore },
  );
};

/** What a step does on an overlay of a ledger, so that the next case finds all as it was. */
const perform = async (night: Night, store: LedgerStore, name: string) => {
  const deps = { ...night.deps, ledger: createLedger(createOverlayStore(store)) };
  const handler = createHandlers(deps)[name];
  const input = { waveID: night.account().waves[0]?.waveID, options: eventfulOptions };
  const event = { runID: 'night-1', executionID, input, ...steps[name] };
  return rejectionOf(handler?.(event, aContext()) ?? Promise.resolve());
};

describe.each(broken)('an item that is %s', (_what, change) => {
  it('is named by every step that reads it, and nothing is called', async () => {
    await midNight(async (night, store, items) => {
      expect(items.length).toBeGreaterThan(7);
      const calls = night.writes.length;
      for (const { partition, sort } of items) {
        const strange = withItem(store, partition, sort, change);
        for (const name of Object.keys(steps)) {
          const thrown = await perform(night, strange, name);
          if (thrown !== undefined) expect([name, sort, faultsOf(thrown)]).toEqual([name, sort, []]);
          if (sort === 'run')
            expect([name, thrown]).toEqual([name, expect.objectContaining({ name: 'LedgerUnreadableError' })]);
          if (thrown instanceof Error && thrown.name === 'LedgerUnreadableError') {
            expect(thrown.message).toContain(`${partition} ${sort}`);
            expect(night.writes).toHaveLength(calls);
          }
        }
      }
    });
  });

  it('has the watcher count its run as stalled, and say which it is', async () => {
    await midNight(async (night, store) => {
      const ledger = createLedger(withItem(store, 'run#night-1', 'run', change));
      const said = jest.spyOn(night.deps.logger, 'error').mockImplementation(() => undefined);
      const world = watchDepsOf(aReportingWorld());
      const watch = createWatcher({ ...world, ...night.deps, ledger });
      expect(await watch({ source: 'aws.events' }, aContext())).toMatchObject({ OpenRuns: 1, StalledRuns: 1 });
      expect(JSON.stringify(said.mock.calls)).toContain("LedgerUnreadableError: The ledger's run#night-1 run");
      said.mockRestore();
    });
  });

  it('of earlier runs’ times teaches nothing and keeps nothing from starting', async () => {
    const store = createMemoryStore();
    await store.write([{ partition: 'timings#a/b', sort: '1', expect: 'any', value: change({}) }]);
    expect(await createLedger(store).readTimings('a/b')).toEqual([]);
  });
});

it('is understood or named, however an item is mutated', async () => {
  await midNight(async (night, store, items) => {
    const names = ['PollJobs', 'CheckLaunch', 'AwaitRunningJobs', 'VerifyRollback', 'KeepCommitGate', 'RunHooks'];
    await tryCases(
      'ledger',
      400,
      (random, index) => ({ random, item: items[index % items.length], name: names[index % names.length] ?? '' }),
      async ({ random, item, name }) => {
        if (item === undefined) return;
        const strange = withItem(store, item.partition, item.sort, (value) => mutated(membersOf(value), random));
        const thrown = await perform(night, strange, name);
        if (thrown !== undefined) expect(faultsOf(thrown)).toEqual([]);
      },
    );
  });
});

describe('stored text that is no JSON', () => {
  it('is named by an SQLite file', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ledger-'));
    const file = path.join(folder, 'ledger.sqlite');
    const store = openSqliteStore(file);
    try {
      const other = new DatabaseSync(file);
      other.exec("INSERT INTO ledger VALUES ('run#night-1', 'run', 1, '{half')");
      other.close();
      const thrown = await rejectionOf(store.read('run#night-1', 'run'));
      expect(thrown).toMatchObject({
        name: 'LedgerUnreadableError',
        message: expect.stringContaining('run#night-1 run'),
      });
      expect(await rejectionOf(store.readAll('run#night-1'))).toMatchObject({ name: 'LedgerUnreadableError' });
    } finally {
      store.close();
      rmSync(folder, { recursive: true });
    }
    expect(await rejectionOf(store.read('run#night-1', 'run'))).toMatchObject({
      name: 'TransientServiceError',
      message: expect.stringContaining(file),
    });
  });

  it.each<readonly [string, Record<string, AttributeValue>]>([
    ['text that is no JSON', { version: { N: '1' }, value: { S: '{half' } }],
    ['no version', { value: { S: '{}' } }],
    ['a version that is no number of writes', { version: { N: '1.5' }, value: { S: '{}' } }],
    ['a value of another kind', { version: { N: '1' }, value: { L: [] } }],
  ])('is named by a table (%s)', async (_what, attributes) => {
    const table = await startLedgerTable();
    try {
      const client = table.newClient();
      const key = { partition: { S: 'run#night-1' }, sort: { S: 'run' } };
      await client.send(new PutItemCommand({ TableName: table.tableName, Item: { ...key, ...attributes } }));
      const store = createDynamoDbStore({ client, tableName: table.tableName });
      for (const read of [store.read('run#night-1', 'run'), store.readAll('run#night-1')]) {
        const thrown = await rejectionOf(read);
        expect(faultsOf(thrown)).toEqual([]);
        expect(thrown).toMatchObject({
          name: 'LedgerUnreadableError',
          message: expect.stringContaining('run#night-1 run'),
        });
      }
    } finally {
      await table.close();
    }
  });
});
