/** The step that runs hooks, look by look, with a runner whose answers are scripted. */
import type { HookInput } from '../../../functions/domain/hook-options.ts';
import type { HookPayload } from '../../../functions/domain/hook-payload.ts';
import type { HookVerdict } from '../../../functions/domain/hook-record.ts';
import type { SourceServerSelection } from '../../../functions/domain/ports.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import { createHandler } from '../../../functions/handlers/run-hooks.ts';
import type { BegunTry, HookRunner } from '../../../functions/hooks/hook-runner.ts';
import type { StoredHook } from '../../../functions/ledger/hooks.ts';
import type { HookDeps } from '../../../functions/hooks/hook-runner.ts';
import { LambdaContext } from '../../../local/lambda-context.ts';
import { aWave, inNight, type Night } from '../../support/a-run.ts';
import {
  aRunRecord,
  aServerRecord,
  aSourceServer,
  applicationID,
  cutoverInstanceID,
  sourceServerID,
  waveID,
} from '../../support/domain-builders.ts';

const shop = applicationID(1);
const queued = { cutover: undefined, batchID: undefined, phase: 'ready', phaseAt: 0 } as const;
const verified = { launch: 'PASSED', verdict: 'VERIFIED', phase: 'verified' } as const;
const rolledBack = { launch: 'FAILED', verdict: 'ROLLED_BACK', phase: 'rolled back' } as const;
const aRecord = (number: number, fields: Partial<ServerRecord>) =>
  aServerRecord({
    sourceServerID: sourceServerID(number),
    applicationID: shop,
    priorityGroup: 5,
    mayFail: false,
    ...fields,
  });

const aHook = (fields: object = {}) => ({ name: 'fence', when: 'beforeStart', automation: 'Fence', ...fields });
const good: HookVerdict = { succeeded: true, output: 'all well' };
const bad: HookVerdict = { succeeded: false, output: 'oh dear', reason: 'exit code 1' };
const lost = new Error('could not be reached');

/** What the runner was asked, and what it answers next: an error is thrown, and without a script a try just runs. */
class ScriptedRunner implements HookRunner {
  readonly started: { hook: HookInput; payload: HookPayload }[] = [];
  readonly stopped: string[] = [];
  starts: (BegunTry | Error)[] = [];
  looks: (HookVerdict | Error | undefined)[] = [];

  start(hook: HookInput, payload: HookPayload): Promise<BegunTry> {
    this.started.push({ hook, payload });
    const answer = this.starts.shift() ?? { externalID: `execution-${String(this.started.length)}` };
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }

  look(): Promise<HookVerdict | undefined> {
    const answer = this.looks.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  }

  stop(externalID: string): Promise<void> {
    this.stopped.push(externalID);
    return Promise.reject(new Error('is gone already'));
  }
}

interface Bench {
  readonly night: Night;
  readonly runner: ScriptedRunner;
  /** What MGN says of the source servers. */
  facts: Map<string, Partial<SourceServer>>;
  isMgnDown: boolean;
  readonly look: (isRollback?: boolean) => Promise<unknown>;
  readonly hooks: () => Promise<StoredHook[]>;
  readonly hook: () => Promise<StoredHook>;
  readonly servers: () => Promise<ServerRecord[]>;
  readonly set: (records: readonly ServerRecord[]) => Promise<void>;
}

/** A run with these hooks and source servers, held by `execution-1`. */
async function atBench(hooks: object[], records: readonly ServerRecord[], work: (bench: Bench) => Promise<void>) {
  await inNight(aWave([{ hostname: 'unused' }]), async (night) => {
    const runner = new ScriptedRunner();
    const input = parseRunInput({ waveID: waveID(1), options: { hooks } });
    const holder = { executionID: 'execution-1', heldUntil: night.time.now() + 900_000 };
    const run = aRunRecord({ input, holder, createdAt: night.time.now() });
    await night.ledger.createRun(run);
    await night.ledger.saveServers(run.runID, records);
    const bench: Bench = {
      night,
      runner,
      facts: new Map(),
      isMgnDown: false,
      look: (isRollback) => {
        const event = { runID: 'night-1', executionID: 'execution-1', ...(isRollback === true && { isRollback }) };
        return createHandler(deps)(event, context(night));
      },
      hooks: () => night.ledger.readHooks(run.runID),
      hook: async () => {
        const [hook] = await night.ledger.readHooks(run.runID);
        if (hook === undefined) throw new Error('no hook was begun');
        return hook;
      },
      servers: () => night.ledger.readServers(run.runID),
      set: (changed) => night.ledger.saveServers(run.runID, changed),
    };
    const describeSourceServers = (selection: SourceServerSelection) => {
      if (bench.isMgnDown) return Promise.reject(new Error('MGN is down'));
      const ids = 'sourceServerIDs' in selection ? selection.sourceServerIDs : [];
      return Promise.resolve(ids.map((id) => aSourceServer({ sourceServerID: id, ...bench.facts.get(id) })));
    };
    const deps: HookDeps = {
      ...night.deps,
      hookRunner: runner,
      mgn: (target) => ({ ...night.deps.mgn(target), describeSourceServers }),
    };
    await work(bench);
  });
}

const context = (night: Night) =>
  new LambdaContext({
    functionName: 'RunHooks',
    functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:RunHooks',
    key: 'RunHooks',
    deadlineMs: night.time.now() + 290_000,
  });

it('has nothing to do in a run without hooks', async () => {
  await atBench([], [aRecord(1, queued)], async ({ look, runner }) => {
    expect(await look()).toEqual({ state: 'DONE', delaySeconds: 0 });
    expect(runner.started).toEqual([]);
  });
});

it('begins a hook once, looks at it, and takes its verdict down', async () => {
  await atBench([aHook()], [aRecord(1, queued)], async ({ look, runner, hook, night, servers }) => {
    expect(await look()).toEqual({ state: 'RUNNING', delaySeconds: 5 });
    expect(await hook()).toMatchObject({
      state: 'RUNNING',
      tries: 1,
      externalID: 'execution-1',
      startedAt: night.time.now(),
    });
    await night.time.sleep(90_000);
    expect(await look()).toEqual({ state: 'RUNNING', delaySeconds: 15 });
    runner.looks = [good];
    expect(await look()).toEqual({ state: 'DONE', delaySeconds: 0 });
    expect(await hook()).toMatchObject({ state: 'SUCCEEDED', output: 'all well', endedAt: night.time.now() });
    expect(runner.started).toHaveLength(1);
    expect((await servers())[0]?.verdict).toBeUndefined();
  });
});

it('tells the hook what it is for', async () => {
  const hooks = [
    aHook({ when: 'afterVerified', eachApplication: true, parameters: { Instances: '{ec2InstanceIDs}' } }),
  ];
  await atBench(
    hooks,
    [aRecord(1, verified), aRecord(2, { ...verified, mayFail: true, ...rolledBack })],
    async ({ look, runner }) => {
      await look();
      expect(runner.started[0]?.payload).toMatchObject({
        runID: 'night-1',
        hook: 'fence',
        scope: { applicationID: shop },
        sourceServers: [{ sourceServerID: sourceServerID(1), ec2InstanceID: cutoverInstanceID }],
        parameters: { Instances: [cutoverInstanceID] },
      });
      expect(runner.started[0]?.payload.token).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    },
  );
});

it('writes a try down before it begins it, and repeats a lost one with the same token', async () => {
  await atBench([aHook()], [aRecord(1, queued)], async ({ look, runner, hook }) => {
    runner.starts = [lost];
    expect(await look()).toEqual({ state: 'RUNNING', delaySeconds: 5 });
    expect(await hook()).toMatchObject({ state: 'RUNNING', tries: 1 });
    expect((await hook()).externalID).toBeUndefined();
    await look();
    expect(await hook()).toMatchObject({ state: 'RUNNING', tries: 1, externalID: 'execution-2' });
    const [first, second] = runner.started.map(({ payload }) => payload.token);
    expect(first).toBe(second);
  });
});

it('tries again after a failure, with another token, as often as it may', async () => {
  await atBench([aHook({ retries: 1 })], [aRecord(1, queued)], async ({ look, runner, hook, servers }) => {
    runner.starts = [{ ended: bad }, { ended: bad }];
    expect(await look()).toEqual({ state: 'RUNNING', delaySeconds: 1 });
    expect((await servers())[0]?.verdict).toBeUndefined();
    expect(await look()).toEqual({ state: 'DONE', delaySeconds: 0 });
    expect(await hook()).toMatchObject({ state: 'FAILED', tries: 2, reason: 'exit code 1', output: 'oh dear' });
    expect((await servers())[0]).toMatchObject({ verdict: 'NOT_STARTED', reasons: [{ code: 'HOOK_FAILED' }] });
    const [first, second] = runner.started.map(({ payload }) => payload.token);
    expect(first).not.toBe(second);
  });
});

it('has a try stopped that has had its time, and counts it as failed', async () => {
  await atBench([aHook({ timeoutSeconds: 60 })], [aRecord(1, queued)], async ({ look, runner, hook, night }) => {
    await look();
    await night.time.sleep(59_000);
    runner.looks = [lost];
    await look();
    expect(await hook()).toMatchObject({ state: 'RUNNING' });
    await night.time.sleep(1_000);
    runner.looks = [lost];
    await look();
    expect(runner.stopped).toEqual(['execution-1']);
    expect(await hook()).toMatchObject({ state: 'FAILED', reason: 'it did not end within 60 s; could not be reached' });
  });
});

it('gives a try up that could not be begun in its time', async () => {
  await atBench([aHook({ timeoutSeconds: 60 })], [aRecord(1, queued)], async ({ look, runner, hook, night }) => {
    runner.starts = [lost, lost];
    await look();
    await night.time.sleep(60_000);
    await look();
    expect(await hook()).toMatchObject({ state: 'FAILED', reason: 'it did not end within 60 s; could not be reached' });
  });
});

it('does not begin a later hook once an earlier one has left out what it was for', async () => {
  await atBench([aHook(), aHook({ name: 'second' })], [aRecord(1, queued)], async ({ look, runner }) => {
    await look();
    runner.looks = [bad];
    expect(await look()).toEqual({ state: 'DONE', delaySeconds: 0 });
    expect(runner.started.map(({ hook }) => hook.name)).toEqual(['fence']);
  });
});

it('begins at most 25 tries at once, and says that there are more', async () => {
  const records = Array.from({ length: 30 }, (_, index) =>
    aRecord(index + 1, { ...queued, applicationID: applicationID(index + 1) }),
  );
  await atBench([aHook({ eachApplication: true })], records, async ({ look, runner, hooks }) => {
    expect(await look()).toEqual({ state: 'RUNNING', delaySeconds: 1 });
    expect(runner.started).toHaveLength(25);
    await look();
    expect(await hooks()).toHaveLength(30);
    expect(runner.started).toHaveLength(30);
  });
});

describe('the gate on the replication lag', () => {
  const gated = [aHook({ lagZeroWithinSeconds: 300 })];

  it('opens when every source server of the scope has caught up', async () => {
    await atBench(gated, [aRecord(1, queued), aRecord(2, queued), aRecord(3, verified)], async (bench) => {
      const { look, runner, hook, night, facts } = bench;
      runner.starts = [{ ended: good }];
      facts.set(sourceServerID(2), { lagMs: 12_000 }).set(sourceServerID(3), { lagMs: 99_000 });
      expect(await look()).toEqual({ state: 'RUNNING', delaySeconds: 5 });
      await night.time.sleep(120_000);
      await look();
      expect(await hook()).toMatchObject({
        state: 'WAITING_FOR_LAG',
        reason: `web-1 (${sourceServerID(2)}) lags 12 s`,
      });
      facts.set(sourceServerID(2), { lagMs: 0, dataReplicationState: 'BACKLOG' });
      await look();
      expect(await hook()).toMatchObject({ reason: `web-1 (${sourceServerID(2)}) is BACKLOG` });
      facts.clear();
      expect(await look()).toEqual({ state: 'DONE', delaySeconds: 0 });
      expect(await hook()).toMatchObject({ state: 'SUCCEEDED' });
    });
  });

  it('fails the hook when they have not in time, without running it again', async () => {
    await atBench([aHook({ lagZeroWithinSeconds: 300, retries: 3 })], [aRecord(1, queued)], async (bench) => {
      const { look, runner, hook, night, servers } = bench;
      runner.starts = [{ ended: good }];
      await look();
      await night.time.sleep(300_000);
      bench.isMgnDown = true;
      await look();
      expect(await hook()).toMatchObject({ state: 'FAILED', tries: 1 });
      expect((await servers())[0]).toMatchObject({ verdict: 'NOT_STARTED' });
    });
  });
});

describe('a hook that nobody needs any more', () => {
  const gone = aRecord(1, { ...queued, launch: 'NOT_STARTED', verdict: 'NOT_STARTED' });

  it('is not tried again, and begins no afterRollback hook before it has ended', async () => {
    const hooks = [aHook({ retries: 5 }), aHook({ name: 'unfence', when: 'afterRollback' })];
    await atBench(hooks, [aRecord(1, queued)], async ({ look, runner, hook, set }) => {
      await look();
      await set([gone]);
      await look();
      expect(runner.started).toHaveLength(1);
      runner.looks = [bad];
      await look();
      await look();
      expect(await hook()).toMatchObject({ state: 'FAILED', tries: 1 });
      expect(runner.started.map(({ hook: { name } }) => name)).toEqual(['fence', 'unfence']);
    });
  });

  it('is not begun again where its answer was lost', async () => {
    await atBench([aHook()], [aRecord(1, queued)], async ({ look, runner, hook, set }) => {
      runner.starts = [lost];
      await look();
      await set([gone]);
      expect(await look()).toEqual({ state: 'DONE', delaySeconds: 0 });
      expect(await hook()).toMatchObject({ state: 'FAILED', reason: 'its answer was lost, and nothing waits for it' });
      expect(runner.started).toHaveLength(1);
    });
  });

  it('waits for no lag', async () => {
    await atBench([aHook({ lagZeroWithinSeconds: 300 })], [aRecord(1, queued)], async ({ look, runner, hook, set }) => {
      runner.starts = [{ ended: good }];
      await look();
      await set([gone]);
      await look();
      expect(await hook()).toMatchObject({ state: 'SUCCEEDED' });
    });
  });
});

describe('in a rollback', () => {
  const hooks = [
    aHook(),
    aHook({ name: 'smoke', when: 'afterVerified', eachApplication: true }),
    aHook({ name: 'unfence', when: 'afterRollback', applicationIDs: [shop] }),
  ];
  const others = [
    aRecord(2, { ...queued, applicationID: applicationID(2) }),
    aRecord(3, { ...verified, applicationID: applicationID(3) }),
  ];

  it('begins afterRollback hooks only', async () => {
    await atBench(hooks, [aRecord(1, rolledBack), ...others], async ({ look, runner }) => {
      await look(true);
      expect(runner.started.map(({ hook }) => hook.name)).toEqual(['unfence']);
    });
  });

  it('leaves to a person what came back without its application, and tries again when it is brought back again', async () => {
    await atBench(hooks, [aRecord(1, rolledBack), ...others], async ({ look, runner, servers, set, night, hook }) => {
      runner.starts = [{ ended: bad }, { ended: good }];
      expect(await look(true)).toEqual({ state: 'DONE', delaySeconds: 0 });
      const [left] = await servers();
      expect(left).toMatchObject({ verdict: 'NEEDS_A_PERSON', phase: 'needs a person' });
      await night.time.sleep(600_000);
      await set([aRecord(1, { ...rolledBack, rollback: { requestedAt: night.time.now(), problems: [] } })]);
      expect(await look(true)).toEqual({ state: 'DONE', delaySeconds: 0 });
      expect(await hook()).toMatchObject({ name: 'unfence', state: 'SUCCEEDED', tries: 2 });
      expect((await servers())[0]?.verdict).toBe('ROLLED_BACK');
    });
  });
});

it('is refused to an execution that does not hold the run, before anything is begun', async () => {
  await atBench([aHook()], [aRecord(1, queued)], async ({ night, look, runner }) => {
    await night.time.sleep(1);
    const stored = await night.ledger.readRun(aRunRecord().runID);
    if (stored === undefined) throw new Error('no run');
    const holder = { executionID: 'execution-2', heldUntil: night.time.now() + 900_000 };
    await night.ledger.saveRun({ ...stored.value, holder }, stored.version);
    await expect(look()).rejects.toMatchObject({ name: 'RunHeldError' });
    expect(runner.started).toEqual([]);
  });
});

it('loses to another invocation that works on the same hook', async () => {
  await atBench([aHook()], [aRecord(1, queued)], async ({ look, runner, hooks }) => {
    const results = await Promise.allSettled([look(), look()]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(runner.started).toHaveLength(1);
    expect(await hooks()).toHaveLength(1);
  });
});
