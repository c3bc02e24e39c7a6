import { pinnedLines, shortened } from '../../../cli/live/pinned.ts';
import { widthOf } from '../../../cli/live/fit.ts';

const unbroken = (lines: readonly string[]) => lines.join('\n').replace(/ \\\n +/g, ' ');

describe('lines that may not be cut', () => {
  it('stay as they are where they fit', () => {
    expect(pinnedLines('  to start: mgn-cutover approve night-1', 80)).toEqual([
      '  to start: mgn-cutover approve night-1',
    ]);
  });

  it('go on after a backslash, so that the pieces are one command to a shell', () => {
    const command = "mgn-cutover approve night-1 --region eu-west-1 --ledger '/home/me/my ledger.sqlite' --refuse";
    const lines = pinnedLines(`  to refuse: ${command}`, 44);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(44);
    expect(unbroken(lines)).toContain(command);
    expect(lines.filter((line) => line.includes("--ledger '/home/me/my ledger.sqlite'"))).toHaveLength(1);
  });

  it('keep a comment a comment, so that a shell runs nothing of it', () => {
    const line =
      '    aws mgn terminate-target-instances --source-server-ids s-1 # only once it is READY_FOR_CUTOVER and nobody needs it';
    const lines = pinnedLines(line, 50);
    const start = lines.findIndex((piece) => piece.trim().startsWith('#'));
    expect(start).toBeGreaterThan(0);
    expect(lines.slice(start).every((piece) => piece.trim().startsWith('#'))).toBe(true);
    expect(lines[start - 1]).not.toMatch(/\\$/);
  });

  it('leave a word whole that is longer than the line', () => {
    const word = `--endpoint=${'x'.repeat(60)}`;
    expect(pinnedLines(`  mgn-cutover watch night-1 ${word}`, 40).some((line) => line.includes(word))).toBe(true);
  });

  it('cut only the last line of what is shortened', () => {
    const lines = shortened('one two three four five six seven eight', 12, 2, '  ');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe('one two');
    expect(lines[1]).toMatch(/…$/);
  });
});
