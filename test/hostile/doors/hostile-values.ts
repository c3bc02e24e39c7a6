/** Values that break programs: what a mutation puts where something else is expected. */
import type { Random } from '../../../simulator/seeded-random.ts';

/** One of the list. */
export const pick = <Item>(random: Random, items: readonly Item[]): Item => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
};

/** Escape sequences that clear the screen, hide text or rename the window, line breaks, and overrides of direction. */
export const terminalTricks = [
  '\u001b[2J\u001b[H',
  '\u001b[8mhidden\u001b[0m',
  '\u001b]0;owned\u0007',
  '\u001b]8;;http://example.com\u0007link\u001b]8;;\u0007',
  '\u009b31m',
  'one\nmgn-cutover: all is well\r\n',
  'gpj\u202Eexe\u202C',
  '\u2066isolate\u2069',
  '\b\b\b\b',
  '\u0000',
  '\u0085\u2028\u2029',
  '\ud800',
] as const;

/** Names that objects inherit. */
export const prototypeKeys = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'] as const;

const numbers = [
  0,
  -0,
  -1,
  0.5,
  1e-324,
  5e-324,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  2 ** 31,
  2 ** 32,
  8.64e15,
  1e21,
];

const texts = [
  '',
  ' ',
  'x'.repeat(5_000),
  '漢'.repeat(300),
  `a${'\u0301'.repeat(2_000)}`,
  '../../etc/passwd',
  '${jndi:ldap://x}',
  "'; DROP TABLE ledger; --",
  '{runID}{',
  '2026-02-30T25:61:61Z',
  '+275760-09-13T00:00:00.001Z',
  'NaN',
  'null',
  '%s%n',
  ...terminalTricks,
  ...prototypeKeys,
];

/** An array in an array in an array, so many deep. */
export const nested = (depth: number): unknown => {
  let value: unknown = 'deep';
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
};

/** A value of any kind that hardly anybody expects. */
export const hostileValue = (random: Random): unknown => {
  const kind = Math.floor(random() * 8);
  switch (kind) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
    case 3:
      return pick(random, numbers);
    case 4:
    case 5:
      return pick(random, texts);
    case 6:
      return pick(random, [[], [null], [[]], [''], nested(40), Array.from({ length: 300 }, (_, index) => index)]);
    default:
      return pick<unknown>(random, [
        {},
        { length: 1 },
        { toString: 'x' },
        JSON.parse('{"__proto__":{"polluted":true}}'),
        { constructor: { prototype: { polluted: true } } },
      ]);
  }
};
