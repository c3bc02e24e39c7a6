import * as v from 'valibot';
import {
  AccountIDSchema,
  ApplicationIDSchema,
  BatchIDSchema,
  InstanceIDSchema,
  JobIDSchema,
  RegionSchema,
  RoleArnPatternSchema,
  RunIDSchema,
  SourceServerIDSchema,
  WaveIDSchema,
} from '../../../functions/domain/identifiers.ts';

const tail = '0123456789abcDEFG';

describe('identifiers', () => {
  it.each([
    ['source server', SourceServerIDSchema, `s-${tail}`],
    ['job', JobIDSchema, `mgnjob-${tail}`],
    ['wave', WaveIDSchema, `wave-${tail}`],
    ['application', ApplicationIDSchema, `app-${tail}`],
    ['account', AccountIDSchema, '123456789012'],
    ['run', RunIDSchema, 'night_1-Retry'],
    ['run of 80 characters', RunIDSchema, 'x'.repeat(80)],
    ['batch', BatchIDSchema, 'batch-001'],
    ['thousandth batch', BatchIDSchema, 'batch-1000'],
    ['priority group’s terminate job', BatchIDSchema, 'group-5'],
    ['instance', InstanceIDSchema, 'i-0123456789abcdef0'],
    ['old instance', InstanceIDSchema, 'i-0123abcd'],
    ['region', RegionSchema, 'eu-central-1'],
    ['region of a partition', RegionSchema, 'us-gov-west-1'],
    ['role', RoleArnPatternSchema, 'arn:aws:iam::123456789012:role/ops/mgn-cutover'],
    ['role of another partition', RoleArnPatternSchema, 'arn:aws-us-gov:iam::{accountID}:role/mgn-{region}'],
  ])('takes the ID of a %s', (_what, schema, id) => {
    expect(v.is(schema, id)).toBe(true);
  });

  it.each([
    [
      'source server',
      SourceServerIDSchema,
      ['', tail, `s-${tail}0`, `s-${tail.slice(1)}`, `S-${tail}`, ` s-${tail}`, `s-${tail}\n`],
    ],
    ['job', JobIDSchema, [`job-${tail}`, `mgnjob-${tail}-`]],
    ['wave', WaveIDSchema, [`s-${tail}`, 'wave-']],
    ['application', ApplicationIDSchema, [`application-${tail}`]],
    ['account', AccountIDSchema, ['12345678901', '1234567890123', '12345678901x']],
    ['run', RunIDSchema, ['', 'x'.repeat(81), 'night 1', 'nacht/1', 'nächte']],
    ['batch', BatchIDSchema, ['batch-1', 'batch-10000', 'Batch-001', 'a-batch-001', 'group-6', 'group-1x']],
    ['instance', InstanceIDSchema, ['i-0123abc', 'i-0123456z', 'xi-0123abcd', 'i-0123abcd ', 'id-0123abcd']],
    ['region', RegionSchema, ['eu-1', 'eu-central', 'eu-central-1a', 'xeu-central-1', 'EU-CENTRAL-1']],
    [
      'role',
      RoleArnPatternSchema,
      [
        'arn:aws:iam::123456789012:user/ana',
        ' arn:aws:iam::123456789012:role/mgn',
        'arn:aws:iam::123456789012:role/mgn cutover',
        'arn:aws:iam::12345:role/mgn',
      ],
    ],
  ])('refuses what is no ID of a %s', (_what, schema, ids) => {
    for (const id of ids) expect([id, v.is(schema, id)]).toEqual([id, false]);
  });
});
