import { listProblems, shownText } from '../../../functions/domain/shown-text.ts';

describe('shownText', () => {
  it('leaves alone what a terminal may be given', () => {
    expect(shownText('Zürich: web-1 (Å)')).toBe('Zürich: web-1 (Å)');
    expect(shownText('x'.repeat(200))).toBe('x'.repeat(200));
  });

  it('has one line, without what would steer a terminal or turn the text round', () => {
    expect(shownText('a\r\n\tb')).toBe('a b');
    expect(shownText('a\u001b[31mred\u202Eder\u0000')).toBe('a [31mred der ');
    expect(shownText('half \ud83d a sign')).toBe('half a sign');
  });

  it('is as long as asked for, and shows that more was there', () => {
    expect(shownText('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
    expect(shownText('abcdef', 5)).toBe('abcde…');
    expect(shownText(' '.repeat(50) + 'abc', 5)).toBe(' …');
    expect(shownText(`${' '.repeat(9)}abc`, 5)).toBe(' a…');
    expect(shownText(`${' '.repeat(9)}a`, 5)).toBe(' a');
  });

  it('cuts no sign in half, and keeps the whole ones', () => {
    expect(shownText('abcd😀efg', 5)).toBe('abcd…');
    expect(shownText('😀abcdefg', 5)).toBe('😀abc…');
  });

  it('lets no letter carry a tower of marks', () => {
    expect(shownText(`a${'\u0301'.repeat(20)}b`)).toBe(`a${'\u0301'.repeat(4)}b`);
  });
});

it('problems are told up to twenty, and the others counted', () => {
  const problems = Array.from({ length: 22 }, (_, index) => `p${String(index + 1)}`);

  expect(listProblems(problems.slice(0, 2))).toBe('p1; p2');
  expect(listProblems(problems.slice(0, 20))).toBe(problems.slice(0, 20).join('; '));
  expect(listProblems(problems)).toMatch(/^p1; p2; .*; p20; and 2 more$/);
});
