import { renderTable } from '../../cli/live/table.ts';
import { widthOf } from '../../cli/live/fit.ts';
import { paletteOf } from '../../cli/live/style.ts';
import { aServerRecord, nowMs, sourceServerID } from '../support/domain-builders.ts';

const palette = paletteOf({ isTerminal: false, env: {} });
const servers = (wave: string, from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    wave,
    record: aServerRecord({ sourceServerID: sourceServerID(from + index), hostname: `${wave}-${String(index + 1)}` }),
  }));
const view = (shown: ReturnType<typeof servers>) => ({
  header: { name: 'move', kind: 'migration' as const, target: '9 waves', place: 'LIVE eu-west-1', isRehearsal: false },
  startedAt: nowMs,
  now: nowMs + 60_000,
  servers: shown.map(({ record }) => record),
  waves: {
    summary: '9 waves: 6 verified, 2 under way (crm, erp), 1 waiting',
    of: new Map(shown.map(({ wave, record }) => [record.sourceServerID, wave])),
  },
});

describe('the table of a migration', () => {
  it('tells how far its waves are, and has the source servers of each under its name', () => {
    const lines = renderTable(
      view([...servers('crm', 1, 2), ...servers('erp', 3, 1)]),
      { columns: 90, rows: 24 },
      palette,
    );
    expect(lines[0]).toBe('LIVE eu-west-1  migration move  9 waves');
    expect(lines[1]).toBe('22:01:00Z  +1:00  9 waves: 6 verified, 2 under way (crm, erp), 1 waiting');
    expect(lines.slice(3).map((line) => line.split('  ')[0])).toEqual([
      'wave crm',
      expect.stringMatching(/crm-1$/),
      expect.stringMatching(/crm-2$/),
      'wave erp',
      expect.stringMatching(/erp-1$/),
      '',
    ]);
  });

  it('says how far they are while no source server is known', () => {
    const lines = renderTable(view([]), { columns: 90, rows: 24 }, palette);
    expect(lines[1]).toContain('9 waves: 6 verified');
    expect(lines.slice(3)).toEqual(['']);
  });

  it.each([
    [10, 40],
    [24, 80],
    [50, 120],
  ])('fits %i rows and %i columns, however many source servers there are', (rows, columns) => {
    const many = ['a', 'b', 'c', 'd', 'e'].flatMap((wave, index) => servers(wave, 100 * (index + 1), 60));
    const lines = renderTable(view(many), { columns, rows }, palette);
    expect(lines.length).toBeLessThan(rows);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
    expect(lines.some((line) => /and \d+ more/.test(line))).toBe(true);
  });
});
