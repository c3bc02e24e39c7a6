import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCallsFor } from '../../../cli/rehearse/read-calls.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { CallRecord } from '../../../simulator/call-log.ts';
import { startHttpServer } from '../../../simulator/http-server.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { commandLine, eventsIn, folder, oneWave, waveID } from '../command-line.ts';
import { operationsOf } from './pictures.ts';

jest.setTimeout(60_000);

const files = folder();
const input = files.file('wave.json', { waveID });
const scenario = files.file('scenario.json', oneWave({ hostname: 'web-1' }, { hostname: 'db-1' }));
const rehearseIn = (...argv: string[]) => commandLine(['rehearse', ...argv]);

/** Serves the scenario on this machine, as `simulate` does, while `use` talks to it. */
const served = async <Answer>(
  scenarioInput: object,
  use: (endpoint: string, calls: CallRecord[]) => Promise<Answer>,
) => {
  const calls: CallRecord[] = [];
  const scenario = parseScenario({ ...scenarioInput, startTime: new Date().toISOString() });
  const server = await startHttpServer({ scenario, port: 0, speed: 1, seed: 1, onCall: (call) => calls.push(call) });
  try {
    return await use(server.endpoint, calls);
  } finally {
    await server.close();
  }
};

const env = { XDG_STATE_HOME: join(files.path, 'state') };
const server = (hostname: string, more: object = {}) => ({ hostname, tags: { owner: 'acme' }, ...more });
const liveWave = oneWave(server('acme-web'), server('acme-db', { actions: [{ actionName: 'acme check' }] }));

describe('rehearse against an endpoint', () => {
  it('makes only the calls that it listed before, none of which changes anything, and leaves no ledger', async () => {
    await served(liveWave, async (endpoint, calls) => {
      const { exitCode, out } = await commandLine(
        ['rehearse', input, '--endpoint', endpoint, '--region', 'us-east-1', '--seeds', '1'],
        { env },
      );
      expect(exitCode).toBe(0);
      expect(out.indexOf('each of these calls only reads')).toBeLessThan(out.indexOf('Read 2 source servers'));
      const listed = readCallsFor([parseRunInput({ waveID })]).map(({ action }) => action.replace(/^mgn:/, ''));
      const called = operationsOf(calls);
      expect(called.filter((operation) => !listed.includes(operation))).toEqual([]);
      expect(called).toEqual(
        expect.arrayContaining(['DescribeSourceServers', 'DescribeJobLogItems', 'ec2:DescribeSubnets']),
      );
      expect(called.every((operation) => /^(?:\w+:)?(?:Describe|List|Get)/.test(operation))).toBe(true);
      for (const action of listed) expect(out).toContain(action);
      expect(existsSync(env.XDG_STATE_HOME)).toBe(false);
    });
  });

  it('reads launch settings and actions of a source server once', async () => {
    await served(liveWave, async (endpoint, calls) => {
      await commandLine(['rehearse', input, '--endpoint', endpoint, '--region', 'us-east-1', '--seeds', '0'], { env });
      expect(calls.filter(({ operation }) => operation === 'GetLaunchConfiguration')).toHaveLength(2);
      expect(calls.filter(({ operation }) => operation === 'ListSourceServerActions')).toHaveLength(2);
    });
  });

  it('saves a scenario and its input that rehearse and run take', async () => {
    const save = join(files.path, 'kept.json');
    await served(liveWave, (endpoint) =>
      commandLine(
        ['rehearse', input, '--endpoint', endpoint, '--region', 'us-east-1', '--seeds', '0', '--save', save],
        { env },
      ),
    );
    const kept = join(files.path, 'kept.input.json');
    expect(JSON.parse(readFileSync(kept, 'utf8'))).toEqual({ waveID });
    expect((await rehearseIn(kept, '--scenario', save, '--seeds', '1')).exitCode).toBe(0);
    const run = await commandLine(['run', kept, '--scenario', save]);
    expect(run.out).toContain('2 source servers: 2 verified');
  });

  it('shows and saves under pseudonyms nothing that names the fleet', async () => {
    const save = join(files.path, 'anonymous.json');
    const output = join(files.path, 'anonymous-rehearsal.json');
    const shown = await served(liveWave, (endpoint) =>
      commandLine(
        [
          'rehearse',
          input,
          '--endpoint',
          endpoint,
          '--region',
          'us-east-1',
          '--seeds',
          '1',
          '--anonymise',
          '--save',
          save,
          '--output',
          output,
        ],
        { env },
      ),
    );
    expect(shown.exitCode).toBe(0);
    const texts = [save, join(files.path, 'anonymous.input.json'), output].map((path) => readFileSync(path, 'utf8'));
    const all = [shown.out, shown.err, ...texts].join('\n').toLowerCase();
    for (const secret of ['acme', waveID.slice(5), '123456789012']) expect(all).not.toContain(secret);
    expect(all).toContain('server-1');
  });

  it('says in a sentence that nobody answers', () => {
    // A process of its own: the SDK keeps timers of a refused connection, which the program does not wait for.
    const argv = ['cli/mgn-cutover.ts', 'rehearse', input, '--endpoint', 'http://127.0.0.1:9', '--region', 'us-east-1'];
    const { status, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8', timeout: 20_000, env: {} });
    expect(status).toBe(2);
    expect(stderr).toMatch(/^mgn-cutover: .*127\.0\.0\.1:9/m);
  });
});

describe('rehearse', () => {
  it('plays a made-up fleet of 200 without an input or an account', async () => {
    const { exitCode, out, err } = await rehearseIn('--demo-fleet', '200', '--seeds', '2');
    expect(exitCode).toBe(0);
    expect(out).toContain('200 source servers: 200 ready, 0 blocked');
    expect(out).toMatch(/launch and verify +\d+ min +\d+ min +\d+ min +\d+ min/);
    expect(out).toContain('launch plus rollback fit the window in 2 of 2 nights (100 %)');
    expect(out).toMatch(/clean night: \S+-db-\d+ \(\S+\), \d+ min: /);
    expect(out).toContain('Estimates, no promise');
    expect(err).toMatch(/Clean night played in \d+\.\d s\. 2 more to go, about \d+ s\./);
  });

  it('is one JSON document, byte for byte the same for the same seed and another for another', async () => {
    const run = async (seed: string) =>
      (await rehearseIn('--demo-fleet', '40', '--seeds', '3', '--seed', seed, '--json')).out;
    const [one, again, other] = [await run('5'), await run('5'), await run('6')];
    expect(again).toBe(one);
    expect(other).not.toBe(one);
    const [document, ...more] = eventsIn(one);
    expect(more).toEqual([]);
    expect(document).toMatchObject({
      type: 'rehearsal',
      exitCode: 0,
      isEstimate: true,
      faults: 'usual',
      seeds: { asked: 3, played: 3 },
      plans: [{ decision: 'PROCEED', servers: 40, blocked: [] }],
      clean: { verdicts: { VERIFIED: 40 } },
    });
  });

  it('saves the made-up fleet, which plays the same from its files', async () => {
    const save = join(files.path, 'demo.json');
    const figures = async (...argv: string[]) =>
      eventsIn((await rehearseIn(...argv, '--seeds', '1', '--json')).out)[0]?.['figures'];
    const first = await figures('--demo-fleet', '20', '--save', save);
    expect(first).toMatchObject({ nights: 1 });
    expect(await figures(join(files.path, 'demo.input.json'), '--scenario', save)).toEqual(first);
  });

  it('says what would block tonight, with remedies, and exits 2', async () => {
    const troubled = files.file(
      'troubled.json',
      oneWave({ hostname: 'web-1' }, { hostname: 'db-1', replication: { lagSeconds: 900 } }),
    );
    const { exitCode, out } = await rehearseIn(input, '--scenario', troubled, '--seeds', '1');
    expect(exitCode).toBe(2);
    expect(out).toContain('db-1 (shop)  BLOCKED');
    expect(out).toContain('lagDuration is 900 s');
    expect(out).toContain('Wait until the backlog is gone');
    expect(out).toContain('No night could be rehearsed');
  });

  it('with --seeds 0 plays the clean night alone', async () => {
    const { exitCode, out } = await rehearseIn(input, '--scenario', scenario, '--seeds', '0');
    expect(exitCode).toBe(0);
    expect(out).toContain('Rehearsed: a clean night\n');
    expect(out).not.toContain('p90');
  });

  it('says by how many nights a last safe start is, and which of the two a run keeps to', async () => {
    const window = { opensAt: '2026-01-17T22:00Z', closesAt: '2026-01-18T06:00Z' };
    const windowed = files.file('windowed.json', { waveID, window });
    const alone = await rehearseIn(windowed, '--scenario', scenario, '--seeds', '0');
    expect(alone.out).toContain('Last safe start by the rehearsal (clean night): 2026-01-18');
    expect(alone.out).toContain('Last safe start by the plan, which a run keeps to: 2026-01-18');
    const many = await rehearseIn(windowed, '--scenario', scenario, '--seeds', '2');
    expect(many.out).toContain('Last safe start by the rehearsal (p90): 2026-01-18');
  });

  it('writes the same document with --output as with --json', async () => {
    const output = join(files.path, 'rehearsal.json');
    const { out } = await rehearseIn(input, '--scenario', scenario, '--seeds', '2', '--json', '--output', output);
    const written: unknown = JSON.parse(readFileSync(output, 'utf8'));
    expect(eventsIn(out)).toMatchObject([written]);
  });

  it('writes the report of the clean night as an HTML file', async () => {
    const report = join(files.path, 'night.html');
    const { exitCode, out } = await rehearseIn(input, '--scenario', scenario, '--seeds', '0', '--report', report);
    expect(exitCode).toBe(0);
    expect(out).toContain(report);
    const page = readFileSync(report, 'utf8');
    expect(page).toMatch(/^<!DOCTYPE html>/);
    expect(page).toContain('REHEARSAL');
    expect(page).toContain('web-1');
  });

  it.each([80, 200])(
    'keeps to %d columns of a terminal, without colour where NO_COLOR asks for it',
    async (columns) => {
      const { out } = await commandLine(['rehearse', '--demo-fleet', '60', '--seeds', '4', '--faults', 'bad'], {
        isTerminal: true,
        columns,
        env: { NO_COLOR: '1' },
      });
      expect(out).not.toContain('\u001b[');
      expect(out.split('\n').filter((line) => line.length > columns)).toEqual([]);
    },
  );

  it('stops after the night that is being played when it is interrupted', async () => {
    let stop: () => void = () => undefined;
    const running = commandLine(['rehearse', '--demo-fleet', '100', '--seeds', '500'], {
      onStart: (interrupt) => (stop = interrupt),
    });
    setTimeout(() => {
      stop();
    }, 1_500);
    const { exitCode, out } = await running;
    expect(exitCode).toBe(0);
    expect(out).toMatch(/stopped before the other \d+/);
  });

  it('explains its odds, its exit codes and how to begin in its help', async () => {
    const { exitCode, out } = await rehearseIn('--help');
    expect(exitCode).toBe(0);
    expect(out).toContain('mgn-cutover rehearse --demo-fleet 200');
    expect(out).toMatch(/0\.2 % +1 % +server +EC2 has no capacity/);
    expect(out).toContain('Exit codes:');
    const [, odds = ''] = out.split('Odds of');
    const [table = ''] = odds.split('Examples:');
    expect(table.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it.each([
    [[], 'the INPUT of a run, or --demo-fleet 200'],
    [[input], 'Say where: --region REGION'],
    [[input, '--scenario', scenario, '--region', 'us-east-1'], '--scenario does not go with --region'],
    [[input, '--demo-fleet', '5'], 'leave out INPUT'],
    [['--demo-fleet', '5', '--region', 'us-east-1'], 'leave out --region'],
    [['--demo-fleet', '0'], 'a whole number from 1 to 1000'],
    [['--demo-fleet', '5', '--seeds', '-1'], 'a whole number from 0 to 1000'],
    [['--demo-fleet', '5', '--faults', 'awful'], 'none, usual, bad'],
    [['--demo-fleet', '5', '--output', '/no/such/folder/x.json'], '--output: /no/such/folder/x.json cannot be written'],
    [['--demo-fleet', '5', '--save', '/no/such/folder/x.json'], '--save: /no/such/folder/x.json cannot be written'],
    [[input, '--scenario', scenario, '--save', scenario], 'is a file that this rehearsal reads'],
    [[files.file('bad.json', { waveID: 'wave-1' }), '--scenario', scenario], 'waveID'],
    [
      [files.file('other.json', { waveID: 'wave-00000000000000000' }), '--scenario', scenario],
      'MGN knows no wave-00000000000000000',
    ],
    [[input, '--scenario', files.file('none.json', { wave: [] })], 'wave: is not a known key'],
  ])('refuses %j in a sentence', async (argv, words) => {
    const { exitCode, err, out } = await rehearseIn(...argv);
    expect(exitCode).toBe(2);
    expect(err).toContain(words);
    expect(err).not.toContain('a defect of');
    expect(out).toBe('');
  });
});
