/** The tutorial's commands, typed as it says, do what it says, and leave the file that it opens. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { commandLinesOf } from './command-lines.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'tutorial-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Runs a command line as it stands in the tutorial, but that its file is written beside the test's other ones. */
const follow = (verb: string, part: string, ...more: readonly string[]) => {
  const found = commandLinesOf('docs/tutorial.md').filter((line) => line[0] === verb && line.join(' ').includes(part));
  expect(found).toHaveLength(1);
  const argv = (found[0] ?? []).map((word) => (word === 'night.html' ? path.join(folder, word) : word));
  const env = { XDG_STATE_HOME: folder };
  const program = ['cli/mgn-cutover.ts', ...argv, ...more];
  const { status, stdout } = spawnSync(process.execPath, program, { encoding: 'utf8', timeout: 60_000, env });
  return { exitCode: status, out: stdout };
};

describe('the tutorial', () => {
  it('plans the example: one server is blocked for seven reasons', () => {
    const { exitCode, out } = follow('plan', 'examples/wave.json');
    const [, reasons = ''] = /wms-db.*\n((?: {4}.*\n)+)/.exec(out) ?? [];

    expect(exitCode).toBe(0);
    expect(reasons.match(/^ {4}- /gm)).toHaveLength(7);
  });

  it('runs the example, exits with 1, and leaves a report that needs no network', () => {
    const { exitCode, out } = follow('run', 'examples/wave.json');
    const report = readFileSync(path.join(folder, 'night.html'), 'utf8');

    expect(exitCode).toBe(1);
    expect(out).toContain('7 verified, 6 rolled back, 1 blocked');
    expect(out).toContain('The answer to StartCutover was lost');
    expect(report).toContain('shop-web-3');
    expect(report).not.toMatch(/(?:src|href)="https?:/);
  });

  it('rehearses a fleet that it makes up, and says how long it takes and who is last', () => {
    const { exitCode, out } = follow('rehearse', '--demo-fleet 200', '--seeds', '1');

    expect(exitCode).toBeLessThan(2);
    for (const words of ['200 source servers', 'p90', 'fit the window', 'Long pole']) expect(out).toContain(words);
  });

  it('plans and runs a whole night of five waves: the reports are never started', () => {
    expect(follow('plan', 'examples/migration.json').exitCode).toBe(0);
    const { exitCode, out } = follow('run', 'examples/migration.json');

    expect(exitCode).toBe(1);
    expect(out).toMatch(/reports.*not started/i);
  });
});
