import { ruleInWords } from '../../docs/generate/choice-words.ts';

describe('ruleInWords', () => {
  it.each([
    [{ Variable: '$.look.state', StringEquals: 'DONE' }, 'look.state = DONE'],
    [{ Variable: '$.look.start', BooleanEquals: true }, 'look.start'],
    [{ Variable: '$.look.start', BooleanEquals: false }, 'not look.start'],
    [{ Variable: '$.left', NumericGreaterThan: 0 }, 'left > 0'],
    [{ Variable: '$.left', NumericLessThanEqualsPath: '$.max' }, 'left ≤ max'],
    [{ Variable: '$.token', IsPresent: true }, 'token is there'],
    [{ Variable: '$.token', IsPresent: false }, 'token is not there'],
    [{ Not: { Variable: '$.a', StringMatches: 'x*' } }, 'not (a matches x*)'],
    [
      {
        Or: [
          { Variable: '$.a', StringEquals: 'X' },
          { Variable: '$.a', StringEquals: 'Y' },
        ],
      },
      'a = X or Y',
    ],
    [
      {
        Or: [
          { Variable: '$.a', StringEquals: 'X' },
          { Variable: '$.b', BooleanEquals: true },
        ],
      },
      'a = X or b',
    ],
    [
      {
        And: [
          { Variable: '$.a', BooleanEquals: true },
          {
            Or: [
              { Variable: '$.b', BooleanEquals: true },
              { Variable: '$.c', BooleanEquals: true },
            ],
          },
        ],
      },
      'a and (b or c)',
    ],
  ])('%j', (rule, words) => {
    expect(ruleInWords({ ...rule, Next: 'Next' })).toBe(words);
  });

  it('does not make words of what it does not know', () => {
    expect(() => ruleInWords({ Variable: '$.a', StringSmells: 'good' })).toThrow(TypeError);
  });
});
