/** Two people may ask for the same: the second joins what the first began. */
import { asksTheSame } from '../../../cli/with-person.ts';

const ask = (more: object) => JSON.stringify({ runID: 'night-1', ...more });

describe('asksTheSame', () => {
  it('is so whoever asks', () => {
    expect(asksTheSame(ask({ by: 'ann' }), ask({ by: 'bob' }))).toBe(true);
    expect(asksTheSame(ask({}), ask({ by: 'bob' }))).toBe(true);
  });

  it('is not so of inputs that differ by a word of that name further down', () => {
    const hooked = (by: string) => ask({ options: { hooks: { parameters: { by: [by] } } }, by: 'ann' });
    expect(asksTheSame(hooked('file'), hooked('database'))).toBe(false);
    expect(asksTheSame(hooked('file'), hooked('file'))).toBe(true);
  });

  it.each([[undefined], ['no JSON'], [ask({ sourceServerIDs: ['s-1'] })], [JSON.stringify({ runID: 'night-2' })]])(
    'is not so of %p',
    (other) => {
      expect(asksTheSame(other, ask({ by: 'bob' }))).toBe(false);
    },
  );
});
