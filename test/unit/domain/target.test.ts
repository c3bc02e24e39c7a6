import { parseRunInput } from '../../../functions/domain/run-input.ts';
import { RunIDSchema } from '../../../functions/domain/identifiers.ts';
import {
  accountIDOf,
  checksLaunchTargets,
  describeMisplaced,
  finalizingTargetOf,
  roleArnOf,
  targetOf,
  uncheckedTargetWarnings,
  viewedAccountID,
} from '../../../functions/domain/target.ts';
import { aSourceServer, sourceServerID } from '../../support/domain-builders.ts';
import * as v from 'valibot';

const waveID = 'wave-00000000000000001';
const pattern = 'arn:aws:iam::{accountID}:role/MgnCutover-Cutover-{region}';
const runOf = (input: object) => ({
  runID: v.parse(RunIDSchema, 'night-1'),
  input: parseRunInput({ waveID, ...input }),
});

describe('where a run acts', () => {
  it('is what its input says, under the run’s name', () => {
    const input = { accountID: '444455556666', region: 'eu-west-1', roleArn: pattern };

    expect(targetOf(runOf(input))).toEqual({ ...input, runID: 'night-1' });
    expect(roleArnOf(targetOf(runOf(input)))).toBe('arn:aws:iam::444455556666:role/MgnCutover-Cutover-eu-west-1');
  });

  it('is the same for finalizing, but for a role that may', () => {
    const input = { accountID: '444455556666', region: 'eu-west-1', roleArn: pattern };
    const finalizerRoleArn = 'arn:aws:iam::{accountID}:role/MgnCutover-Finalizer-{region}';

    expect(finalizingTargetOf(runOf(input)).roleArn).toBe(pattern);
    expect(finalizingTargetOf(runOf({ ...input, finalizerRoleArn })).roleArn).toBe(finalizerRoleArn);
    expect(targetOf(runOf({ ...input, finalizerRoleArn })).roleArn).toBe(pattern);
  });

  it.each([
    ['the caller’s own account', {}, undefined, undefined],
    ['an account of the global view', { accountID: '444455556666' }, '444455556666', '444455556666'],
    ['an account of a role', { roleArn: 'arn:aws:iam::777788889999:role/R' }, '777788889999', undefined],
    [
      'a named account of a role',
      { accountID: '444455556666', roleArn: 'arn:aws:iam::{accountID}:role/R' },
      '444455556666',
      undefined,
    ],
  ])('names %s to MGN only without a role', (_, target, accountID, viewed) => {
    expect([accountIDOf(target), viewedAccountID(target)]).toEqual([accountID, viewed]);
  });

  it('has launch targets to check unless MGN’s global view is all there is, and warns of that', () => {
    const viewed = runOf({ accountID: '444455556666' });
    const isSilent = { options: { checkLaunchTargets: false } };

    expect(
      [runOf({}), runOf({ accountID: '444455556666', roleArn: pattern, region: 'eu-west-1' })].map(checksLaunchTargets),
    ).toEqual([true, true]);
    expect([viewed, runOf(isSilent)].map(checksLaunchTargets)).toEqual([false, false]);
    expect(uncheckedTargetWarnings(viewed)).toMatchObject([{ code: 'LAUNCH_TARGETS_UNCHECKED' }]);
    expect(
      [runOf({}), runOf(isSilent), runOf({ accountID: '444455556666', ...isSilent })].flatMap(uncheckedTargetWarnings),
    ).toEqual([]);
  });
});

describe('source servers of another place', () => {
  const inPlace = (region: string, accountID: string, number = 1) => {
    const id = sourceServerID(number);
    return aSourceServer({ sourceServerID: id, arn: `arn:aws:mgn:${region}:${accountID}:source-server/${id}` });
  };
  const servers = [inPlace('eu-west-1', '444455556666'), inPlace('eu-west-1', '444455556666', 2)];

  it.each([
    {},
    { accountID: '444455556666' },
    { region: 'eu-west-1' },
    { accountID: '444455556666', region: 'eu-west-1', roleArn: pattern },
    { roleArn: 'arn:aws:iam::444455556666:role/R' },
  ])('are none where %j is asked', (target) => {
    expect(describeMisplaced(target, servers)).toBeUndefined();
  });

  it.each([
    [{ accountID: '111122223333' }, 'account 111122223333'],
    [{ region: 'eu-central-1' }, 'region eu-central-1'],
    [{ accountID: '444455556666', region: 'eu-central-1' }, 'account 444455556666, region eu-central-1'],
    [{ roleArn: 'arn:aws:iam::111122223333:role/R' }, 'account 111122223333'],
  ])('are told where %j is asked', (target, asked) => {
    expect(describeMisplaced(target, servers)).toBe(
      `MGN answered with ${sourceServerID(1)} of account 444455556666 in eu-west-1, and the input asks for ${asked}`,
    );
  });

  it('are found among others', () => {
    const stray = inPlace('eu-west-1', '777788889999', 3);

    expect(describeMisplaced({ accountID: '444455556666' }, [...servers, stray])).toContain(stray.sourceServerID);
  });
});

describe('the input of a run elsewhere', () => {
  const roleArn = 'arn:aws:iam::{accountID}:role/R';
  it.each([
    [{ roleArn }, 'roleArn names {accountID}, so accountID has to be there'],
    [{ accountID: '444455556666', roleArn: pattern }, 'roleArn names {region}, so region has to be there'],
    [
      { accountID: '444455556666', roleArn: 'arn:aws:iam::111122223333:role/R' },
      'roleArn is of account 111122223333, accountID is 444455556666',
    ],
    [{ finalizerRoleArn: 'arn:aws:iam::111122223333:role/R' }, 'finalizerRoleArn is there and roleArn is not'],
    [
      { accountID: '444455556666', roleArn, finalizerRoleArn: 'arn:aws:iam::111122223333:role/R' },
      'finalizerRoleArn is of account 111122223333, accountID is 444455556666',
    ],
    [
      { roleArn: 'arn:aws:iam::444455556666:role/R', finalizerRoleArn: 'arn:aws:iam::111122223333:role/R' },
      'finalizerRoleArn is of account 111122223333, roleArn of 444455556666',
    ],
    [{ roleArn: 'arn:aws:iam::444455556666:role/{role}' }, 'roleArn: expected a role ARN'],
    [{ roleArn: 'MgnCutover' }, 'roleArn: expected a role ARN'],
  ])('%j is refused', (input, words) => {
    expect(() => parseRunInput({ waveID, ...input })).toThrow(words);
  });
});
