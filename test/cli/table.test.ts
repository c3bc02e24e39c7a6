import { stripVTControlCharacters } from 'node:util';
import * as v from 'valibot';
import { renderTable } from '../../cli/live/table.ts';
import { widthOf } from '../../cli/live/fit.ts';
import { paletteOf } from '../../cli/live/style.ts';
import { ServerRecordSchema, type Phase, type ServerRecord } from '../../functions/domain/server-record.ts';

const start = Date.parse('2026-01-10T22:00:00Z');
const plainPalette = paletteOf({ isTerminal: false, env: {} });

const idOf = (number: number) => `s-${String(number).padStart(17, '0')}`;

const aServer = (number: number, phase: Phase, more: object = {}): ServerRecord =>
  v.parse(ServerRecordSchema, {
    sourceServerID: idOf(number),
    arn: `arn:aws:mgn:us-east-1:123456789012:source-server/${idOf(number)}`,
    hostname: `server-${String(number).padStart(3, '0')}`,
    applicationName: 'point-of-sale',
    isArchived: false,
    phase,
    phaseAt: start,
    launch: 'PENDING',
    reasons: [],
    warnings: [],
    expectedActions: [],
    actions: [],
    nextSteps: [],
    ...more,
  });

const reason = {
  code: 'X',
  fact: 'job log: LAUNCH_FAILED, EC2 did not launch the instance',
  source: 'DescribeJobLogItems',
};

const view = (servers: ServerRecord[]) => ({
  header: { name: 'night-1', kind: 'cutover' as const, target: 'wave-1', place: 'LIVE eu-west-1', isRehearsal: false },
  startedAt: start,
  now: start + 3_725_000,
  servers,
});

const mixed = [
  aServer(1, 'verified', { verdict: 'VERIFIED' }),
  aServer(2, 'failed', { reasons: [reason, reason] }),
  aServer(3, 'conversion'),
  aServer(4, 'needs a person', { verdict: 'NEEDS_A_PERSON' }),
];

describe('renderTable', () => {
  it.each([30, 40, 80, 120, 200])('keeps every line within %d columns', (columns) => {
    const lines = renderTable(view(mixed), { columns, rows: 24 }, plainPalette);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(columns);
  });

  it('shows name, application, phase, time in phase and the telling reason at 80 columns', () => {
    const lines = renderTable(view(mixed), { columns: 80, rows: 24 }, plainPalette);
    expect(lines[0]).toBe('LIVE eu-west-1  cutover night-1  wave-1');
    expect(lines[1]).toBe('23:02:05Z  +1:02:05  1 verified, 1 under way, 1 failing, 1 needing a person of 4');
    expect(lines).toContain('▸ server-003  point-of-sale  conversion      1:02:05');
    expect(lines).toContain('✗ server-002  point-of-sale  failed          1:02:05  LAUNCH_FAILED, EC2 did no…');
  });

  it('still names server and phase at 40 columns', () => {
    const lines = renderTable(view(mixed), { columns: 40, rows: 24 }, plainPalette);
    expect(lines.some((line) => line.startsWith('✗ server-002  failed'))).toBe(true);
  });

  it('fits the terminal’s height: what fails or moves first, the rest counted', () => {
    const many = [...Array.from({ length: 300 }, (_, index) => aServer(index + 10, 'verified')), ...mixed];
    const lines = renderTable(view(many), { columns: 80, rows: 12 }, plainPalette);
    expect(lines.length).toBeLessThanOrEqual(11);
    const rows = lines.slice(3);
    expect(rows.slice(0, 3).map((line) => line.slice(0, 12))).toEqual(['! server-004', '✗ server-002', '▸ server-003']);
    expect(rows).toContain('… and 298 more');
  });

  it('does not let a host name or an error move the cursor', () => {
    const escape = String.fromCharCode(27);
    const nasty = aServer(5, 'failed', {
      hostname: `a${escape}[2Jb\nc`,
      reasons: [{ ...reason, fact: `x${escape}[1Ay\r\nz` }],
    });
    const text = renderTable(view([nasty]), { columns: 120, rows: 24 }, plainPalette).join('\n');
    expect(text).toContain('ab c');
    expect(text).toContain('xy z');
    expect(stripVTControlCharacters(text)).toBe(text);
  });
});
