/** Migrations on a deployed stack: begun by name, followed, stopped with their waves, gone on with, brought back. */
import { withStack, type LoopbackStack } from '../../support/stack-on-loopback.ts';
import { eventsIn, folder } from '../command-line.ts';
import { aNight, onStack, once, stackFlags } from './night.ts';

const files = folder();
const waveIDs = { crm: 'wave-00000000000000001', erp: 'wave-00000000000000002' };
const night = (erp: object = {}) => ({
  ...aNight(),
  waves: [
    { name: 'crm', waveID: waveIDs.crm, applications: [{ name: 'crm', servers: [{ hostname: 'crm-1' }] }] },
    { name: 'erp', waveID: waveIDs.erp, applications: [{ name: 'erp', servers: [{ hostname: 'erp-1', ...erp }] }] },
  ],
});
const migration = {
  waves: [
    { name: 'crm', input: { waveID: waveIDs.crm } },
    { name: 'erp', input: { waveID: waveIDs.erp } },
  ],
};
const input = files.file('migration.json', migration);
const start = ['start', input, ...onStack, '--name', 'move'];
const bodiesOf = (stack: LoopbackStack, wanted: string) =>
  stack.calls.filter(({ operation }) => operation === wanted).map(({ body }) => body);
const arnOf = (machine: string, name: string) =>
  `arn:aws:states:eu-central-1:123456789012:execution:MgnCutover-${machine}:${name}`;

describe('start of a migration', () => {
  it('starts it by its alias with the input as given, and says how to watch it; exit 0', async () => {
    await withStack(night(), async (stack) => {
      const { exitCode, out } = await stack.run(start);
      expect(exitCode).toBe(0);
      expect(out).toContain('They start in this order, one after the other.');
      expect(out).toContain('Started migration move at 2026-01-10T22:00:00.000Z.');
      expect(out).toContain(`to watch it: mgn-cutover watch move ${stackFlags}\n`);
      expect(bodiesOf(stack, 'StartExecution')).toEqual([
        {
          stateMachineArn: 'arn:aws:states:eu-central-1:123456789012:stateMachine:MgnCutover-migration-run:live',
          name: 'move',
          input: JSON.stringify(migration),
        },
      ]);
    });
  });

  it('with --watch follows its waves to the end, and exits as run does', async () => {
    await withStack(night({ cutover: 'launchFailed' }), async (stack) => {
      const { exitCode, out } = await stack.run([...start, '--watch']);
      expect(out).toContain('wave crm: started as run move-crm, 1 source server');
      expect(out).toMatch(/crm {2}crm-1 +verified/);
      expect(out).toContain('wave crm: VERIFIED: 1 source server: 1 verified');
      expect(out).toMatch(/erp {2}erp-1 +rolled back/);
      expect(out).toContain('Migration move: PARTIAL: 2 waves: 1 verified, 1 partly or not cut over (erp)');
      expect(out).toContain(`mgn-cutover rollback move-crm ${stackFlags}`);
      expect(exitCode).toBe(1);
    });
  });

  it('starts once, whoever repeats it, and says what became of it', async () => {
    await withStack(night(), async (stack) => {
      await stack.run(start);
      await stack.time.sleep(30_000);
      const again = await stack.run(start);
      expect(again.err).toContain(`Run move is running since 2026-01-10T22:00:00.000Z; nothing was started.`);
      expect(again.exitCode).toBe(2);
      await stack.run(['watch', 'move', ...onStack]);
      const later = await stack.run(start);
      expect(later.err).toMatch(
        /Migration move ended at 2026-01-10T22:\S+: 2 waves: 2 verified\. Nothing was started\./,
      );
      expect(later.exitCode).toBe(2);
      expect(bodiesOf(stack, 'StartExecution')).toHaveLength(1);
    });
  });

  it('refuses bad input before it looks for the stack', async () => {
    await withStack(night(), async (stack) => {
      const wrong = files.file('wrong.json', { waves: [{ name: 'crm', input: { waveId: waveIDs.crm } }] });
      const { exitCode, err } = await stack.run(['start', wrong, ...onStack]);
      expect(err).toContain('wave "crm": waveId is not a known field');
      expect(exitCode).toBe(2);
      expect(stack.calls).toEqual([]);
    });
  });
});

describe('watch of a migration', () => {
  it('shows a program its waves and its end, also when that is past', async () => {
    await withStack(night(), async (stack) => {
      stack.start('migration-run', 'move', migration);
      const live = await stack.run(['watch', 'move', ...onStack, '--json']);
      const events = eventsIn(live.out);
      expect(events.filter(({ type }) => type === 'wave').map(({ wave, state }) => [wave, state])).toEqual([
        ['crm', 'RUNNING'],
        ['crm', 'ENDED'],
        ['erp', 'RUNNING'],
        ['erp', 'ENDED'],
      ]);
      expect(events.at(-1)).toMatchObject({ type: 'end', exitCode: 0, outcome: 'VERIFIED' });
      const past = await stack.run(['watch', 'move', ...onStack]);
      expect(past.out).toContain('Migration move: VERIFIED: 2 waves: 2 verified');
      expect(past.exitCode).toBe(0);
    });
  });

  it('follows one wave of it by the name of its run', async () => {
    await withStack(night(), async (stack) => {
      stack.start('migration-run', 'move', migration);
      await stack.time.sleep(30_000);
      const { exitCode, out } = await stack.run(['watch', 'move-crm', ...onStack]);
      expect(out).toContain('Verified: 1 source server: 1 verified');
      expect(exitCode).toBe(0);
    });
  });

  it('detaches on Ctrl-C, and the migration goes on', async () => {
    await withStack(night(), async (stack) => {
      stack.start('migration-run', 'move', migration);
      const { exitCode, err } = await stack.run(['watch', 'move', ...onStack], { onOutput: once(/crm-1 +starting/) });
      expect(err).toContain(`Watch it again: mgn-cutover watch move ${stackFlags}`);
      expect(exitCode).toBe(130);
      expect((await stack.run(['watch', 'move', ...onStack])).exitCode).toBe(0);
    });
  });
});

describe('stop of a migration', () => {
  const stopped = async (stack: LoopbackStack) => {
    stack.start('migration-run', 'move', migration);
    await stack.time.sleep(60_000);
    return stack.run(['stop', 'move', ...onStack]);
  };

  it('stops it with its wave, and says what that leaves behind and how it goes on: exit 3', async () => {
    await withStack(night(), async (stack) => {
      const { exitCode, out } = await stopped(stack);
      expect(out).toContain('Wave execution move-crm is running since 2026-01-10T22:00:0');
      expect(out).toContain('migration move is stopped.');
      expect(out).toContain('Wave crm (run move-crm):');
      expect(out).toContain(`mgn-cutover rollback move-crm ${stackFlags}`);
      expect(out).toContain(
        `To go on with the migration: mgn-cutover start INPUT.json ${stackFlags} --name move --resume`,
      );
      expect(exitCode).toBe(3);
      await stack.time.sleep(3_600_000);
      expect((await stack.run(['list', ...onStack])).out).toMatch(
        /! move {2}STOPPED\n.*1 under way \(crm\), 1 waiting/,
      );
    });
  });

  it('refuses what is not running, and says what became of it: exit 2', async () => {
    await withStack(night(), async (stack) => {
      await stopped(stack);
      const { exitCode, err } = await stack.run(['stop', 'move', ...onStack]);
      expect(err).toMatch(/Migration move is not running\. Execution move was stopped at .* Nothing was stopped\./);
      expect(exitCode).toBe(2);
    });
  });

  it('can be gone on with: the wave first, then the migration', async () => {
    await withStack(night(), async (stack) => {
      await stopped(stack);
      await stack.time.sleep(10_000);
      const { exitCode, out } = await stack.run([...start, '--resume']);
      expect(out).toContain('wave crm goes on.');
      expect(out).toContain('Migration move goes on since');
      expect(exitCode).toBe(0);
      expect(bodiesOf(stack, 'RedriveExecution')).toMatchObject([
        { executionArn: arnOf('wave-cutover', 'move-crm') },
        { executionArn: arnOf('migration-run', 'move') },
      ]);
    });
  });

  it('is not gone on with by another input', async () => {
    await withStack(night(), async (stack) => {
      await stopped(stack);
      const other = files.file('other.json', { ...migration, onWaveFailed: 'continue' });
      const { exitCode, err } = await stack.run(['start', other, ...onStack, '--name', 'move', '--resume']);
      expect(err).toContain('was begun with another input');
      expect(exitCode).toBe(2);
      expect(bodiesOf(stack, 'RedriveExecution')).toEqual([]);
    });
  });
});

describe('list and rollback', () => {
  it('lists a migration with its waves, and brings them back, the last one first', async () => {
    await withStack(night(), async (stack) => {
      await stack.run([...start, '--watch']);
      const listed = await stack.run(['list', ...onStack]);
      expect(listed.out).toMatch(/✓ move {2}VERIFIED\n.*2 waves: 2 verified\n +✓ crm {2}VERIFIED {2}run move-crm\n/);
      expect(listed.out).toContain(`mgn-cutover rollback move ${stackFlags}`);
      const { exitCode, out } = await stack.run(['rollback', 'move', ...onStack]);
      expect(out.indexOf('Wave erp')).toBeLessThan(out.indexOf('Wave crm'));
      expect(exitCode).toBe(0);
      expect(stack.servers().map(({ lifeCycle }) => lifeCycle?.state)).toEqual(Array(2).fill('READY_FOR_CUTOVER'));
      const after = await stack.run(['list', ...onStack]);
      expect(after.out).toMatch(/↺ move {2}PARTIAL\n.*2 waves: 2 partly or not cut over \(crm, erp\)/);
    });
  });

  it('brings nothing back while the migration runs', async () => {
    await withStack(night(), async (stack) => {
      stack.start('migration-run', 'move', migration);
      await stack.time.sleep(30_000);
      const { exitCode, err } = await stack.run(['rollback', 'move', ...onStack]);
      expect(err).toContain(`Migration move is running; nothing was started. Stop it first: mgn-cutover stop move`);
      expect(exitCode).toBe(2);
    });
  });
});
