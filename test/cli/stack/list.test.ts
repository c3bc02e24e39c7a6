import { openSqliteStore } from '../../../functions/ledger/sqlite-store.ts';
import { noteRunPlace } from '../../../cli/run-place.ts';
import { claimRunForProcess } from '../../../local/process-guard.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { parseRunName } from '../../../cli/run-name.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import { withStack, type LoopbackStack } from '../../support/stack-on-loopback.ts';
import { join } from 'node:path';
import { commandLine, eventsIn, folder, lastingWorld, oneWave, waveID } from '../command-line.ts';
import { aNight, onStack, stackFlags } from './night.ts';

const files = folder();
const list = ['list', ...onStack];

/** A stack with a verified run, one that was refused before it came into the ledger, one that was stopped, one at work. */
const busy = async (stack: LoopbackStack) => {
  stack.start('wave-cutover', 'verified', { waveID });
  await stack.time.sleep(900_000);
  await stack.run(['rollback', 'verified', ...onStack]);
  stack.start('wave-cutover', 'again', { waveID });
  await stack.time.sleep(900_000);
  stack.start('wave-cutover', 'wrong', { waveId: waveID });
  await stack.time.sleep(1_000);
  await stack.run(['rollback', 'again', ...onStack]);
  stack.start('wave-cutover', 'stopped', { waveID });
  await stack.time.sleep(60_000);
  stack.stop('wave-cutover', 'stopped');
  await stack.time.sleep(400_000);
};

describe('list --stack', () => {
  it('shows every run, the newest first, with how it stands and what comes next', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      stack.start('wave-cutover', 'verified', { waveID });
      await stack.time.sleep(900_000);
      const { exitCode, out } = await stack.run(list);
      expect(exitCode).toBe(0);
      expect(out.split('\n')).toEqual([
        'Runs in STACK MgnCutover in eu-central-1, the newest first:',
        '✓ verified  VERIFIED',
        `    2026-01-10 22:00Z  ${waveID}  1 source server: 1 verified`,
        expect.stringMatching(/^ {4}newest fact \d+ min ago$/),
        `    mgn-cutover commit verified ${stackFlags}`,
        `    mgn-cutover rollback verified ${stackFlags}`,
        '',
      ]);
    });
  });

  it('tells runs at work, stopped, refused early and ended apart', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      await busy(stack);
      stack.start('wave-cutover', 'at-work', { waveID });
      await stack.time.sleep(1_000);
      const { out } = await stack.run([...list, '--json']);
      const [event] = eventsIn(out);
      expect(event).toMatchObject({
        type: 'runs',
        where: 'STACK MgnCutover in eu-central-1',
        runs: [
          { name: 'at-work' },
          {
            name: 'stopped',
            status: 'STOPPED',
            summary: '1 source server: 1 starting',
            next: [
              `mgn-cutover start INPUT.json --name stopped --resume ${stackFlags}`,
              `mgn-cutover rollback stopped ${stackFlags}`,
            ],
          },
          { name: 'wrong', status: 'REFUSED_EARLY', summary: expect.stringContaining('waveId is not a known field') },
          {
            name: 'again',
            status: 'ENDED',
            outcome: 'PARTIAL',
            summary: '1 source server: 1 rolled back',
            next: [`mgn-cutover report again ${stackFlags}`],
          },
          { name: 'verified', status: 'ENDED', outcome: 'PARTIAL', target: waveID },
        ],
      });
    });
  });

  it('shows a run at work with its phases, and a rollback at work as its run’s', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID });
      await stack.time.sleep(200_000);
      const running = { name: 'night-1', status: 'RUNNING', next: [`mgn-cutover watch night-1 ${stackFlags}`] };
      expect(eventsIn((await stack.run([...list, '--json'])).out)).toMatchObject([
        { runs: [{ ...running, summary: '1 source server: 1 starting' }] },
      ]);
      await stack.time.sleep(900_000);
      stack.start('rollback', 'night-1-rollback-1', { runID: 'night-1' });
      await stack.time.sleep(5_000);
      expect(eventsIn((await stack.run([...list, '--json'])).out)).toMatchObject([
        { runs: [{ ...running, summary: '1 source server: 1 rolling back' }] },
      ]);
    });
  });

  it('shows an execution whose run is not in the ledger yet', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      stack.hang('ResolveWave');
      stack.start('wave-cutover', 'scheduled', { waveID });
      const { out } = await stack.run(list);
      expect(out).toContain('▸ scheduled  RUNNING');
      expect(out).toContain(`2026-01-10 22:00Z  ${waveID}  its source servers are not resolved yet`);
    });
  });

  it('shows no more than it is asked for', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      for (const name of ['one', 'two', 'three']) {
        stack.start('wave-cutover', name, { waveId: waveID });
        await stack.time.sleep(1_000);
      }
      const { out } = await stack.run([...list, '--limit', '2', '--json']);
      expect(eventsIn(out)).toMatchObject([{ runs: [{ name: 'three' }, { name: 'two' }] }]);
    });
  });

  it('says that there is none', async () => {
    await withStack(aNight({ hostname: 'web-1' }), async (stack) => {
      expect((await stack.run(list)).out).toBe('There is no run in STACK MgnCutover in eu-central-1.\n');
    });
  });
});

describe('list', () => {
  it('shows the runs in a ledger of this machine', async () => {
    const path = join(files.path, 'ledger.sqlite');
    const store = openSqliteStore(path);
    const world = lastingWorld(oneWave({ hostname: 'web-1' }));
    const input = files.file('wave.json', { waveID });
    const worlds: typeof world.worlds = async (...opening) => ({ ...(await world.worlds(...opening)), store });
    await commandLine(['run', input, '--region', 'us-east-1', '--name', 'night-1'], { worlds });
    const run = { runID: parseRunName('RUN', 'night-0'), input: parseRunInput({ waveID }), nonce: 'n', createdAt: 0 };
    await createLedger(store).createRun(run);
    store.close();
    const { exitCode, out } = await commandLine(['list', '--ledger', path]);
    expect(exitCode).toBe(0);
    expect(out).toContain(`Runs in ${path}, the newest first:\n✓ night-1  VERIFIED\n`);
    expect(out).toContain(`mgn-cutover rollback night-1 --region us-east-1 --ledger ${path}\n`);
    expect(out).toContain('↺ night-0  STOPPED\n');
    expect(out).toContain(`mgn-cutover run INPUT.json --name night-0 --ledger ${path}\n`);
  });

  it('puts the endpoint that was given into the commands, with its region', async () => {
    const path = join(files.path, 'endpoint.sqlite');
    const store = openSqliteStore(path);
    const run = { runID: parseRunName('RUN', 'night-0'), input: parseRunInput({ waveID }), nonce: 'n', createdAt: 0 };
    await createLedger(store).createRun(run);
    store.close();
    const place = ['--endpoint', 'http://127.0.0.1:8080', '--region', 'eu-west-1', '--ledger', path];
    const { exitCode, out } = await commandLine(['list', ...place]);
    expect(out).toContain(`mgn-cutover run INPUT.json --name night-0 ${place.join(' ')}\n`);
    expect(exitCode).toBe(0);
  });

  it('says that a command of this machine is at work, and where, in the command that follows it', async () => {
    const path = join(files.path, 'at-work.sqlite');
    const store = openSqliteStore(path);
    const runID = parseRunName('RUN', 'night-0');
    await createLedger(store).createRun({ runID, input: parseRunInput({ waveID }), nonce: 'n', createdAt: 0 });
    const claim = await claimRunForProcess(store, runID, Date.now());
    await noteRunPlace({ store, endpoint: 'http://127.0.0.1:8080', isRehearsal: false }, [runID]);
    const { out } = await commandLine(['list', '--ledger', path]);
    await claim.release();
    const later = await commandLine(['list', '--ledger', path]);
    store.close();
    expect(out).toContain('▸ night-0  RUNNING\n');
    expect(out).toContain(`\n    mgn-cutover watch night-0 --endpoint http://127.0.0.1:8080 --ledger ${path}\n`);
    expect(later.out).toContain('night-0  STOPPED\n');
  });

  it('tells how old the newest fact of a run is, and of one that is held how to follow it', async () => {
    const path = join(files.path, 'held.sqlite');
    const store = openSqliteStore(path);
    const now = Date.now();
    const holder = { executionID: 'arn:somebody', heldUntil: now + 600_000 };
    const run = { runID: parseRunName('RUN', 'night-0'), input: parseRunInput({ waveID }), nonce: 'n', createdAt: 0 };
    await createLedger(store).createRun({
      ...run,
      holder,
      plan: { plannedAt: now - 720_000, decision: 'PROCEED', reasons: [] },
    });
    store.close();
    const { out } = await commandLine(['list', '--ledger', path]);
    expect(out).toContain('▸ night-0  ON ANOTHER MACHINE\n');
    expect(out).toContain('\n    newest fact 12 min ago\n');
    expect(out).toContain(`\n    mgn-cutover watch night-0 --ledger ${path}\n`);
  });

  it.each([
    ['no ledger', ['--ledger', '/no/such/ledger.sqlite'], /there is no ledger at \/no\/such\/ledger\.sqlite/],
    ['a region without a stack', ['--region', 'eu-west-1'], /--region belongs to --stack or --endpoint/],
    [
      'a stack and an endpoint',
      ['--stack', 'MgnCutover', '--endpoint', 'http://x'],
      /--stack does not go with --endpoint/,
    ],
    ['what is no endpoint', ['--endpoint', 'here'], /"here" is not a URL/],
    ['a stack’s ledger', ['--ledger', 'stack:MgnCutover'], /say --stack MgnCutover/],
    ['a stack and a ledger', ['--stack', 'MgnCutover', '--ledger', 'x'], /--stack does not go with --ledger/],
    ['no count', ['--limit', '0'], /whole number from 1 to 1000/],
  ])('refuses %s', async (_what, flags, message) => {
    const { exitCode, err } = await commandLine(['list', ...flags]);
    expect(err).toMatch(message);
    expect(exitCode).toBe(2);
  });
});
