import { PassThrough } from 'node:stream';
import { writeLine } from '../../../cli/io.ts';
import { neutral, safeJson } from '../../../cli/live/neutral.ts';
import { cut, fit, plain, widthOf } from '../../../cli/live/fit.ts';
import { commandLine, eventsIn, folder, lastingWorld, waveID } from '../../cli/command-line.ts';
import { controlsIn } from './clean-refusal.ts';
import { terminalTricks } from './hostile-values.ts';

jest.setTimeout(30_000);

const files = folder();
const wave = files.file('wave.json', { waveID, options: { onBlocked: 'skip' } });

/** Source servers that say something nasty wherever a machine or a person can say something. */
const nasty = (trick: string, number: number): object => ({
  hostname: `web-${String(number)} ${trick}`,
  fqdn: `web.${trick}.example.com`,
  os: trick,
  tags: { Name: trick, [`key ${trick}`]: trick },
  recommendedInstanceType: 'm5.large',
  launchConfiguration: { name: trick.slice(0, 100) },
  cutover: { outcome: number % 2 === 0 ? 'launched' : 'launchFailed', rawError: `Out of capacity ${trick}` },
  actions: [
    {
      actionName: `check ${trick}`,
      documentIdentifier: 'AWS-RunShellScript',
      mustSucceedForCutover: true,
      cutover: number % 4 === 0 ? 'success' : { result: 'failed', failureReason: `no ${trick}` },
    },
  ],
  ...(number % 5 === 4 ? { replication: { state: 'STALLED', error: 'AGENT_NOT_SEEN', rawError: trick } } : {}),
});

const long = 'x'.repeat(200);
const names = [
  ...terminalTricks.map((trick) => trick.replaceAll('\u0000', '\u0001')),
  '漢字'.repeat(20),
  `a${'\u0301'.repeat(150)}`,
  '🙂'.repeat(60),
  long,
];
const account = () => ({
  startTime: '2026-01-10T22:00:00Z',
  waves: [
    {
      name: 'night \u001b[2J',
      waveID,
      applications: names.map((trick, number) => ({
        name: `shop${String(number)}\u202E\u001b]0;x\u0007`,
        servers: [nasty(trick, number)],
      })),
    },
  ],
});
const scenario = files.file('nasty.json', account());

/** Columns of a line as a terminal counts them, as far as this test's letters go. */
const columnsOf = (line: string): number =>
  Array.from(line.replace(/\u001b\[[0-9;]*m/g, '').replace(/\p{M}/gu, '')).reduce(
    (sum, character) => sum + (/\p{Script=Han}|\p{Emoji_Presentation}/u.test(character) ? 2 : 1),
    0,
  );

describe('what a terminal is given of names and messages of others', () => {
  it.each([
    ['a pipe', {}],
    ['a terminal of 80 columns', { isTerminal: true, columns: 80, rows: 24 }],
    ['a wide terminal without colours', { isTerminal: true, columns: 200, rows: 60, env: { NO_COLOR: '1' } }],
  ])('%s gets no control character of theirs from a whole night', async (_what, size) => {
    for (const verb of ['plan', 'run']) {
      const speed = verb === 'run' ? ['--speed', '1000000'] : [];
      const { exitCode, out, err } = await commandLine([verb, wave, '--scenario', scenario, ...speed], size);
      expect([0, 1, 3]).toContain(exitCode);
      expect(controlsIn(out)).toEqual([]);
      expect(controlsIn(err)).toEqual([]);
      expect(out).toMatch(/web-0/);
      expect(out.split('\n').every((line) => !line.startsWith('mgn-cutover: all is well'))).toBe(true);
    }
  });

  it('gives none to a terminal afterwards either: list, rollback, commit', async () => {
    const { worlds } = lastingWorld(account());
    await commandLine(['run', wave, '--name', 'night-1', '--yes', '--region', 'us-east-1'], { worlds });
    for (const argv of [
      ['rollback', 'night-1', '--yes'],
      ['commit', 'night-1', '--yes'],
    ]) {
      const { out, err } = await commandLine([...argv, '--region', 'us-east-1'], { worlds, isTerminal: true });
      expect(out + err).not.toBe('');
      expect(controlsIn(out + err)).toEqual([]);
    }
  });

  it('gives a program lines that are safe to look at', async () => {
    const { out } = await commandLine(['run', wave, '--scenario', scenario, '--json']);
    expect(controlsIn(out)).toEqual([]);
    expect(JSON.stringify(eventsIn(out))).toContain('漢字漢字');
  });

  it('keeps the table within its columns where letters are wide', async () => {
    const columns = 60;
    const { out } = await commandLine(['run', wave, '--scenario', scenario, '--speed', '1000000'], {
      isTerminal: true,
      columns,
      rows: 40,
    });
    const [drawn = ''] = out.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').split('Partly cut over:');
    const table = drawn.split('\n').filter((line) => /^[·▸✓↺✗!⊘] web-/u.test(line));
    expect(table.length).toBeGreaterThan(5);
    for (const line of table) expect(columnsOf(line)).toBeLessThanOrEqual(columns);
  });

  it.each([
    ['漢字', 4],
    ['ｆｕｌｌ', 8],
    ['한글', 4],
    ['🙂', 2],
    ['a\u0301', 1],
    ['web', 3],
    ['’…·', 3],
  ])('takes %s for %i columns', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
    expect(widthOf(fit(text, 10))).toBe(10);
    expect(widthOf(cut(text.repeat(20), 7))).toBeLessThanOrEqual(7);
  });

  it.each(terminalTricks)('makes %j plain', (trick) => {
    expect(controlsIn(plain(`a${trick}b`))).toEqual([]);
    expect(plain(`a${trick}b`)).not.toContain('\n');
    expect(controlsIn(neutral(`a${trick}b`).replaceAll('\u001b[0m', ''))).toEqual([]);
    const value = { [`k${trick}`]: trick };
    expect(JSON.parse(safeJson(value))).toEqual(value);
    expect(controlsIn(safeJson(value))).toEqual([]);
  });

  it('lets through nothing but lines and our own colours, wherever a line is written', () => {
    const stream = new PassThrough();
    writeLine(stream, '\u001b[31mred\u001b[39m \u001b[2J\u001b[8m\u009b1m\u202Eab\rc');
    expect(String(stream.read())).toBe('\u001b[31mred\u001b[39m \ufffd[2J\ufffd[8m\ufffd1m\ufffdab\ufffdc\n');
  });

  it('does not let a tower of marks through', () => {
    expect(plain(`a${'\u0301'.repeat(10_000)}`).length).toBeLessThan(10);
  });
});
