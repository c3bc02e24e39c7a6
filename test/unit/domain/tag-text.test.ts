import * as v from 'valibot';
import { tagOf, TagTextSchema } from '../../../functions/domain/tag-text.ts';

describe('TagTextSchema', () => {
  it.each(['role=domain-controller', 'team:wave=night 1=b', 'cutover=', 'Rolle=Domänen-Controller'])(
    'takes %j and leaves it as it is',
    (text) => {
      expect(v.parse(TagTextSchema, text)).toBe(text);
    },
  );

  it.each(['', 'role', '=domain-controller', "role='dc'", `${'k'.repeat(129)}=v`, `k=${'v'.repeat(257)}`, 7])(
    'refuses %j',
    (text) => {
      expect(v.is(TagTextSchema, text)).toBe(false);
    },
  );
});

describe('tagOf', () => {
  it.each([
    ['role=domain-controller', 'role', 'domain-controller'],
    ['team:wave=night 1=b', 'team:wave', 'night 1=b'],
    ['cutover=', 'cutover', ''],
  ])('reads %j: the first = ends the key', (text, key, value) => {
    expect(tagOf(text)).toEqual({ key, value });
  });
});
