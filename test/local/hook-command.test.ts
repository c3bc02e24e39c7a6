/** Hooks on one machine: commands as they really run, and what a rehearsal makes of hooks. */
import { setTimeout as wait } from 'node:timers/promises';
import * as v from 'valibot';
import { HooksSchema, type HookInput } from '../../functions/domain/hook-options.ts';
import { hookPayload } from '../../functions/domain/hook-payload.ts';
import type { HookRunner } from '../../functions/hooks/hook-runner.ts';
import { createMemoryStore } from '../../functions/ledger/memory-store.ts';
import { createCommandRunner } from '../../local/hook-command.ts';
import { localDeps } from '../../local/local-runner.ts';
import { createSimulatedHookRunner } from '../../local/simulated-hooks.ts';
import { createSimulatedServices } from '../../local/simulated-world.ts';
import { realTime, type Time } from '../../local/virtual-time.ts';
import { simulatedAccount } from '../simulator/simulated-account.ts';
import { aRunRecord, aServerRecord, nowMs } from '../support/domain-builders.ts';

const hookOf = (fields: object): HookInput => {
  const [hook] = v.parse(HooksSchema, [{ name: 'fence', when: 'beforeStart', ...fields }]);
  if (hook === undefined) throw new Error('no hook');
  return hook;
};
const node = (code: string, ...words: string[]) => hookOf({ command: [process.execPath, '-e', code, ...words] });
const payloadOf = (hook: HookInput) => hookPayload(aRunRecord(), hook, 'wave', [aServerRecord()], 'token-1');

async function begin(runner: HookRunner, hook: HookInput): Promise<string> {
  const begun = await runner.start(hook, payloadOf(hook));
  return 'externalID' in begun ? begun.externalID : '';
}

async function verdictOf(runner: HookRunner, externalID: string) {
  for (;;) {
    const verdict = await runner.look(externalID);
    if (verdict !== undefined) return verdict;
    await wait(5);
  }
}
const run = async (hook: HookInput) => {
  const runner = createCommandRunner();
  return verdictOf(runner, await begin(runner, hook));
};

describe('a command', () => {
  it('is told everything on standard input and its name in the environment', async () => {
    const code = `let text = ''; process.stdin.on('data', (part) => (text += part)).on('end', () => {
      const { runID, token, sourceServers } = JSON.parse(text);
      console.log(process.env.MGN_CUTOVER_HOOK, runID, token, sourceServers[0].hostname);
    });`;
    expect(await run(node(code))).toEqual({ succeeded: true, output: 'fence night-1 token-1 web-1\n' });
  });

  it('gets its words as they are, without a shell', async () => {
    const verdict = await run(node('console.log(process.argv[1])', '$HOME; {runID} `true` "'));
    expect(verdict.output).toBe('$HOME; {runID} `true` "\n');
  });

  it('fails by its exit code, with what it put out', async () => {
    const verdict = await run(node('console.log("one"); console.error("two"); process.exitCode = 3;'));
    expect(verdict).toMatchObject({ succeeded: false, reason: 'exit code 3' });
    expect(verdict.output.split('\n').sort()).toEqual(['', 'one', 'two']);
  });

  it('fails when there is no such program', async () => {
    const verdict = await run(hookOf({ command: ['./no-such-program'] }));
    expect(verdict.reason).toMatch(/^\.\/no-such-program could not be run: .*ENOENT/);
  });

  it('may leave its standard input alone', async () => {
    const hook = hookOf({
      command: [process.execPath, '-e', 'process.stdin.destroy()'],
      parameters: { a: 'x'.repeat(4_000) },
    });
    expect(await run(hook)).toMatchObject({ succeeded: true });
  });

  it('runs until it is stopped', async () => {
    const runner = createCommandRunner();
    const externalID = await begin(runner, node('console.log("up"); setInterval(() => undefined, 1000);'));
    expect(await runner.look(externalID)).toBeUndefined();
    await runner.stop(externalID);
    expect(await verdictOf(runner, externalID)).toMatchObject({ succeeded: false, reason: 'ended by SIGTERM' });
  });

  it('of an earlier process counts as failed', async () => {
    const verdict = await createCommandRunner().look('command:token-1');
    expect(verdict).toMatchObject({ succeeded: false, reason: 'the process that ran the command has ended' });
  });

  it('is really run by a run on the wall’s time, and by no rehearsal', async () => {
    const { simulator } = simulatedAccount({ servers: [] });
    const runnerAt = (time: Time) =>
      localDeps({ services: createSimulatedServices(simulator, time), store: createMemoryStore(), time }).hookRunner;
    const real = runnerAt(realTime);
    const hook = node('console.log("fenced")');
    expect(await verdictOf(real, await begin(real, hook))).toMatchObject({ succeeded: true, output: 'fenced\n' });
    const rehearsed = runnerAt({ ...realTime, isVirtual: true, now: () => nowMs });
    expect(await begin(rehearsed, hook)).toMatch(/^good:/);
  });
});

describe('a simulated hook', () => {
  it('runs nothing, takes half a minute and succeeds, unless it is to fail', async () => {
    let now = nowMs;
    const runner = createSimulatedHookRunner({ now: () => now }, new Set(['smoke']));
    const fence = await begin(runner, hookOf({ command: ['./no-such-program'] }));
    const smoke = await begin(runner, hookOf({ name: 'smoke', automation: 'Smoke' }));
    now += 29_999;
    expect(await runner.look(fence)).toBeUndefined();
    now += 1;
    expect(await runner.look(fence)).toEqual({ succeeded: true, output: 'simulated' });
    expect(await runner.look(smoke)).toMatchObject({ succeeded: false, reason: 'simulated failure' });
  });
});
