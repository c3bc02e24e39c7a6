/** explain over the ledger of a deployed stack, while its executions are at work and after. */
import type { LoopbackStack } from '../../support/stack-on-loopback.ts';
import { withStack } from '../../support/stack-on-loopback.ts';
import { commandLine, eventsIn, waveID } from '../command-line.ts';
import { aNight, onStack, stackFlags } from './night.ts';

/** The verb with MGN as the stack sees it. */
const explain = (stack: LoopbackStack, ...argv: string[]) =>
  commandLine(['explain', ...argv, ...onStack], {
    worlds: async (...opening) => {
      const world = await stack.worlds(...opening);
      const { services } = stack.simulated;
      return { ...world, within: (work) => world.within((session) => work({ ...session, services })) };
    },
  });

describe('explain --stack', () => {
  it('says of a server at work how far it is, that nobody has to do anything, and how to follow it', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID });
      await stack.time.sleep(200_000);
      const { out, exitCode } = await explain(stack, 'web-1');
      expect(out.split('\n')[0]).toMatch(/^▸ web-1 {2}\w+.*: in this phase for \d+ s, without a verdict yet$/);
      expect(out).toContain('Run night-1: at work, begun 22:00:00Z');
      expect(out).toMatch(
        new RegExp(
          `The run is at work; nothing is for a person to do now\\. To follow it:\n {4}mgn-cutover watch night-1 ${stackFlags}\n$`,
        ),
      );
      expect(exitCode).toBe(0);
    });
  });

  it('tells who approved and who committed, and when', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID, options: { start: 'approve' } });
      await stack.time.sleep(60_000);
      const waiting = await explain(stack, 'web-1');
      expect(waiting.out).toContain(`  to start: mgn-cutover approve night-1 ${stackFlags}\n`);
      await stack.run(['approve', 'night-1', ...onStack]);
      await stack.time.sleep(900_000);
      await stack.run(['commit', 'night-1', '--confirm', 'night-1', ...onStack]);
      await stack.time.sleep(60_000);
      const { out } = await explain(stack, 'web-1');
      expect(out).toContain('✓ web-1  FINALIZED: finalized, which cannot be undone');
      expect(out).toMatch(
        /Who decided what:\n {2}- 22:01:\d\dZ, \d+ min ago: the start was approved.*, execution arn:.*\n {2}- 22:\d\d:\d\dZ, .* ago: its finalization was asked for/,
      );
      expect(out).toMatch(
        /What is safe to do next:\n {2}Nothing is left to do; this cannot be undone\. .*\n {4}mgn-cutover report night-1 /,
      );
    });
  });

  it('says which way is left of a run whose execution was stopped', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID });
      await stack.time.sleep(200_000);
      stack.stop('wave-cutover', 'night-1');
      await stack.time.sleep(400_000);
      const [event] = eventsIn((await explain(stack, 'web-1', '--json', '--no-read')).out);
      expect(event).toMatchObject({
        run: { status: 'STOPPED' },
        next: [
          'The run has no end, and nothing works on it. To go on with it, or to go back:',
          `  mgn-cutover start INPUT.json --name night-1 --resume ${stackFlags}`,
          `  mgn-cutover rollback night-1 ${stackFlags}`,
        ],
      });
    });
  });

  it('does not say of a run that was stopped at its commit gate what it would do if nobody came', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID, options: { commit: 'approve', onCommitTimeout: 'rollback' } });
      await stack.time.sleep(900_000);
      expect((await explain(stack, 'web-1')).out).toContain('then everything is brought back');
      stack.stop('wave-cutover', 'night-1');
      await stack.time.sleep(60_000);
      const { out } = await explain(stack, 'web-1');
      expect(out).not.toContain('then everything is brought back');
      expect(out).toContain('The run has no end, and nothing works on it. To go on with it, or to go back:');
      expect(out).toContain(`mgn-cutover commit night-1 ${stackFlags}`);
      expect(out).toContain(`mgn-cutover rollback night-1 ${stackFlags}`);
    });
  });
});
