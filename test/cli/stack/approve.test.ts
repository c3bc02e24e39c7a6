/** Runs of a deployed stack that wait for a person: `approve`, and `commit` and `rollback` beside their execution. */
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { parseRunName } from '../../../cli/run-name.ts';
import { withStack, type LoopbackStack } from '../../support/stack-on-loopback.ts';
import { eventsIn, waveID } from '../command-line.ts';
import { aNight, onStack, stackFlags } from './night.ts';

const twoServers = aNight({ hostname: 'web-1' }, { hostname: 'web-2' });
const verb = (name: string, ...more: string[]) => [name, 'night-1', ...onStack, ...more];
const commit = verb('commit', '--confirm', 'night-1');

/** A run that waits at a gate by now. */
const waiting = async (stack: LoopbackStack, options: object) => {
  stack.start('wave-cutover', 'night-1', { waveID, options: { checkLaunchTargets: false, ...options } });
  await stack.time.sleep(1_200_000);
};
const runOf = async ({ store }: LoopbackStack) =>
  (await createLedger(store).readRun(parseRunName('RUN', 'night-1')))?.value;
const startsOf = ({ calls }: LoopbackStack) =>
  calls.filter(({ operation }) => operation === 'StartExecution').map(({ body }) => body);
const statesOf = (stack: LoopbackStack) => new Set(stack.servers().map(({ lifeCycle }) => lifeCycle?.state));

describe('approve on a stack', () => {
  it('has the stack write the word down, and writes nothing itself', async () => {
    await withStack(twoServers, async (stack) => {
      await waiting(stack, { start: 'approve' });
      const { exitCode, out } = await stack.run(verb('approve'));

      expect(out).toContain(`Approval of night-1 in STACK MgnCutover in eu-central-1: ${waveID}`);
      expect(out).toContain('The start of night-1 is approved since');
      expect(out).toContain(`to watch it: mgn-cutover watch night-1 ${stackFlags}`);
      expect(exitCode).toBe(0);
      expect(startsOf(stack)).toEqual([
        {
          stateMachineArn: 'arn:aws:states:eu-central-1:123456789012:stateMachine:MgnCutover-commit:live',
          name: 'night-1-approve-1',
          input: expect.stringMatching(/^{"runID":"night-1","approve":"start","by":".+@.+"}$/),
        },
      ]);
      expect((await runOf(stack))?.gates?.[0]?.answer).toMatchObject({
        approved: true,
        by: 'arn:aws:states:eu-central-1:123456789012:execution:MgnCutover-commit:night-1-approve-1',
      });
      await stack.time.sleep(1_200_000);
      expect(statesOf(stack)).toEqual(new Set(['CUTTING_OVER']));
    });
  });

  it('refuses the start, and says the same when it is repeated', async () => {
    await withStack(twoServers, async (stack) => {
      await waiting(stack, { start: 'approve' });
      await stack.run(verb('approve', '--refuse'));
      await stack.time.sleep(60_000);
      const again = await stack.run(verb('approve', '--refuse'));
      const late = await stack.run(verb('approve'));

      expect(again.out).toContain('The run has ended: 2 source servers: 2 not started.');
      expect(again.exitCode).toBe(0);
      expect(late.err).toMatch(/The start of night-1 was refused at .*Nothing was changed./);
      expect(late.exitCode).toBe(2);
      expect(startsOf(stack)).toHaveLength(1);
      expect(statesOf(stack)).toEqual(new Set(['READY_FOR_CUTOVER']));
    });
  });

  it('survives a lost answer', async () => {
    await withStack(twoServers, async (stack) => {
      await waiting(stack, { start: 'approve' });
      stack.loseAnswers('StartExecution', 1);
      const { exitCode } = await stack.run(verb('approve'));

      expect(exitCode).toBe(0);
      expect((await runOf(stack))?.gates?.[0]?.answer?.approved).toBe(true);
    });
  });

  it('asks a person first where that is asked of it', async () => {
    await withStack(
      twoServers,
      async (stack) => {
        await waiting(stack, { start: 'approve' });
        const { exitCode, err } = await stack.run(verb('approve'));

        expect(err).toContain('Add --yes if that is meant; nothing was touched.');
        expect(exitCode).toBe(2);
        expect(startsOf(stack)).toEqual([]);
      },
      { needsConsent: true },
    );
  });

  it('is what a rollback or a commit of such a run is told to use', async () => {
    await withStack(twoServers, async (stack) => {
      await waiting(stack, { start: 'approve' });
      for (const argv of [verb('rollback'), commit]) {
        const { exitCode, err } = await stack.run(argv);

        expect(err).toContain(`To refuse it: mgn-cutover approve night-1 ${stackFlags} --refuse`);
        expect(exitCode).toBe(2);
      }
    });
  });
});

describe('a run of a stack that waits for a commit', () => {
  it.each([
    ['commit', commit, 'CUTOVER', 'Finalized as asked: 2 of 2.'],
    ['rollback', verb('rollback'), 'READY_FOR_CUTOVER', '2 rolled back'],
  ])('can be answered by %s while its execution runs, and ends with that', async (_name, argv, state, words) => {
    await withStack(twoServers, async (stack) => {
      await waiting(stack, { commit: 'approve' });
      const { exitCode, out } = await stack.run(argv);

      expect(out).toContain(words);
      expect(exitCode).toBe(0);
      expect(statesOf(stack)).toEqual(new Set([state]));
      const watched = await stack.run(verb('watch'));
      expect(watched.out).toContain(words.replace('Finalized as asked: 2 of 2.', 'Finalized: 2 source servers'));
    });
  });

  it('is refused another commit or rollback while one is under way', async () => {
    await withStack(twoServers, async (stack) => {
      await waiting(stack, { commit: 'approve' });
      stack.hang('FinalizeCutover');
      stack.start('commit', 'night-1-commit-1', { runID: 'night-1' });
      await stack.time.sleep(5_000);
      const { exitCode, err } = await stack.run(verb('rollback'));

      expect(err).toContain('night-1-commit-1 of run night-1 is running since');
      expect(exitCode).toBe(2);
    });
  });

  it('is shown by watch with what it waits for, which is no stall', async () => {
    await withStack(twoServers, async (stack) => {
      await waiting(stack, { commit: 'approve' });
      await stack.time.sleep(3_600_000);
      const watching = stack.run(verb('watch'));
      await stack.time.sleep(60_000);
      await stack.run(commit);
      const { exitCode, out } = await watching;

      expect(out).toContain('The run waits for a person to commit it or bring it back until 2026-01-17');
      expect(out).toContain(`to keep what is verified (cannot be undone): mgn-cutover commit night-1 ${stackFlags}`);
      expect(out).not.toContain('no step of the execution has run');
      expect(out).toContain('Finalized: 2 source servers');
      expect(exitCode).toBe(0);
    });
  });

  it('is listed with what a person may say', async () => {
    await withStack(twoServers, async (stack) => {
      await waiting(stack, { commit: 'approve' });
      const { out } = await stack.run(['list', ...onStack, '--json']);

      expect(eventsIn(out).at(-1)).toMatchObject({
        runs: [
          {
            status: 'RUNNING',
            next: ['watch', 'commit', 'rollback'].map((name) => `mgn-cutover ${name} night-1 ${stackFlags}`),
          },
        ],
      });
    });
  });
});
