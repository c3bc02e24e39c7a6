/** `rollback` and `commit` where a stack does the work. */
import { followUpName } from '../../../cli/stack/follow-ups.ts';
import { parseRunName } from '../../../cli/run-name.ts';
import type { RunID } from '../../../functions/domain/identifiers.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { holdMs } from '../../../functions/shared/open-run.ts';
import { withStack, type LoopbackStack } from '../../support/stack-on-loopback.ts';
import { eventsIn, folder, waveID } from '../command-line.ts';
import { aNight, onStack, once, stackFlags } from './night.ts';

const files = folder();
const twoServers = aNight({ hostname: 'web-1' }, { hostname: 'web-2' });
const rollback = ['rollback', 'night-1', ...onStack];
const commit = ['commit', 'night-1', ...onStack, '--confirm', 'night-1'];

const ended = async (stack: LoopbackStack) => {
  stack.start('wave-cutover', 'night-1', { waveID });
  await stack.time.sleep(900_000);
};

const startsOf = (stack: LoopbackStack) =>
  stack.calls.filter(({ operation }) => operation === 'StartExecution').map(({ body }) => body);

const statesOf = (stack: LoopbackStack) => {
  const states = new Map(
    stack
      .servers()
      .map(({ sourceProperties, lifeCycle }) => [sourceProperties?.identificationHints?.hostname, lifeCycle?.state]),
  );
  return { 'web-1': states.get('web-1'), 'web-2': states.get('web-2') };
};

/** What ResolveWave writes when it goes on after the stack was told that its execution has ended. */
const resolveLate = async (stack: LoopbackStack, runID: RunID) => {
  const executionID = 'arn:aws:states:eu-central-1:123456789012:execution:MgnCutover-wave-cutover:night-1';
  const now = stack.time.now();
  const holder = { executionID, heldUntil: now + holdMs };
  const run = { runID, input: parseRunInput({ waveID }), nonce: 'n', createdAt: now, holder };
  await createLedger(stack.store).createRun(run);
};

describe('rollback on a stack', () => {
  it('lets the stack bring the run back, watches, and writes nothing into the ledger', async () => {
    await withStack(twoServers, async (stack) => {
      await ended(stack);
      const { exitCode, out } = await stack.run(rollback);
      expect(out).toContain('Rollback of night-1 in STACK MgnCutover in eu-central-1 brings back:');
      expect(out).toContain('rollback night-1: all of the run, STACK MgnCutover in eu-central-1');
      expect(out).toContain('2 rolled back');
      expect(exitCode).toBe(0);
      expect(startsOf(stack)).toEqual([
        {
          stateMachineArn: 'arn:aws:states:eu-central-1:123456789012:stateMachine:MgnCutover-rollback:live',
          name: 'night-1-rollback-1',
          input: expect.stringMatching(/^{"runID":"night-1","by":".+@.+"}$/),
        },
      ]);
      expect(await stack.store.readAll('process#night-1')).toEqual([]);
    });
  });

  it('says nothing of who asks to a stack of an earlier version, which would refuse it', async () => {
    await withStack(twoServers, async (stack) => {
      await ended(stack);
      stack.outputs = Object.fromEntries(Object.entries(stack.outputs).filter(([name]) => name !== 'PersonMember'));
      const { exitCode } = await stack.run(rollback);
      expect(exitCode).toBe(0);
      expect(startsOf(stack)).toMatchObject([{ input: '{"runID":"night-1"}' }]);
    });
  });

  it('brings back only the servers that are named, and the next one has a name of its own', async () => {
    await withStack(twoServers, async (stack) => {
      await ended(stack);
      await stack.run([...rollback, '--server', 'web-2']);
      expect(statesOf(stack)).toEqual({ 'web-1': 'CUTTING_OVER', 'web-2': 'READY_FOR_CUTOVER' });
      const { exitCode } = await stack.run(rollback);
      expect(exitCode).toBe(0);
      expect(startsOf(stack)).toMatchObject([{ name: 'night-1-rollback-1' }, { name: 'night-1-rollback-2' }]);
    });
  });

  it('goes on when the watcher goes away, and is adopted by the same command', async () => {
    await withStack(twoServers, async (stack) => {
      await ended(stack);
      const left = await stack.run(rollback, { onOutput: once(/rolling back/) });
      expect(left.exitCode).toBe(130);
      expect(left.err).toContain('night-1-rollback-1 goes on in STACK MgnCutover in eu-central-1.');
      const again = await stack.run(rollback);
      expect(again.out).toContain('2 rolled back');
      expect(again.exitCode).toBe(0);
      expect(startsOf(stack)).toMatchObject([{ name: 'night-1-rollback-1' }, { name: 'night-1-rollback-1' }]);
    });
  });

  it('is not doubled by a rollback in other words, nor by a lost answer', async () => {
    await withStack(twoServers, async (stack) => {
      await ended(stack);
      stack.loseAnswers('StartExecution', 2);
      await stack.run(rollback, { onOutput: once(/rolling back/) });
      const { exitCode, err } = await stack.run([...rollback, '--server', 'web-1']);
      expect(err).toContain('A rollback of run night-1 that was asked for in other words is running since');
      expect(exitCode).toBe(2);
    });
  });

  it('refuses a run that is at work, and says how it is stopped', async () => {
    await withStack(twoServers, async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID });
      await stack.time.sleep(200_000);
      const { exitCode, err } = await stack.run(rollback);
      expect(err).toContain('Run night-1 is running since 2026-01-10T22:00:00.000Z; nothing was started.');
      expect(err).toContain(`or stop it first: mgn-cutover stop night-1 ${stackFlags}`);
      expect(exitCode).toBe(2);
    });
  });

  it.each(['ResolveWave', 'AssessReadiness'])(
    'closes a run that was stopped before anything was started, while %s was under way',
    async (step) => {
      await withStack(twoServers, async (stack) => {
        const runID = parseRunName('RUN', 'night-1');
        const ledger = createLedger(stack.store);
        stack.hang(step);
        stack.start('wave-cutover', 'night-1', { waveID });
        await stack.time.sleep(30_000);
        await stack.run(['stop', 'night-1', ...onStack]);
        await stack.time.sleep(10_000);
        if (step === 'ResolveWave') await resolveLate(stack, runID);
        expect((await ledger.readRun(runID))?.value.end).toBeUndefined();
        const { exitCode, out } = await stack.run(rollback);
        expect(out).toContain('There is nothing to bring back in run night-1: no source server of it is cut over.');
        expect(out).toContain('Nothing was brought back; run night-1 is closed.');
        expect(exitCode).toBe(0);
        expect((await ledger.readRun(runID))?.value.end).toMatchObject({ outcome: 'REFUSED' });
        expect(await ledger.listOpenRunIDs()).toEqual([]);
        expect(startsOf(stack)).toMatchObject([{ name: 'night-1-rollback-1' }]);
        expect(statesOf(stack)).toEqual({ 'web-1': 'READY_FOR_CUTOVER', 'web-2': 'READY_FOR_CUTOVER' });
      });
    },
  );

  it('needs a person when an instance stays: exit 3, with commands that lead here', async () => {
    await withStack(aNight({ hostname: 'web-1', terminate: 'failed' }), async (stack) => {
      await ended(stack);
      const { exitCode, out } = await stack.run(rollback);
      expect(out).toMatch(/! web-1 {2}NEEDS A PERSON/);
      expect(out).toContain(`mgn-cutover rollback night-1 ${stackFlags}`);
      expect(exitCode).toBe(3);
    });
  });

  it.each([
    ['--log', [...rollback, '--log', 'x.ndjson'], /--log does not go with --stack/],
    [
      'an unknown run',
      ['rollback', 'night-2', ...onStack],
      /no run night-2 in STACK MgnCutover in eu-central-1; it knows/,
    ],
  ])('refuses %s', async (_what, argv, message) => {
    await withStack(twoServers, async (stack) => {
      await ended(stack);
      const { exitCode, err } = await stack.run(argv);
      expect(err).toMatch(message);
      expect(exitCode).toBe(2);
    });
  });

  it('tells programs with events', async () => {
    await withStack(twoServers, async (stack) => {
      await ended(stack);
      const { out } = await stack.run([...rollback, '--json']);
      const events = eventsIn(out);
      expect(events[0]).toMatchObject({ type: 'run', run: { kind: 'rollback' } });
      expect(events.at(-1)).toMatchObject({ type: 'end', exitCode: 0 });
    });
  });
});

describe('commit on a stack', () => {
  it('lets the stack finalize what was verified', async () => {
    await withStack(twoServers, async (stack) => {
      await ended(stack);
      const output = files.file('report.json', '');
      const { exitCode, out } = await stack.run([...commit, '--output', output]);
      expect(out).toContain('commit night-1: all that was verified, STACK MgnCutover in eu-central-1');
      expect(out).toContain('Finalized as asked: 2 of 2.');
      expect(exitCode).toBe(0);
      expect(statesOf(stack)).toEqual({ 'web-1': 'CUTOVER', 'web-2': 'CUTOVER' });
      expect(startsOf(stack)).toMatchObject([
        { name: 'night-1-commit-1', input: expect.stringMatching(/^{"runID":"night-1","by":".+@.+"}$/) },
      ]);
    });
  });

  it('refuses a run that is at work', async () => {
    await withStack(twoServers, async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID });
      await stack.time.sleep(200_000);
      const { exitCode, err } = await stack.run(commit);
      expect(err).toContain('Run night-1 is running since');
      expect(exitCode).toBe(2);
      expect(startsOf(stack)).toEqual([]);
    });
  });
});

describe('the name of a follow-up', () => {
  it('is no longer than an execution’s may be', () => {
    const runID = parseRunName('RUN', 'n'.repeat(80));
    expect(followUpName(runID, 'rollback', 12)).toHaveLength(80);
    expect(followUpName(runID, 'rollback', 12)).toMatch(/^n+-rollback-12$/);
  });

  it('is not that of another run whose name is cut to the same text', async () => {
    await withStack(twoServers, async (stack) => {
      const name = `${'n'.repeat(75)}-1`;
      stack.start('wave-cutover', name, { waveID });
      await stack.time.sleep(900_000);
      const cut = followUpName(parseRunName('RUN', name), 'rollback', 1);
      stack.hang('SelectRollback');
      stack.start('rollback', cut, { runID: `${'n'.repeat(75)}-2` });
      const { err } = await stack.run(['stop', name, ...onStack]);
      expect(err).toContain(`Run ${name} is not running.`);
    });
  });
});
