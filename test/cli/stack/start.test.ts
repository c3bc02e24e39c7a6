import { createLedger } from '../../../functions/ledger/ledger.ts';
import { withStack, type LoopbackStack } from '../../support/stack-on-loopback.ts';
import { beginFollowUp } from '../../../cli/follow-up.ts';
import { defaultRunName, parseRunName } from '../../../cli/run-name.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import { eventsIn, folder, waveID } from '../command-line.ts';
import { aNight, onStack, once, stackFlags } from './night.ts';

const files = folder();
const input = files.file('wave.json', { waveID });
const start = ['start', input, ...onStack, '--name', 'night-1'];
const web = aNight({ hostname: 'web-1' });

const startsOf = (stack: LoopbackStack) => stack.calls.filter(({ operation }) => operation === 'StartExecution');

describe('start', () => {
  it('starts the wave by its alias with the input as given, and says how to watch it; exit 0', async () => {
    await withStack(web, async (stack) => {
      const { exitCode, out } = await stack.run(start);
      expect(exitCode).toBe(0);
      expect(out).toContain('Started night-1 at 2026-01-10T22:00:00.000Z.');
      expect(out).toContain(`to watch it: mgn-cutover watch night-1 ${stackFlags}\n`);
      expect(startsOf(stack).map(({ body }) => body)).toEqual([
        {
          stateMachineArn: 'arn:aws:states:eu-central-1:123456789012:stateMachine:MgnCutover-wave-cutover:live',
          name: 'night-1',
          input: JSON.stringify({ waveID }),
        },
      ]);
    });
  });

  it('with --watch follows it to the end and exits as run does', async () => {
    const twoServers = aNight({ hostname: 'web-1' }, { hostname: 'web-2', cutover: 'launchFailed' });
    await withStack(twoServers, async (stack) => {
      const one = files.file('one.json', { waveID, options: { failurePolicy: { application: 'independent' } } });
      const { exitCode, out } = await stack.run(['start', one, ...onStack, '--name', 'night-1', '--watch']);
      expect(out).toContain(`cutover night-1: ${waveID}, STACK MgnCutover in eu-central-1`);
      expect(out).toMatch(/web-2 +rolled back/);
      expect(out).toContain('Partly cut over: 2 source servers: 1 verified, 1 rolled back');
      expect(out).toContain(`to bring it back: mgn-cutover rollback night-1 ${stackFlags}`);
      expect(exitCode).toBe(1);
    });
  });

  it('names the run after its input, so that the same input starts once', async () => {
    await withStack(web, async (stack) => {
      const name = defaultRunName(parseRunInput({ waveID }));
      const unnamed = ['start', input, ...onStack];
      expect((await stack.run(unnamed)).exitCode).toBe(0);
      await stack.time.sleep(30_000);
      const { exitCode, err } = await stack.run(unnamed);
      expect(exitCode).toBe(2);
      expect(err).toContain(`Run ${name} is running since 2026-01-10T22:00:00.000Z; nothing was started.`);
      expect(err).toContain(`mgn-cutover watch ${name} ${stackFlags}`);
      expect(startsOf(stack)).toHaveLength(1);
    });
  });

  it('says when and how a run of that name ended', async () => {
    await withStack(web, async (stack) => {
      await stack.run([...start, '--watch']);
      const { exitCode, err } = await stack.run(start);
      expect(exitCode).toBe(2);
      expect(err).toMatch(
        /Run night-1 ended at 2026-01-10T22:\S+: 1 source server: 1 verified\. Nothing was started\./,
      );
      expect(err).toContain('give the run another name with --name');
    });
  });

  it('says what keeps a run that was stopped, and how it goes on', async () => {
    await withStack(web, async (stack) => {
      await stack.run(start);
      await stack.time.sleep(200_000);
      stack.stop('wave-cutover', 'night-1');
      const { exitCode, err } = await stack.run(start);
      expect(exitCode).toBe(2);
      expect(err).toContain('Execution night-1 was stopped at 2026-01-10T22:03:20.000Z. Nothing was started now.');
      expect(err).toContain(`to go on: mgn-cutover start ${input} ${stackFlags} --name night-1 --resume`);
      expect(err).toContain(`to bring back what was started: mgn-cutover rollback night-1 ${stackFlags}`);
    });
  });

  it.each([
    ['nobody can be asked', [], {}, 2, 0],
    ['--yes says so', ['--yes'], {}, 0, 1],
    ['a person says yes', [], { isAnswerable: true, stdin: 'y\n' }, 0, 1],
    ['a person says no', [], { isAnswerable: true, stdin: '\n' }, 2, 0],
  ])('asks first: %s', async (_what, flags, process, exitCode, starts) => {
    await withStack(
      web,
      async (stack) => {
        const started = await stack.run([...start, ...flags], process);
        expect(started.out).toContain(`Start night-1: ${waveID}, STACK MgnCutover in eu-central-1`);
        expect(started.out).toContain('It will finalize nothing: verified source servers stay revertible');
        expect(started.exitCode).toBe(exitCode);
        expect(startsOf(stack)).toHaveLength(starts);
      },
      { needsConsent: true },
    );
  });

  it('refuses bad input before it looks for the stack', async () => {
    await withStack(web, async (stack) => {
      const wrong = files.file('wrong.json', { waveId: waveID });
      const { exitCode, err } = await stack.run(['start', wrong, ...onStack]);
      expect(exitCode).toBe(2);
      expect(err).toContain('waveId is not a known field');
      expect(stack.calls).toEqual([]);
    });
  });

  it('tells a program what was started', async () => {
    await withStack(web, async (stack) => {
      const { out } = await stack.run([...start, '--json']);
      expect(eventsIn(out)).toEqual([
        {
          type: 'started',
          at: '2026-01-10T22:00:00.000Z',
          run: 'night-1',
          executionArn: 'arn:aws:states:eu-central-1:123456789012:execution:MgnCutover-wave-cutover:night-1',
          startedAt: '2026-01-10T22:00:00.000Z',
          watch: `mgn-cutover watch night-1 ${stackFlags}`,
        },
      ]);
    });
  });

  it('adopts the execution when the answer to its start is lost', async () => {
    await withStack(web, async (stack) => {
      stack.loseAnswers('StartExecution', 2);
      const { exitCode, out } = await stack.run(start);
      expect(exitCode).toBe(0);
      expect(out).toContain('Started night-1');
      expect(startsOf(stack)).toHaveLength(3);
    });
  });

  it('says that nobody knows when no answer comes at all, and finds out when it is repeated', async () => {
    await withStack(web, async (stack) => {
      stack.loseAnswers('StartExecution', 5);
      const lost = await stack.run(start);
      expect(lost.exitCode).toBe(3);
      expect(lost.err).toContain('Nobody knows whether execution night-1 was started');
      const again = await stack.run(start);
      expect(again.err).toContain('Run night-1 is running since');
      expect(again.exitCode).toBe(2);
    });
  });

  it('bears a throttle, and says so when there is no end to it', async () => {
    await withStack(web, async (stack) => {
      stack.refuse('StartExecution', 2, 'ThrottlingException', 'Rate exceeded');
      expect((await stack.run(start)).exitCode).toBe(0);
      stack.refuse('StartExecution', 5, 'ThrottlingException', 'Rate exceeded');
      const { exitCode, err } = await stack.run(['start', input, ...onStack, '--name', 'night-2']);
      expect(err).toContain('Rate exceeded. Try again in a minute.');
      expect(exitCode).toBe(2);
    });
  });

  it('refuses a name that an execution with another input has taken a moment ago', async () => {
    await withStack(web, async (stack) => {
      stack.hang('ResolveWave');
      stack.start('wave-cutover', 'night-1', { waveID, options: { onBlocked: 'skip' } });
      stack.lag(5_000);
      const { exitCode, err } = await stack.run(start);
      expect(exitCode).toBe(2);
      expect(err).toContain('There is an execution night-1 with another input; nothing was started.');
    });
  });

  it('refuses the name of a run that is being worked on from another machine', async () => {
    await withStack(web, async (stack) => {
      const runID = parseRunName('RUN', 'night-1');
      const holder = {
        executionID: 'arn:aws:states:us-east-1:000000000000:execution:wave-cutover:night-1',
        heldUntil: stack.time.now() + 600_000,
      };
      const run = { runID, input: parseRunInput({ waveID }), nonce: 'n', createdAt: stack.time.now(), holder };
      await createLedger(stack.store).createRun(run);
      const { exitCode, err } = await stack.run(start);
      expect(exitCode).toBe(2);
      expect(err).toMatch(/is being worked on from another machine \(.*000000000000.*\), until 22:10:00Z at least/);
      expect(startsOf(stack)).toEqual([]);
    });
  });

  it('refuses a run that a rollback on another machine has half brought back', async () => {
    await withStack(web, async (stack) => {
      const runID = parseRunName('RUN', 'night-1');
      await createLedger(stack.store).createRun({ runID, input: parseRunInput({ waveID }), nonce: 'n', createdAt: 0 });
      await beginFollowUp({ store: stack.store, flags: '' }, runID, 'rollback', { runID });
      const { exitCode, err } = await stack.run(start);
      expect(err).toContain('A rollback of run night-1 was begun and not finished; finish it first');
      expect(exitCode).toBe(2);
    });
  });

  it('does not doubt a refusal', async () => {
    await withStack(web, async (stack) => {
      stack.refuse('StartExecution', 1, 'StateMachineDoesNotExist', 'State Machine Does Not Exist');
      const { exitCode, err } = await stack.run(start);
      expect(err).toContain('StartExecution: StateMachineDoesNotExist: State Machine Does Not Exist');
      expect(exitCode).toBe(2);
    });
  });

  it('says which right is missing', async () => {
    await withStack(web, async (stack) => {
      stack.refuse('StartExecution', 1, 'AccessDeniedException', 'not authorized to perform: states:StartExecution');
      const { exitCode, err } = await stack.run(start);
      expect(exitCode).toBe(2);
      expect(err).toContain('not authorized to perform: states:StartExecution');
      expect(err).toContain('It needs states:StartExecution, DescribeExecution');
    });
  });
});

describe('start --resume', () => {
  const resume = [...start, '--resume'];

  /** Starts the wave and stops it while its server is converted. */
  const stopped = async (stack: LoopbackStack) => {
    await stack.run(start);
    await stack.time.sleep(200_000);
    stack.stop('wave-cutover', 'night-1');
  };

  it('goes on under the same name without a second launch, and follows it with --watch', async () => {
    await withStack(web, async (stack) => {
      await stopped(stack);
      const { exitCode, out } = await stack.run([...resume, '--watch']);
      expect(out).toContain(`Go on with night-1: ${waveID}, STACK MgnCutover in eu-central-1`);
      expect(out).toContain('night-1 goes on since 2026-01-10T22:03:2');
      expect(out).toContain('Verified: 1 source server: 1 verified');
      expect(exitCode).toBe(0);
      const run = await createLedger(stack.store).readAttempts(parseRunName('RUN', 'night-1'));
      expect(run.filter(({ kind }) => kind === 'START_CUTOVER')).toHaveLength(1);
    });
  });

  it('does not take the old end for the new one while answers lag behind', async () => {
    await withStack(web, async (stack) => {
      await stopped(stack);
      await stack.time.sleep(20_000);
      stack.lag(15_000);
      const { exitCode, out } = await stack.run([...resume, '--watch']);
      expect(out).toContain('Verified: 1 source server: 1 verified');
      expect(exitCode).toBe(0);
    });
  });

  it.each([
    ['a run that nobody started', async () => Promise.resolve(), /there is no execution night-1 to go on with/],
    ['a run that runs', (stack: LoopbackStack) => stack.run(start), /Run night-1 is running since/],
    [
      'a run that has ended',
      (stack: LoopbackStack) => stack.run([...start, '--watch']),
      /Run night-1 ended at .*: 1 source server: 1 verified/,
    ],
    [
      'a run of another input',
      async (stack: LoopbackStack) => {
        stack.start('wave-cutover', 'night-1', { waveID, options: { onBlocked: 'skip' } });
        await stack.time.sleep(200_000);
        stack.stop('wave-cutover', 'night-1');
      },
      /was begun with another input/,
    ],
    [
      'an execution that failed of its own accord',
      async (stack: LoopbackStack) => {
        stack.start('wave-cutover', 'night-1', { waveId: waveID });
        await stack.time.sleep(1_000);
      },
      /waveId is not a known field.* It cannot go on, and nothing was touched: start it again under another name/,
    ],
    [
      'an execution that is too old',
      async (stack: LoopbackStack) => {
        await stopped(stack);
        await stack.time.sleep(15 * 24 * 3_600_000);
      },
      /It cannot go on \(Execution redrivable period exceeded\); bring back what was started: mgn-cutover rollback/,
    ],
    [
      'a run whose rollback was begun',
      async (stack: LoopbackStack) => {
        await stopped(stack);
        await stack.run(['rollback', 'night-1', ...onStack], { onOutput: once(/rolling back/) });
        stack.stop('rollback', 'night-1-rollback-1');
      },
      /A rollback of run night-1 was begun and not finished; finish it first: mgn-cutover rollback night-1/,
    ],
  ])('refuses %s', async (_what, prepare, message) => {
    await withStack(web, async (stack) => {
      await prepare(stack);
      const { exitCode, err } = await stack.run(resume);
      expect(err).toMatch(message);
      expect(exitCode).toBe(2);
      expect(stack.calls.map(({ operation }) => operation)).not.toContain('RedriveExecution');
    });
  });

  it.each([
    [
      'a commit of the stack',
      'arn:aws:states:eu-central-1:123456789012:execution:MgnCutover-commit:night-1-commit-1',
      /commit night-1-commit-1 has worked on run night-1 since/,
      new RegExp(`to finalize the rest \\(cannot be undone\\): mgn-cutover commit night-1 ${stackFlags}`),
    ],
    [
      'a command on another machine',
      'arn:aws:states:us-east-1:000000000000:execution:wave-cutover:night-1',
      /A command on another machine \(arn:\S+:000000000000:execution:wave-cutover:night-1\) has worked on run night-1 since/,
      /to go on there: mgn-cutover run INPUT\.json --region eu-central-1 --ledger stack:MgnCutover --name night-1/,
    ],
    [
      'a commit on another machine',
      'arn:aws:states:us-east-1:000000000000:execution:commit:night-1-commit-1',
      /A command on another machine \(arn:\S+:commit:night-1-commit-1\) has worked on run night-1 since/,
      new RegExp(`to finalize the rest \\(cannot be undone\\): mgn-cutover commit night-1 ${stackFlags}`),
    ],
  ])('refuses a run that %s has taken since, and says what is left', async (_who, executionID, who, left) => {
    await withStack(web, async (stack) => {
      await stopped(stack);
      await stack.time.sleep(600_000);
      const ledger = createLedger(stack.store);
      const stored = await ledger.readRun(parseRunName('RUN', 'night-1'));
      if (stored === undefined) throw new Error('there is no run');
      const heldUntil = stack.time.now() - 1_000;
      await ledger.saveRun({ ...stored.value, holder: { executionID, heldUntil } }, stored.version);
      for (const argv of [resume, start]) {
        const { exitCode, err } = await stack.run(argv);
        expect(err).toMatch(who);
        expect(err).toMatch(left);
        expect(err).toContain(`to bring back what is not finalized: mgn-cutover rollback night-1 ${stackFlags}`);
        expect(err).not.toContain('--resume\n');
        expect(exitCode).toBe(2);
      }
      expect(stack.calls.map(({ operation }) => operation)).not.toContain('RedriveExecution');
    });
  });

  it('explains a redrive that Step Functions refuses', async () => {
    await withStack(web, async (stack) => {
      await stopped(stack);
      stack.refuse('RedriveExecution', 1, 'ExecutionNotRedrivable', 'Execution history event limit exceeded');
      const { exitCode, err } = await stack.run(resume);
      expect(err).toContain('it cannot go on: RedriveExecution: ExecutionNotRedrivable: Execution history event limit');
      expect(exitCode).toBe(2);
    });
  });
});
