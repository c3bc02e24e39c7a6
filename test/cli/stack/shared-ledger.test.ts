/** A laptop that does the work itself, with the ledger of a stack: the two never work on the same servers. */
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { parseRunName } from '../../../cli/run-name.ts';
import { openStackLedger } from '../../../cli/stack/stack-world.ts';
import type { OpenWorld } from '../../../cli/world.ts';
import { createLedger } from '../../../functions/ledger/ledger.ts';
import { createSimulatedServices } from '../../../local/simulated-world.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { startHttpServer } from '../../../simulator/http-server.ts';
import { withStack, type LoopbackStack } from '../../support/stack-on-loopback.ts';
import { commandLine, folder, oneWave, waveID } from '../command-line.ts';
import { aNight, once } from './night.ts';

const files = folder();
const input = files.file('wave.json', { waveID });
const servers = aNight({ hostname: 'web-1' });
const place = ['--region', 'eu-central-1', '--ledger', 'stack:MgnCutover'];
const run = ['run', input, ...place];

/** Every process has its own. */
const servicesOf = ({ simulated, time }: LoopbackStack) => createSimulatedServices(simulated.simulator, time);

/** The world of a laptop in the account of the stack. */
const laptop =
  (stack: LoopbackStack): OpenWorld =>
  async (_flags, _use, io) => ({
    isRehearsal: false,
    needsConsent: false,
    label: 'LIVE eu-central-1, the ledger of STACK MgnCutover',
    flags: place.join(' '),
    ledgerPath: 'the ledger of STACK MgnCutover',
    within: (work) => work({ services: servicesOf(stack), time: stack.time }),
    ...(await openStackLedger({ stack: 'MgnCutover' }, { ...io, env: stack.env }, stack.reach)),
  });

describe('a run from a laptop with the ledger of a stack', () => {
  it('is refused the name of a run that the stack works on, and does not free that', async () => {
    await withStack(servers, async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID });
      await stack.time.sleep(200_000);
      const { exitCode, err } = await stack.run([...run, '--name', 'night-1'], { worlds: laptop(stack) });
      expect(err).toMatch(/Run night-1 is held by execution arn:aws:states:eu-central-1:123456789012:/);
      expect(exitCode).toBe(2);
      await stack.time.sleep(600_000);
      const { value } = (await createLedger(stack.store).readRun(parseRunName('RUN', 'night-1'))) ?? {};
      expect(value?.end?.outcome).toBe('VERIFIED');
    });
  });

  it('is refused the servers that a run of the stack has locked', async () => {
    await withStack(servers, async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID });
      await stack.time.sleep(200_000);
      const { exitCode, out } = await stack.run([...run, '--name', 'night-2'], { worlds: laptop(stack) });
      expect(out).toMatch(/run night-1/);
      expect(exitCode).toBe(2);
    });
  });

  it('is brought back by the stack when it was stopped', async () => {
    await withStack(servers, async (stack) => {
      const stopped = await stack.run([...run, '--name', 'night-1'], {
        worlds: laptop(stack),
        onOutput: once(/starting/),
      });
      expect(stopped.exitCode).toBe(3);
      expect(stopped.out).toContain(`mgn-cutover rollback night-1 ${place.join(' ')}`);
      await stack.time.sleep(16 * 60_000);
      const { exitCode, out } = await stack.run(['rollback', 'night-1', '--stack', 'MgnCutover']);
      expect(out).toContain('1 rolled back');
      expect(exitCode).toBe(0);
    });
  });

  it('leaves no open run behind for the stack to wonder about when nothing was started', async () => {
    await withStack(aNight({ hostname: 'web-1', launchedInstance: 'none' }), async (stack) => {
      const stopped = await stack.run([...run, '--name', 'night-1'], {
        worlds: laptop(stack),
        onOutput: once(/web-1 +ready/),
      });
      expect(stopped.out).toContain('Stopped before anything was started; nothing was touched.');
      expect(stopped.exitCode).toBe(2);
      expect(await createLedger(stack.store).listOpenRunIDs()).toEqual([]);
    });
  });

  it('does not go on with a run that the stack has half brought back', async () => {
    await withStack(servers, async (stack) => {
      stack.start('wave-cutover', 'night-1', { waveID });
      await stack.time.sleep(900_000);
      stack.start('rollback', 'night-1-rollback-1', { runID: 'night-1' });
      await stack.time.sleep(5_000);
      stack.stop('rollback', 'night-1-rollback-1');
      await stack.time.sleep(1_200_000);
      const { exitCode, err } = await stack.run([...run, '--name', 'night-1'], { worlds: laptop(stack) });
      expect(err).toContain('A rollback of run night-1 was begun and not finished; finish it first');
      expect(exitCode).toBe(2);
    });
  });

  it('keeps the stack from working on it meanwhile', async () => {
    await withStack(servers, async (stack) => {
      await stack.run([...run, '--name', 'night-1'], { worlds: laptop(stack), onOutput: once(/starting/) });
      const { exitCode, err } = await stack.run(['rollback', 'night-1', '--stack', 'MgnCutover']);
      expect(err).toMatch(
        /Run night-1 is being worked on from another machine: arn:aws:states:us-east-1:000000000000:/,
      );
      expect(exitCode).toBe(2);
    });
  });
});

const nightOne = parseRunName('RUN', 'night-1');
const guard = { partition: 'process#night-1', sort: 'guard' };
const nightOneRun = [...run, '--name', 'night-1'];

/** Makes the ledger what it is when another laptop has worked on the run and then slept for longer than a hold. */
const fallAsleep = async ({ store, time }: LoopbackStack) => {
  const value = { pid: 1, host: 'laptop-a', claimedAt: time.now() - 960_000 };
  await store.write([{ ...guard, expect: 'any', value }]);
  const ledger = createLedger(store);
  const { value: record, version } = (await ledger.readRun(nightOne)) ?? {};
  if (record?.holder === undefined || version === undefined) throw new Error('nobody holds the run');
  await ledger.saveRun({ ...record, holder: { ...record.holder, heldUntil: time.now() - 1 } }, version);
};

describe('two laptops with the ledger of a stack', () => {
  it('never drive one run: the one that slept is refused when it wakes up, and the other goes on unharmed', async () => {
    await withStack(servers, async (stack) => {
      const other = Promise.withResolvers<Awaited<ReturnType<typeof stack.run>>>();
      const sleeper = await stack.run(nightOneRun, {
        worlds: laptop(stack),
        onOutput: once(/starting/, () => {
          const takeOver = stack.time.sleep(5_000).then(() => stack.time.hold(fallAsleep(stack)));
          other.resolve(takeOver.then(() => stack.run(nightOneRun, { worlds: laptop(stack) })));
        }),
      });
      expect(sleeper.err).toMatch(
        /Run night-1 is held by execution arn:aws:states:us-east-1:000000000000:execution:wave-cutover:night-1:\S+;/,
      );
      expect(sleeper.exitCode).toBe(3);
      const { exitCode, out } = await other.promise;
      expect(out).toContain('This run has begun already and would go on from where it is');
      expect(out).toContain('Verified: 1 source server: 1 verified');
      expect(exitCode).toBe(0);
    });
  });

  it('go on with a run at once where the first one was stopped with Ctrl-C, and plan it too', async () => {
    await withStack(servers, async (stack) => {
      await stack.run(nightOneRun, { worlds: laptop(stack), onOutput: once(/starting/) });
      const planned = await stack.run(['plan', ...nightOneRun.slice(1)], { worlds: laptop(stack) });
      expect(planned).toMatchObject({ exitCode: 0 });
      const { exitCode, out } = await stack.run(nightOneRun, { worlds: laptop(stack) });
      expect(out).toContain('Verified: 1 source server: 1 verified');
      expect(exitCode).toBe(0);
    });
  });
});

describe('a run whose process was killed', () => {
  it('goes on at once from the same machine', async () => {
    await withStack(servers, async (stack) => {
      await stack.run(nightOneRun, { worlds: laptop(stack), onOutput: once(/starting/) });
      const { pid } = spawnSync(process.execPath, ['-e', '']);
      const value = { pid, host: hostname(), claimedAt: stack.time.now() };
      await stack.store.write([{ ...guard, expect: 'absent', value }]);
      const { exitCode, out } = await stack.run(nightOneRun, { worlds: laptop(stack) });
      expect(out).toContain('Verified: 1 source server: 1 verified');
      expect(exitCode).toBe(0);
    });
  });
});

describe('what a stack was deployed with', () => {
  it('holds for a laptop that shares its ledger: the tag of source servers', async () => {
    await withStack(servers, async (stack) => {
      stack.outputs['SourceServerTag'] = 'mgn-cutover=allowed';
      const { exitCode, out } = await stack.run([...run, '--name', 'night-1'], { worlds: laptop(stack) });
      expect(out).toMatch(/aws mgn tag-resource .*--tags mgn-cutover=allowed/);
      expect(exitCode).toBe(2);
    });
  });

  it('holds for a laptop that shares its ledger: how long records are kept', async () => {
    await withStack(servers, async (stack) => {
      await stack.run([...run, '--name', 'night-1'], { worlds: laptop(stack) });
      const client = new DynamoDBClient({
        endpoint: stack.env['AWS_ENDPOINT_URL_DYNAMODB'] ?? '',
        region: 'eu-central-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });
      const { Items = [] } = await stack.time.hold(client.send(new ScanCommand({ TableName: 'ledger' })));
      const days = Items.map(({ expiresAt }) => Math.round((Number(expiresAt?.N) - stack.time.now() / 1_000) / 86_400));
      expect(new Set(days)).toEqual(new Set([400]));
    });
  });
});

describe('--ledger stack:NAME', () => {
  it('finds the stack’s table by itself, and plans with its locks', async () => {
    const scenario = oneWave({ hostname: 'web-1' });
    const simulator = await startHttpServer({ scenario: parseScenario(scenario), seed: 1, port: 0, speed: 1 });
    await withStack(scenario, async (stack) => {
      const argv = ['plan', input, '--endpoint', simulator.endpoint, '--ledger', 'stack:MgnCutover'];
      const { exitCode, out } = await stack.time.hold(commandLine(argv, { env: stack.env }));
      expect(out).toContain(`SIMULATOR ${simulator.endpoint}, the ledger of STACK MgnCutover`);
      expect(out).toContain('A run would start 1 cutover job of 1 source server.');
      expect(exitCode).toBe(0);
    });
    await simulator.close();
  });
});
