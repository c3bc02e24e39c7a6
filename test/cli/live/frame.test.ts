import { stripVTControlCharacters } from 'node:util';
import { trackOf } from '../../../cli/live/alphabet.ts';
import { heightOf } from '../../../cli/live/frame.ts';
import { widthOf } from '../../../cli/live/fit.ts';
import { paletteOf } from '../../../cli/live/style.ts';
import { phases, type ServerRecord } from '../../../functions/domain/server-record.ts';
import { applicationID } from '../../support/domain-builders.ts';
import { aRun, aServer, escape, linesOf, minute, pictureOf, startedAt, startMs } from './a-screen.ts';

const reason = {
  code: 'LAUNCH_FAILED',
  fact: 'job log: LAUNCH_FAILED, EC2 did not launch the instance: InsufficientInstanceCapacity',
  source: 'DescribeJobLogItems',
  remedy: 'Choose another instance type.',
};

const mixed = [
  aServer(1, 'verified', { cutover: startedAt(startMs, { launchedAt: startMs }) }),
  aServer(2, 'failed', { cutover: startedAt(startMs), reasons: [reason] }),
  aServer(3, 'conversion', { expectedLaunchSeconds: 1_200, cutover: startedAt(startMs) }),
  aServer(4, 'needs a person', { cutover: startedAt(startMs), reasons: [reason], nextSteps: ['look at it'] }),
];

const thousand = Array.from({ length: 1_000 }, (_, index) => {
  const phase = index === 417 ? 'failed' : index % 3 === 0 ? 'launch' : 'ready';
  return aServer(index + 1, phase, {
    applicationID: applicationID(Math.floor(index / 20)),
    applicationName: `app-${String(Math.floor(index / 20)).padStart(2, '0')}`,
    cutover: phase === 'ready' ? undefined : startedAt(startMs),
    reasons: phase === 'failed' ? [reason] : [],
  });
});

const sizes = [
  { columns: 80, rows: 24 },
  { columns: 200, rows: 50 },
  { columns: 40, rows: 12 },
  { columns: 20, rows: 8 },
];

describe('the picture', () => {
  it.each(sizes)('keeps within $columns columns and leaves the last of $rows rows free', (size) => {
    for (const servers of [[], mixed, thousand]) {
      const lines = linesOf({
        servers,
        size,
        hasKeys: true,
        news: 'a step failed '.repeat(30),
        header: { isRehearsal: true },
      });
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(size.columns);
      if (size.rows >= 12) expect(heightOf(lines, size.columns)).toBeLessThan(size.rows);
    }
  });

  it('shows track, phase, time in it, share and forecast of a source server at 80 columns', () => {
    expect(linesOf({ servers: mixed })).toContain(
      '▸ server-0003  ===C·····  conversion        10:00  33 %  ≈22:30Z in 20 min',
    );
  });

  it('says how late a phase is instead of an end that has passed', () => {
    const late = linesOf({ servers: mixed, now: startMs + 28 * minute });
    expect(late.find((line) => line.includes('server-0003'))).toMatch(/! 8 min over$/);
  });

  it('adds application and reason where there is room', () => {
    const lines = linesOf({ servers: mixed, size: { columns: 200, rows: 50 } });
    expect(lines.find((line) => line.includes('server-0002'))).toMatch(
      /shop .*failed .*LAUNCH_FAILED, EC2 did not launch/,
    );
  });

  it('keeps name, track and phase on a narrow terminal', () => {
    const lines = linesOf({ servers: mixed, size: { columns: 40, rows: 24 } });
    expect(lines).toContain('▸ server-00…  ===C·····  conversion');
  });

  it('lists applications instead of more source servers than there are rows, the worst first', () => {
    const lines = linesOf({ servers: thousand });
    const first = lines.findIndex((line) => line.includes('RTSCLBAVF')) + 1;
    expect(lines[first]).toMatch(/^✗ app-20 +\+20 .*failed/);
    expect(lines.join('\n')).toMatch(/… and \d+ more/);
    expect(lines.join('\n')).not.toMatch(/^. server-0001/m);
    const wide = linesOf({ servers: thousand, size: { columns: 200, rows: 50 } });
    expect(wide.find((line) => line.includes('app-20'))).toContain('1 failed');
  });

  it('shows the source servers of an application that was opened', () => {
    const { shown } = pictureOf({ servers: thousand });
    const open = new Set([shown.application ?? '']);
    const lines = linesOf({ servers: thousand, state: { open } });
    expect(lines.some((line) => /^✗ {3}server-0418/.test(line))).toBe(false);
    expect(lines.join('\n')).toMatch(/-20[^]*server-04\d\d/);
  });

  it.each([
    ['server-0042', 1],
    ['S-00000000000000042', 1],
    ['app-07', 20],
    ['failed', 1],
    ['nothing like it', 0],
  ])('filters by name, ID, application and phase: %s', (filter, count) => {
    const lines = linesOf({ servers: thousand, state: { filter } });
    expect(lines.at(-1)).toContain(`/${filter}  ${String(count)} of 1000 servers  Esc clears`);
    if (count > 0 && count < 10) expect(lines.filter((line) => /^. server-\d+ {2}/.test(line))).toHaveLength(count);
  });

  it('filters whatever letters are large or small', () => {
    const servers = [aServer(1, 'ready', { hostname: 'WIN-DB-1' }), aServer(2, 'ready')];
    expect(linesOf({ servers, state: { filter: 'win-Db' } }).at(-1)).toContain('1 of 2 servers');
  });

  it('shows only what went wrong where that is asked for', () => {
    const lines = linesOf({ servers: thousand, state: { isFailuresOnly: true } });
    expect(lines.filter((line) => /^. server-\d+ {2}/.test(line))).toEqual([expect.stringContaining('server-0418')]);
  });

  it('scrolls to the chosen row, marks it, and leaves head and failures where they are', () => {
    const { lines } = pictureOf({ servers: thousand, state: { row: 30, isRowChosen: true }, hasKeys: true });
    expect(lines.find((line) => line.includes('›'))).toBeDefined();
    expect(lines.join('\n')).toMatch(/and \d+ more, \d+ above/);
    expect(lines[0]).toContain('LIVE');
    expect(lines.join('\n')).toContain('InsufficientInstanceCapacity');
    expect(lines.at(-1)).toContain('? help');
  });

  it('has the source servers of each wave under its name', () => {
    const servers = [1, 2, 3].map((number) => aServer(number, 'launch'));
    const waveOf = (id: string) => (id === 'night-1' ? 'crm' : id.endsWith('3') ? 'erp' : 'crm');
    const lines = linesOf({ servers, waveOf, header: { kind: 'migration' }, waves: '2 waves: 2 under way' });
    const rows = lines.slice(lines.findIndex((line) => line.includes('RTSCLBAVF')) + 1);
    expect(rows.slice(0, 5).map((line) => line.split('  ')[0])).toEqual([
      'wave crm',
      '▸ server-0001',
      '▸ server-0002',
      'wave erp',
      '▸ server-0003',
    ]);
  });

  it('says the same words without colours', () => {
    const colours = { isTerminal: true, env: {} };
    const coloured = linesOf({ servers: mixed, palette: paletteOf(colours) });
    const plain = linesOf({ servers: mixed, palette: paletteOf({ ...colours, env: { NO_COLOR: '1' } }) });
    expect(coloured.join('')).toContain(escape);
    expect(plain.join('')).not.toContain(escape);
    expect(coloured.map((line) => stripVTControlCharacters(line).trimEnd())).toEqual(
      plain.map((line) => line.trimEnd()),
    );
  });

  it('does not let a host name, an application or an error move the cursor', () => {
    const nasty = aServer(5, 'failed', {
      hostname: `a${escape}[2Jb\nc`,
      applicationName: `shop${escape}]0;x\u0007`,
      reasons: [{ ...reason, fact: `x${escape}[1Ay\r\nz`, remedy: `r${escape}[3A` }],
      nextSteps: [`do${escape}[2J`],
    });
    const text = linesOf({ servers: [nasty], size: { columns: 160, rows: 24 } }).join('\n');
    expect(text).toContain('ab c');
    expect(text).toContain('xy z');
    expect(stripVTControlCharacters(text)).toBe(text);
  });
});

describe('the track', () => {
  it('is as wide in every phase, and tells any two apart that differ in what is to be done', () => {
    const tracks = phases.map((phase) => trackOf(aServer(1, phase)));
    expect(new Set(tracks.map(widthOf))).toEqual(new Set([9]));
  });

  it.each<[ServerRecord['phase'], Partial<ServerRecord>, string]>([
    ['ready', {}, 'R········'],
    ['conversion', {}, '===C·····'],
    ['verified', {}, '=======✓·'],
    ['finalized', {}, '========✓'],
    ['blocked', {}, '⊘········'],
    ['failed', { phaseTimes: { ready: 1, snapshot: 2, conversion: 3, failed: 4 } }, '===✗·····'],
    ['rolling back', { phaseTimes: { ready: 1, actions: 2, failed: 3 } }, '<<<<<<↺··'],
    ['rolling back', { cutover: startedAt(startMs, { launchedAt: startMs }) }, '<<<<<↺···'],
    ['rolled back', { phaseTimes: { actions: 2 } }, '↺········'],
    ['needs a person', { cutover: startedAt(startMs, { bootedAt: startMs }) }, '======!··'],
  ])('of %s', (phase, more, track) => {
    expect(trackOf(aServer(1, phase, more))).toBe(track);
  });
});

describe('a gate', () => {
  const gate = { gate: 'COMMIT' as const, openedAt: startMs, closesAt: startMs + 300 * minute, taskToken: 't' };
  const waiting = { runs: [aRun({ gates: [gate] })], servers: [...thousand] };

  it('stays in sight with its commands, however many rows there are', () => {
    const lines = linesOf({ ...waiting, state: { row: 40 } });
    expect(lines.join('\n')).toContain('! The cutover is over. The run waits for a person to commit it');
    expect(lines).toContain('  to bring it back: mgn-cutover rollback night-1 --region eu-west-1');
    expect(
      linesOf({ ...waiting, runs: [aRun({ gates: [{ ...gate, taskToken: undefined }] })] }).join('\n'),
    ).not.toContain('to bring it back');
  });

  it('has whole words and a backslash where a command needs more lines', () => {
    const lines = linesOf({ ...waiting, size: { columns: 40, rows: 40 } });
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(40);
    const command = lines.join('\n').replace(/ \\\n +/g, ' ');
    expect(command).toContain('mgn-cutover rollback night-1 --region eu-west-1');
  });

  it('that somebody has begun to answer asks nobody any more', () => {
    const executionID = 'arn:aws:states:us-east-1:000000000000:execution:rollback:night-1-rollback-1';
    const answered = (heldUntil: number) =>
      linesOf({ ...waiting, runs: [aRun({ gates: [gate], holder: { executionID, heldUntil } })] }).join('\n');
    expect(answered(startMs + 20 * minute)).toContain('! Somebody has begun a rollback; this run waits for it');
    expect(answered(startMs + 20 * minute)).not.toMatch(/mgn-cutover commit|waits for a person/);
    expect(answered(startMs + 5 * minute)).toContain('mgn-cutover commit night-1');
  });

  it('of each wave is shown, with the name of the wave', () => {
    const [one, other] = [aRun({ gates: [gate] }), aRun({ runID: aRun().runID, gates: [gate] })];
    const runs = [one, { ...other, runID: JSON.parse('"night-2"') }];
    const waveOf = (id: string) => (id === 'night-2' ? 'erp' : 'crm');
    const text = linesOf({ runs, waveOf, header: { kind: 'migration' }, size: { columns: 120, rows: 40 } }).join('\n');
    expect(text).toMatch(/wave crm: The cutover is over[^]*wave erp: The cutover is over/);
  });
});
