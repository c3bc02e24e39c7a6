import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { parseRunName } from '../../cli/run-name.ts';
import { parseRunInput } from '../../functions/domain/run-input.ts';
import { createLedger } from '../../functions/ledger/ledger.ts';
import { createMemoryStore } from '../../functions/ledger/memory-store.ts';
import { hasOpenRollback } from '../../cli/follow-up.ts';
import { claimRunForProcess, renewRunClaim } from '../../local/process-guard.ts';
import { commandLine, folder, lastingWorld, oneWave, waveID } from './command-line.ts';

const runID = parseRunName('RUN', 'night-1');
const now = Date.parse('2026-01-10T22:00:00Z');
const key = { partition: `process#${runID}`, sort: 'guard' };

const guardOf = async (guard: object) => {
  const store = createMemoryStore();
  await store.write([{ ...key, expect: 'absent', value: { host: hostname(), claimedAt: now, ...guard } }]);
  return store;
};

const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

describe('claimRunForProcess', () => {
  it('refuses a run that a process which is alive has claimed', async () => {
    const store = createMemoryStore();
    await claimRunForProcess(store, runID, now);
    await expect(claimRunForProcess(store, runID, now)).rejects.toThrow(`process ${process.pid}`);
  });

  it('gives it to the next one once it is released', async () => {
    const store = createMemoryStore();
    await (await claimRunForProcess(store, runID, now)).release();
    await expect(claimRunForProcess(store, runID, now)).resolves.toBeDefined();
  });

  it('leaves it to the one that took it over when the earlier claim is released late', async () => {
    const store = await guardOf({ pid: deadPid() });
    const claim = await claimRunForProcess(store, runID, now);
    const value = { pid: 1, host: 'another-host', claimedAt: now };
    await store.write([{ ...key, expect: 'any', value }]);
    await claim.release();

    expect(await store.read(key.partition, key.sort)).toMatchObject({ value });
  });

  it('takes it from a process that is gone', async () => {
    const store = await guardOf({ pid: deadPid() });
    await expect(claimRunForProcess(store, runID, now)).resolves.toBeDefined();
  });

  it('takes it from an earlier process whose ID another one has now', async () => {
    const store = await guardOf({ pid: process.pid, processStart: 'an earlier boot/1' });
    await expect(claimRunForProcess(store, runID, now)).resolves.toBeDefined();
  });

  it('believes a process of another host for as long as a hold may last, and no longer', async () => {
    const store = await guardOf({ pid: 1, host: 'another-host' });
    await expect(claimRunForProcess(store, runID, now + 60_000)).rejects.toThrow('on another-host');
    await expect(claimRunForProcess(store, runID, now + 16 * 60_000)).resolves.toBeDefined();
  });
});

describe('renewRunClaim', () => {
  const elsewhere = { pid: 7, host: 'another-host', claimedAt: now };

  it('lets another host believe in the claim for longer, and leaves it to be released', async () => {
    const store = createMemoryStore();
    const claim = await claimRunForProcess(store, runID, now);
    await renewRunClaim(store, runID, now + 60_000);
    expect(await store.read(key.partition, key.sort)).toMatchObject({ value: { claimedAt: now + 60_000 } });
    await claim.release();
    expect(await store.read(key.partition, key.sort)).toBeUndefined();
  });

  it('refuses a run that another process has taken over, and leaves it to that one', async () => {
    const store = await guardOf(elsewhere);
    await expect(renewRunClaim(store, runID, now)).rejects.toThrow('taken over by process 7 on another-host');
    expect(await store.read(key.partition, key.sort)).toMatchObject({ value: elsewhere });
  });

  it('refuses a run that a later process with the same ID has, and one that was given back since', async () => {
    const later = await guardOf({ pid: process.pid, processStart: 'a later boot/1' });
    await expect(renewRunClaim(later, runID, now)).rejects.toThrow('taken over');
    await expect(renewRunClaim(createMemoryStore(), runID, now)).rejects.toThrow('meanwhile');
  });
});

describe('a hold that is left in the ledger', () => {
  const heldBy = async (account: string) => {
    const store = createMemoryStore();
    const ledger = createLedger(store);
    const executionID = `arn:aws:states:eu-west-1:${account}:execution:wave-cutover:night-1`;
    const run = { runID, input: parseRunInput({ waveID }), nonce: 'n', createdAt: now };
    await ledger.createRun({ ...run, holder: { executionID, heldUntil: now + 600_000 } });
    await claimRunForProcess(store, runID, now);
    return (await ledger.readRun(runID))?.value.holder?.executionID;
  };

  it('is freed when an execution of this machine’s engine left it', async () => {
    expect(await heldBy('000000000000')).toBeUndefined();
  });

  it('is left to an execution of Step Functions, which a process here says nothing about', async () => {
    expect(await heldBy('123456789012')).toBe('arn:aws:states:eu-west-1:123456789012:execution:wave-cutover:night-1');
  });
});

describe('a second command for the same run', () => {
  const files = folder();
  const input = files.file('wave.json', { waveID });

  it('is refused while the first one works, and harms nothing', async () => {
    const { worlds, store, changes } = lastingWorld(oneWave({ hostname: 'web-1' }));
    await claimRunForProcess(store, runID, now);
    for (const argv of [
      ['run', input, '--region', 'us-east-1', '--name', runID],
      ['run', input, '--region', 'us-east-1', '--name', runID, '--json'],
    ]) {
      const { exitCode, err } = await commandLine(argv, { worlds });
      expect(err).toContain(`Run ${runID} is being worked on by process ${process.pid}`);
      expect(exitCode).toBe(2);
    }
    expect(changes()).toEqual([]);
  });
});

describe('a person who thinks about the answer for too long', () => {
  const files = folder();
  const input = files.file('wave.json', { waveID });
  const elsewhere = { pid: 7, host: 'laptop-b', claimedAt: now };
  const run = ['run', input, '--region', 'us-east-1', '--name', runID];

  it.each([
    ['run', run, /Cut over in/, 'y'],
    ['rollback', ['rollback', runID, '--region', 'us-east-1'], /Bring back/, 'y'],
    ['commit', ['commit', runID, '--region', 'us-east-1'], /Type night-1/, runID],
  ])('is told who has taken the run over, and %s starts nothing', async (verb, argv, question, answer) => {
    const { worlds, store, changes, servers } = lastingWorld(oneWave({ hostname: 'web-1' }), true);
    if (verb !== 'run') expect((await commandLine([...run, '--yes'], { worlds })).exitCode).toBe(0);
    const before = { changes: changes(), servers: servers(), run: await createLedger(store).readRun(runID) };
    const { exitCode, err } = await commandLine(argv, {
      worlds,
      stdin: `${answer}\n`,
      isAnswerable: true,
      onOutput: (text) => {
        if (question.test(text)) void store.write([{ ...key, expect: 'any', value: elsewhere }]);
      },
    });
    expect(err).toContain('Run night-1 has been taken over by process 7 on laptop-b');
    expect(exitCode).toBe(2);
    expect({ changes: changes(), servers: servers(), run: await createLedger(store).readRun(runID) }).toMatchObject({
      ...before,
      run: before.run === undefined ? undefined : { value: { end: before.run.value.end } },
    });
    expect(await hasOpenRollback(store, runID)).toBe(false);
    expect(await store.read(key.partition, key.sort)).toMatchObject({ value: elsewhere });
  });
});

describe('a person who stops a command that has lost its run', () => {
  const files = folder();
  const input = files.file('wave.json', { waveID });

  it('is told so, and the locks of the process that has the run now stay', async () => {
    const value = { pid: 7, host: 'laptop-b', claimedAt: now };
    const { worlds, store, changes } = lastingWorld(oneWave({ hostname: 'web-1', launchedInstance: 'none' }));
    const runNamed = (name: string) => ['run', input, '--region', 'us-east-1', '--name', name];
    const { exitCode, err } = await commandLine(runNamed(runID), {
      worlds,
      onOutput: (text, interrupt) => {
        if (!/web-1 +ready/.test(text)) return;
        void store.write([{ ...key, expect: 'any', value }]);
        interrupt();
      },
    });
    expect(err).toContain('taken over by process 7 on laptop-b');
    expect(exitCode).toBe(2);
    expect((await commandLine(runNamed('night-2'), { worlds })).out).toMatch(/run night-1/);
    expect(changes()).toEqual([]);
  });
});
