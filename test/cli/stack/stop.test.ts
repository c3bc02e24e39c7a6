import { withStack, type LoopbackStack } from '../../support/stack-on-loopback.ts';
import { eventsIn, waveID } from '../command-line.ts';
import { aNight, onStack, stackFlags } from './night.ts';

const stop = ['stop', 'night-1', ...onStack];
const rollback = ['rollback', 'night-1', ...onStack];
const resume = ['start', '-', ...onStack, '--name', 'night-1', '--resume'];
const servers = [{ hostname: 'web-1' }, { hostname: 'web-2' }];
const twoServers = aNight(...servers);

const wave = 'arn:aws:states:eu-central-1:123456789012:execution:MgnCutover-wave-cutover:night-1';
/** What a nested execution of the wave is given. */
const orphan = { runID: 'night-1', executionID: wave, batchID: 'batch-001' };

const underWay = async (stack: LoopbackStack) => {
  stack.start('wave-cutover', 'night-1', { waveID });
  await stack.time.sleep(200_000);
};

const statesOf = (stack: LoopbackStack) => stack.servers().map(({ lifeCycle }) => lifeCycle?.state);

describe('stop', () => {
  it('stops the execution and says what that leaves behind: exit 3', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      const { exitCode, out } = await stack.run(stop);
      expect(out).toContain('Stop run night-1 in STACK MgnCutover in eu-central-1');
      expect(out).toContain('It is running since 2026-01-10T22:00:00.000Z. 2 source servers: 2 starting.');
      expect(out).toContain('night-1 is stopped.');
      expect(out).toMatch(
        /A step that was under way cannot be stopped and may act for up to 5 minutes, until 22:08:2\dZ\./,
      );
      expect(out).toContain('2 of 2 source servers are not settled');
      expect(out).toContain(`to go on: mgn-cutover start INPUT.json ${stackFlags} --name night-1 --resume`);
      expect(out).toContain(`to bring back what was started: mgn-cutover rollback night-1 ${stackFlags}`);
      expect(exitCode).toBe(3);
    });
  });

  it('asks Step Functions without error and cause, which needs no right to a key', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      await stack.run(stop);
      const stops = stack.calls.filter(({ operation }) => operation === 'StopExecution');
      expect(stops.map(({ body }) => body)).toEqual([
        { executionArn: 'arn:aws:states:eu-central-1:123456789012:execution:MgnCutover-wave-cutover:night-1' },
      ]);
    });
  });

  it('leaves a run that rollback brings back, once its hold is over', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      await stack.run(stop);
      const { exitCode, out } = await stack.run(rollback);
      expect(out).toMatch(/the execution that worked on the run has ended and is still its holder, until 22:/);
      expect(out).toContain('2 rolled back');
      expect(exitCode).toBe(0);
      expect(statesOf(stack)).toEqual(['READY_FOR_CUTOVER', 'READY_FOR_CUTOVER']);
    });
  });

  it('also where the stack does not notice the end, and the hold has to run out', async () => {
    const isReporting = false;
    const spend = async (stack: LoopbackStack) => {
      await underWay(stack);
      await stack.run(stop);
      expect((await stack.run(rollback)).exitCode).toBe(0);
      expect(statesOf(stack)).toEqual(['READY_FOR_CUTOVER', 'READY_FOR_CUTOVER']);
    };
    await withStack(twoServers, spend, { isReporting });
  });

  it.each([
    ['before the wave is assessed', 'AssessReadiness', 2, /Nothing was started; nothing was touched\./],
    [
      'right before the start',
      'StartCutover',
      3,
      /Nothing was started yet, but a step that is under way may still act until/,
    ],
  ])('touches nothing when it comes %s', async (_when, step, exitCode, words) => {
    const untested = servers.map((server) => ({ ...server, launchedInstance: 'none' }));
    await withStack(aNight(...untested), async (stack) => {
      stack.hang(step);
      await underWay(stack);
      const stopped = await stack.run(stop);
      expect(stopped.out).toMatch(words);
      expect(stopped.exitCode).toBe(exitCode);
      expect(statesOf(stack)).toEqual(['READY_FOR_CUTOVER', 'READY_FOR_CUTOVER']);
    });
  });

  it('stops what the execution began and did not take with it', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      stack.hang('TerminateTestInstances');
      stack.start('cutover-shift', 'orphan', orphan);
      const { exitCode, out } = await stack.run(stop);
      const stops = stack.calls.filter(({ operation }) => operation === 'StopExecution');
      expect(stops.at(-1)?.body).toEqual({
        executionArn: 'arn:aws:states:eu-central-1:123456789012:execution:MgnCutover-cutover-shift:orphan',
      });
      expect(out).not.toContain('is RUNNING still');
      expect(exitCode).toBe(3);
    });
  });

  it('says so when what it began cannot be stopped', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      stack.hang('TerminateTestInstances');
      stack.start('cutover-shift', 'orphan', orphan);
      stack.disobey('orphan');
      const { exitCode, out } = await stack.run(stop);
      expect(out).toContain(
        'cutover-shift orphan, which night-1 began, is RUNNING still. Stop it: aws stepfunctions stop-execution',
      );
      expect(exitCode).toBe(3);
      const again = await stack.run(resume, { stdin: JSON.stringify({ waveID }) });
      expect(again.err).toContain('an execution that the stopped one began still runs (cutover-shift orphan)');
      expect(again.exitCode).toBe(2);
    });
  });

  it.each([
    ['cutover-shift', 'TerminateTestInstances'],
    ['rollback', 'SelectRollback'],
  ] as const)('stops a %s that outlived the execution that began it', async (machine, step) => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      await stack.run(stop);
      await stack.time.sleep(60_000);
      stack.hang(step);
      stack.start(machine, 'orphan', orphan);
      const { exitCode, out } = await stack.run(stop);
      expect(out).toContain('Stop what run night-1 began and left behind in STACK MgnCutover');
      expect(out).toContain(`${machine} orphan is running since 2026-01-10T22:04:2`);
      expect(out).toContain(`${machine} orphan is stopped.`);
      expect(out).toMatch(/A step that was under way cannot be stopped and may act for up to 5 minutes, until 22:09:2/);
      expect(out).toContain(`to go on: mgn-cutover start INPUT.json ${stackFlags} --name night-1 --resume`);
      expect(exitCode).toBe(3);
      const stops = stack.calls.filter(({ operation }) => operation === 'StopExecution');
      expect(stops.at(-1)?.body).toEqual({
        executionArn: `arn:aws:states:eu-central-1:123456789012:execution:MgnCutover-${machine}:orphan`,
      });
      const again = await stack.run(resume, { stdin: JSON.stringify({ waveID }) });
      expect(again.exitCode).toBe(0);
    });
  });

  it('says so when what outlived its execution does not stop', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      await stack.run(stop);
      stack.hang('TerminateTestInstances');
      stack.start('cutover-shift', 'orphan', orphan);
      stack.disobey('orphan');
      const { exitCode, out } = await stack.run(stop);
      expect(out).not.toContain('orphan is stopped.');
      expect(out).toContain('cutover-shift orphan, which night-1 began, is RUNNING still. Stop it: aws stepfunctions');
      expect(exitCode).toBe(3);
    });
  });

  it('asks before it stops what outlived its execution', async () => {
    const spend = async (stack: LoopbackStack) => {
      await underWay(stack);
      await stack.run([...stop, '--yes']);
      stack.hang('TerminateTestInstances');
      stack.start('cutover-shift', 'orphan', orphan);
      const { exitCode } = await stack.run(stop, { isAnswerable: true, stdin: 'n\n' });
      expect(exitCode).toBe(2);
      expect(stack.calls.filter(({ operation }) => operation === 'StopExecution')).toHaveLength(1);
    };
    await withStack(twoServers, spend, { needsConsent: true });
  });

  it('says so when it cannot see whether anything outlived its execution', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      await stack.run(stop);
      stack.refuse('ListExecutions', 2, 'AccessDeniedException');
      const { exitCode, err } = await stack.run(stop);
      expect(err).toMatch(/Run night-1 is not running\. Execution night-1 was stopped at .*Nothing was stopped\./);
      expect(err).toContain('Whether what it began has stopped too cannot be seen from here; look in the console.');
      expect(exitCode).toBe(2);
    });
  });

  it('stops a rollback too, which then has to be finished', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      await stack.time.sleep(600_000);
      stack.start('rollback', 'night-1-rollback-1', { runID: 'night-1' });
      await stack.time.sleep(5_000);
      const { exitCode, out } = await stack.run(stop);
      expect(out).toContain('Stop rollback night-1-rollback-1 of run night-1');
      expect(out).toContain(`to go on: mgn-cutover rollback night-1 ${stackFlags}`);
      expect(exitCode).toBe(3);
      const again = await stack.run(rollback);
      expect(again.out).toContain('2 rolled back');
      expect(again.exitCode).toBe(0);
    });
  });

  it.each([
    ['nobody started', false, /there is no run night-1; STACK MgnCutover in eu-central-1 knows no run at all/],
    ['has ended', true, /Run night-1 is not running\. Execution night-1 has succeeded at .*Nothing was stopped\./],
  ])('refuses a run that %s: exit 2', async (_what, isRun, message) => {
    await withStack(twoServers, async (stack) => {
      if (isRun) {
        await underWay(stack);
        await stack.time.sleep(600_000);
      }
      const { exitCode, err } = await stack.run(stop);
      expect(err).toMatch(message);
      expect(exitCode).toBe(2);
    });
  });

  it('asks first, and stops nothing without a person’s word', async () => {
    const spend = async (stack: LoopbackStack) => {
      await underWay(stack);
      const refused = await stack.run(stop, { isAnswerable: true, stdin: 'n\n' });
      expect(refused.exitCode).toBe(2);
      expect(stack.calls.map(({ operation }) => operation)).not.toContain('StopExecution');
      expect((await stack.run([...stop, '--yes'])).exitCode).toBe(3);
    };
    await withStack(twoServers, spend, { needsConsent: true });
  });

  it('works without the right to read the ledger', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      stack.refuseLedger(100, 'AccessDeniedException');
      const { exitCode, out } = await stack.run(stop);
      expect(out).toContain('night-1 is stopped.');
      expect(out).toContain('What is left behind cannot be read here');
      expect(exitCode).toBe(3);
    });
  });

  it('bears answers that are lost', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      stack.loseAnswers('StopExecution', 5);
      const { exitCode, out } = await stack.run(stop);
      expect(out).toContain('night-1 is stopped.');
      expect(exitCode).toBe(3);
    });
  });

  it('asks for a person when it does not stop', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      stack.disobey('night-1');
      const { exitCode, err } = await stack.run(stop);
      expect(err).toContain('night-1 was asked to stop and is RUNNING still.');
      expect(exitCode).toBe(3);
    });
  });

  it('works without any right to the key of the stack', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      stack.encrypt();
      const { exitCode, out } = await stack.run(stop);
      expect(out).toContain('night-1 is stopped.');
      expect(exitCode).toBe(3);
    });
  });

  it('says so when it cannot see whether what it began has stopped too', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      stack.refuse('ListExecutions', 2, 'AccessDeniedException');
      const { exitCode, out } = await stack.run(stop);
      expect(out).toContain('Whether what it began has stopped too cannot be seen from here');
      expect(exitCode).toBe(3);
    });
  });

  it('tells programs', async () => {
    await withStack(twoServers, async (stack) => {
      await underWay(stack);
      const { out } = await stack.run([...stop, '--json']);
      expect(eventsIn(out)).toMatchObject([
        {
          type: 'end',
          exitCode: 3,
          error: expect.stringContaining('2 of 2 source servers'),
          report: { run: { name: 'night-1' } },
        },
      ]);
    });
  });
});
