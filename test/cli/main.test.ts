import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, eventsIn, folder, oneWave, waveID } from './command-line.ts';

const files = folder();
const input = files.file('wave.json', { waveID });
const scenario = files.file('scenario.json', oneWave({ hostname: 'web-1' }));

/** So wide that no sentence of the help is broken. */
const wide = { columns: 200 };

describe('the command line', () => {
  it.each([['--help'], ['run', '--help']])('lists the exit codes in %s %s', async (...argv) => {
    const { exitCode, out } = await commandLine(argv, wide);
    expect(exitCode).toBe(0);
    expect(out).toMatch(
      /Exit codes:\n {2}0 .*verified.*\n {2}1 .*not cut over.*\n {2}2 {2}refused, nothing was touched\n {2}3 {2}a person/,
    );
  });

  it('lists what the exit codes of a plan mean', async () => {
    const { out } = await commandLine(['plan', '--help'], wide);
    expect(out).toMatch(/Exit codes:\n {2}0 .*would start.*\n {2}2 .*would be refused/);
  });

  it('lists what the exit codes of a rollback mean', async () => {
    const { out } = await commandLine(['rollback', '--help'], wide);
    expect(out).toMatch(/Exit codes:\n {2}0 .*is back.*\n {2}2 .*nothing was touched\n {2}3 +a person/);
  });

  it('exits 0 when every source server is verified', async () => {
    const { exitCode, out } = await commandLine(['run', input, '--scenario', scenario]);
    expect(out).toContain('Verified: 1 source server: 1 verified');
    expect(exitCode).toBe(0);
  });

  it('exits 2 when the wave is refused, with the reasons', async () => {
    const blocked = files.file('blocked.json', oneWave({ hostname: 'web-1' }, { hostname: 'web-2', tested: false }));
    const { exitCode, out } = await commandLine(['run', input, '--scenario', blocked]);
    expect(out).toContain('Refused, nothing was touched: 2 source servers: 1 blocked, untouched, 1 not started');
    expect(out).toContain('lifeCycle.lastTest has never been initiated');
    expect(exitCode).toBe(2);
  });

  it('exits 3 when a person is needed, with the commands that are left', async () => {
    const stuck = files.file(
      'stuck.json',
      oneWave({ hostname: 'web-1', cutover: 'launchFailed' }, { hostname: 'web-2', cutover: 'stuck' }),
    );
    const { exitCode, out } = await commandLine(['run', input, '--scenario', stuck]);
    expect(out).toMatch(/^A person is needed: /m);
    expect(out).toContain('aws mgn describe-source-servers');
    expect(exitCode).toBe(3);
  });

  it('reads its input from stdin', async () => {
    const { exitCode } = await commandLine(['run', '-', '--scenario', scenario], { stdin: JSON.stringify({ waveID }) });
    expect(exitCode).toBe(0);
  });

  it('writes the history of every execution with --log', async () => {
    const log = join(files.path, 'history.ndjson');
    await commandLine(['run', input, '--scenario', scenario, '--log', log]);
    const history = eventsIn(readFileSync(log, 'utf8'));
    const started = history.filter(({ type }) => type === 'ExecutionStarted').map(({ machine }) => machine);
    expect(started).toEqual(['wave-cutover', 'cutover-shift']);
    expect(history.at(-1)).toMatchObject({ type: 'ExecutionSucceeded', machine: 'wave-cutover' });
  });

  it('shows a defect as one line, and its stack only with --debug', async () => {
    const worlds = () => Promise.reject(new TypeError('something nobody thought of'));
    const short = await commandLine(['run', input, '--region', 'eu-west-1'], { worlds });
    expect(short.err).toBe(
      'mgn-cutover: something nobody thought of (a defect of mgn-cutover; add --debug to see where)\n',
    );
    expect(short.exitCode).toBe(3);
    const long = await commandLine(['run', input, '--region', 'eu-west-1', '--debug'], { worlds });
    expect(long.err).toContain('TypeError: something nobody thought of\n    at ');
  });
});
