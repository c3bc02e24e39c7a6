import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { widthOf } from '../../../cli/live/fit.ts';
import { parseRunName } from '../../../cli/run-name.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { withStack, type LoopbackStack } from '../../support/stack-on-loopback.ts';
import { eventsIn, folder, waveID } from '../command-line.ts';
import { aNight, onStack, once, stackFlags } from './night.ts';

const files = folder();
const watch = ['watch', 'night-1', ...onStack];
const web = aNight({ hostname: 'web-1' });
const wave = { waveID };
const runID = parseRunName('RUN', 'night-1');

const begin = (stack: LoopbackStack) => {
  stack.start('wave-cutover', 'night-1', wave);
};

describe('watch', () => {
  it('follows a run that something else started, to its end', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      const { exitCode, out } = await stack.run(watch);
      const lines = out.split('\n');
      expect(lines[0]).toMatch(
        new RegExp(`^22:00:0\\dZ {2}cutover night-1: ${waveID}, STACK MgnCutover in eu-central-1$`),
      );
      expect(out).toMatch(/web-1 +end test inst\./);
      expect(out).toMatch(/web-1 +verified/);
      expect(out).toContain('Verified: 1 source server: 1 verified');
      expect(exitCode).toBe(0);
    });
  });

  it('goes away with Ctrl-C, comes back, and has company', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      const left = await stack.run(watch, { onOutput: once(/starting/) });
      expect(left.exitCode).toBe(130);
      expect(left.err).toContain(
        `Detached; night-1 goes on in STACK MgnCutover in eu-central-1. Watch it again: mgn-cutover watch night-1 ${stackFlags}`,
      );
      expect(stack.calls.map(({ operation }) => operation)).not.toContain('StopExecution');
      const [one, other] = await Promise.all([stack.run(watch), stack.run(watch)]);
      expect([one.exitCode, other.exitCode]).toEqual([0, 0]);
      expect(other.out).toContain('Verified: 1 source server: 1 verified');
    });
  });

  it('finds a run that was started a moment ago and does not show yet', async () => {
    await withStack(web, async (stack) => {
      stack.hang('ResolveWave');
      begin(stack);
      stack.lag(1_500);
      const leaving = once(/cutover night-1/, queueMicrotask);
      const { exitCode, out } = await stack.run(watch, { onOutput: leaving });
      expect(out).toContain(`cutover night-1: ${waveID}`);
      expect(exitCode).toBe(130);
    });
  });

  it('shows at once how an ended run ended, and writes its report', async () => {
    await withStack(aNight({ hostname: 'web-1', cutover: 'launchFailed' }), async (stack) => {
      begin(stack);
      await stack.run(watch);
      const before = stack.time.now();
      const output = join(files.path, 'report.json');
      const { exitCode, out } = await stack.run([...watch, '--output', output]);
      expect(out).toContain('Not cut over: 1 source server: 1 rolled back');
      expect(out).not.toContain('cutover night-1');
      expect(exitCode).toBe(1);
      expect(stack.time.now()).toBe(before);
      const report: unknown = JSON.parse(readFileSync(output, 'utf8'));
      expect(report).toMatchObject({
        run: { name: 'night-1', outcome: 'PARTIAL' },
        world: { isRehearsal: false, place: 'STACK MgnCutover in eu-central-1' },
      });
    });
  });

  it('exits 2 when the wave was refused', async () => {
    await withStack(aNight({ hostname: 'web-1', tested: false }), async (stack) => {
      begin(stack);
      const { exitCode, out } = await stack.run(watch);
      expect(out).toContain('Refused, nothing was touched');
      expect(exitCode).toBe(2);
    });
  });

  it('says why an execution failed that touched nothing: exit 2', async () => {
    await withStack(web, async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID: 'wave-00000000000000000' });
      const { exitCode, out } = await stack.run(watch);
      expect(out).toMatch(/Execution night-1 failed at \S+: waveID: MGN knows no wave-00000000000000000/);
      expect(out).toContain('Nothing was started; nothing was touched.');
      expect(exitCode).toBe(2);
    });
  });

  it('says what an execution that is stopped under its eyes leaves behind: exit 3', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      const stopping = once(/starting/, () => {
        stack.stop('wave-cutover', 'night-1');
      });
      const { exitCode, out } = await stack.run(watch, { onOutput: stopping });
      expect(out).toMatch(/Execution night-1 was stopped at \S+Z\./);
      expect(out).toContain('1 of 1 source servers are not settled');
      expect(out).toContain(`to go on: mgn-cutover start INPUT.json ${stackFlags} --name night-1 --resume`);
      expect(out).toContain(`to bring back what was started: mgn-cutover rollback night-1 ${stackFlags}`);
      expect(exitCode).toBe(3);
      expect((await stack.run(watch)).exitCode).toBe(3);
    });
  });

  it('shows the rollback of a run while that is at work, and exits as it would', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      await stack.run(watch);
      stack.start('rollback', 'night-1-rollback-1', { runID: 'night-1' });
      const { exitCode, out } = await stack.run(watch);
      expect(out).toContain('rollback night-1: all of the run, STACK MgnCutover in eu-central-1');
      expect(out).toContain('Not cut over: 1 source server: 1 rolled back');
      expect(exitCode).toBe(0);
    });
  });

  it('shows the commit of a run while that is at work, and exits as it would', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      await stack.run(watch);
      stack.start('commit', 'night-1-commit-1', { runID: 'night-1' });
      const { exitCode, out } = await stack.run(watch);
      expect(out).toContain('commit night-1: all of the run, STACK MgnCutover in eu-central-1');
      expect(out).toContain('Finalized: 1 source server: 1 finalized');
      expect(exitCode).toBe(0);
    });
  });

  it('says so when no step runs any more although the execution does', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      const hanging = once(/starting/, () => {
        stack.hang('PollJobs');
      });
      let text = '';
      const { out } = await stack.run(watch, {
        onOutput: (output, interrupt) => {
          text += output;
          hanging(output, interrupt);
          if (/no step of the execution/.test(text)) interrupt();
        },
      });
      expect(out).toMatch(/^22:1\d:\d\dZ {2}no step of the execution has run for ten minutes at least/m);
    });
  });

  it('bears throttles, and tells of a long silence once', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      const throttling = once(/end test inst/, () => {
        stack.refuse('DescribeExecution', 100, 'ThrottlingException', 'Rate exceeded');
      });
      const { exitCode, out } = await stack.run(watch, { onOutput: throttling });
      expect(out.match(/no answer since 22:0\d:\d\dZ \(.*Rate exceeded\); the execution goes on/g)).toHaveLength(1);
      expect(out).toContain('Verified: 1 source server: 1 verified');
      expect(exitCode).toBe(0);
    });
  });

  it('says how to come back when it may no longer look: exit 3', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      const expiring = once(/end test inst/, () => {
        stack.refuse('DescribeExecution', 1, 'ExpiredTokenException', 'the token has expired');
      });
      const { exitCode, err } = await stack.run(watch, { onOutput: expiring });
      expect(err).toContain('It can no longer be watched');
      expect(err).toContain(`once you are signed in again: mgn-cutover watch night-1 ${stackFlags}`);
      expect(exitCode).toBe(3);
    });
  });

  it('gives up on an execution that Step Functions no longer knows: exit 3', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      const forgetting = once(/end test inst/, () => {
        stack.refuse('DescribeExecution', 1_000, 'ExecutionDoesNotExist');
      });
      const { exitCode, err } = await stack.run(watch, { onOutput: forgetting });
      expect(err).toContain('Execution night-1 is gone from STACK MgnCutover in eu-central-1');
      expect(exitCode).toBe(3);
    });
  });

  it('names the runs it knows when it does not know this one', async () => {
    await withStack(web, async (stack) => {
      expect((await stack.run(watch)).err).toContain(
        'RUN: there is no run night-1; STACK MgnCutover in eu-central-1 knows no run at all.',
      );
      begin(stack);
      await stack.run(watch);
      const { exitCode, err } = await stack.run(['watch', 'night-2', ...onStack]);
      expect(err).toContain('there is no run night-2 in STACK MgnCutover in eu-central-1; it knows night-1.');
      expect(exitCode).toBe(2);
    });
  });

  it('tells of a run that a machine works on with the stack’s ledger', async () => {
    await withStack(web, async (stack) => {
      const holder = {
        executionID: 'arn:aws:states:us-east-1:000000000000:execution:wave-cutover:night-1',
        heldUntil: stack.time.now() + 600_000,
      };
      const run = { runID, input: parseRunInput(wave), nonce: 'n', createdAt: stack.time.now(), holder };
      await createLedger(stack.store).createRun(run);
      const { out } = await stack.run(watch);
      expect(out).toContain('Run night-1 was begun from a machine with the stack’s ledger, and not by the stack.');
      expect(out).toContain('It is being worked on there');
    });
  });

  it('tells programs with events, the end last', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      const { out, err, exitCode } = await stack.run([...watch, '--json']);
      const events = eventsIn(out);
      expect(events[0]).toMatchObject({ type: 'run', run: { name: 'night-1', kind: 'cutover' } });
      expect(new Set(events.map(({ type }) => type))).toEqual(
        new Set(['run', 'run-record', 'execution', 'server', 'end']),
      );
      expect(events.at(-1)).toMatchObject({
        type: 'end',
        exitCode,
        outcome: 'VERIFIED',
        report: { run: { name: 'night-1' } },
      });
      expect(err).toBe('');
    });
  });

  it('draws the table on a terminal, however narrow', async () => {
    await withStack(web, async (stack) => {
      begin(stack);
      const { out } = await stack.run(watch, { isTerminal: true, columns: 40, env: { NO_COLOR: '1' } });
      const last = stripVTControlCharacters(out.slice(out.lastIndexOf('LIVE'), out.indexOf('Verified:')));
      expect(last).toMatch(/^LIVE {2}cutover night-1\n/);
      expect(last).toMatch(/✓ web-1 {2}=======✓· {2}verified/);
      expect(Math.max(...last.split('\n').map(widthOf))).toBeLessThanOrEqual(40);
    });
  });
});
