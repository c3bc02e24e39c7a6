import { commandLine, folder, oneWave } from './command-line.ts';

const files = folder();
const scenario = files.file('scenario.json', oneWave({ hostname: 'web-1' }));

/** Runs `simulate`, calls `use` with its endpoint once it serves, then asks it to stop. */
const simulating = (flags: readonly string[], use: (endpoint: string) => Promise<unknown>) => {
  let stop: (() => void) | undefined;
  let isUsed = false;
  return commandLine(['simulate', '--scenario', scenario, ...flags], {
    onStart: (interrupt) => {
      stop = interrupt;
    },
    onOutput: (text) => {
      const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(text)?.[0];
      if (isUsed || endpoint === undefined) return;
      isUsed = true;
      void use(endpoint).finally(() => {
        stop?.();
      });
    },
  });
};

describe('simulate', () => {
  it('says first where it is with --json, serves, and stops cleanly', async () => {
    let status = 0;
    const { exitCode, out } = await simulating(['--json'], async (endpoint) => {
      status = (await fetch(`${endpoint}/_simulator/clock`)).status;
    });
    expect(status).toBe(200);
    expect(out).toMatch(/^\{"endpoint":"http:\/\/127\.0\.0\.1:\d+"\}\n$/);
    expect(exitCode).toBe(0);
  });

  it('begins now, by the clock of its clients, or where it is told to at the scenario’s startTime', async () => {
    const timed = files.file('timed.json', { ...oneWave({ hostname: 'web-1' }), startTime: '2026-01-10T22:00:00Z' });
    const clockWith = async (flags: readonly string[]) => {
      let text = '';
      await simulating(['--scenario', timed, ...flags], async (endpoint) => {
        text = await (await fetch(`${endpoint}/_simulator/clock`)).text();
      });
      return Date.parse(/\d{4}-[^"]+Z/.exec(text)?.[0] ?? '');
    };
    const before = Date.now() - 1_000;
    expect(await clockWith([])).toBeGreaterThan(before);
    expect(await clockWith(['--begin', 'scenario', '--speed', '0'])).toBe(Date.parse('2026-01-10T22:00:00Z'));
  });

  it('tells a person how to use it', async () => {
    const { out } = await simulating([], () => Promise.resolve());
    expect(out).toMatch(/aws mgn describe-source-servers .*--endpoint-url http:\/\/127/);
  });

  it('warns when it listens for more than this machine', async () => {
    let status = 0;
    const { err } = await simulating(['--host', '0.0.0.0'], async (endpoint) => {
      status = (await fetch(`${endpoint}/_simulator/clock`)).status;
    });
    expect(status).toBe(200);
    expect(err).toMatch(
      /^mgn-cutover: warning: Whoever can reach 0\.0\.0\.0 may use this simulator .*no signature is checked/,
    );
    expect((await simulating([], () => Promise.resolve())).err).toBe('');
  });

  it('tells each call with --verbose', async () => {
    const { out } = await simulating(['--json', '--verbose'], (endpoint) =>
      fetch(`${endpoint}/ListWaves`, { method: 'POST', body: '{}' }),
    );
    expect(JSON.parse(out.split('\n')[1] ?? '')).toMatchObject({ type: 'call', operation: 'ListWaves', status: 200 });
  });

  it('says that the port is in use: exit 2', async () => {
    let second: { exitCode: number; err: string } | undefined;
    await simulating([], async (endpoint) => {
      second = await commandLine(['simulate', '--scenario', scenario, '--port', new URL(endpoint).port]);
    });
    expect(second?.err).toMatch(/Port \d+ is in use; choose another/);
    expect(second?.exitCode).toBe(2);
  });
});
