import {
  stepsAfterFailedFinalize,
  stepsAfterIncompleteRollback,
  stepsAfterVerified,
} from '../../../functions/domain/next-steps.ts';
import type { Reason } from '../../../functions/domain/reason.ts';
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import {
  aServerRecord,
  cutoverInstanceID,
  cutoverJobID,
  nowMs,
  runID,
  sourceServerID,
} from '../../support/domain-builders.ts';

const night = runID('night-1');
const server = sourceServerID(1);
const look = `aws mgn describe-source-servers --filters sourceServerIDs=${server} --region eu-west-1`;
const rollBack = 'mgn-cutover rollback night-1 --region eu-west-1';
const finalize = `aws mgn finalize-cutover --source-server-id ${server} --region eu-west-1`;
const reasonOf = (code: string): Reason => ({ code, fact: 'a fact', source: 'DescribeSourceServers' });
const withProblem = (code: string, fields: Partial<ServerRecord> = {}) =>
  aServerRecord({ rollback: { requestedAt: nowMs, problems: [reasonOf(code)] }, ...fields });

/** What every one of the commands does, in short. */
const verbsOf = (steps: readonly string[]) =>
  steps.map((step) => /aws \w+ [\w-]+|mgn-cutover \w+|find out/.exec(step)?.[0] ?? step);

describe('stepsAfterIncompleteRollback', () => {
  it('leaves revert, terminate and another rollback for a server that is still CUTTING_OVER', () => {
    expect(stepsAfterIncompleteRollback(night, withProblem('NOT_REVERTED'), {})).toEqual([
      look,
      `aws mgn change-server-life-cycle-state --source-server-id ${server} --life-cycle state=READY_FOR_CUTOVER --region eu-west-1 # only while its last cutover job is ${cutoverJobID}`,
      `aws mgn terminate-target-instances --source-server-ids ${server} --region eu-west-1 # only once it is READY_FOR_CUTOVER and its launched instance is of job ${cutoverJobID}`,
      rollBack,
    ]);
  });

  it.each([
    ['INSTANCE_LEFT', 'READY_FOR_CUTOVER', ['aws mgn terminate-target-instances']],
    ['CUTOVER_JOB_NOT_ENDED', 'READY_FOR_CUTOVER', ['aws mgn terminate-target-instances']],
    ['INSTANCE_UNACCOUNTED', 'READY_FOR_CUTOVER', ['aws ec2 describe-instances', 'aws ec2 terminate-instances']],
    ['CUTOVER_OF_ANOTHER', 'CUTTING_OVER', ['find out']],
    ['UNEXPECTED_LIFECYCLE_STATE', 'TESTING', ['find out']],
    ['SOURCE_SERVER_GONE', 'CUTTING_OVER', ['find out']],
  ])('after %s in %s', (code, lifeCycleState, between) => {
    const steps = stepsAfterIncompleteRollback(night, withProblem(code, { lifeCycleState }), {});
    expect(verbsOf(steps)).toEqual(['aws mgn describe-source-servers', ...between, 'mgn-cutover rollback']);
  });

  it('names the instance that MGN has lost sight of', () => {
    const steps = stepsAfterIncompleteRollback(night, withProblem('INSTANCE_UNACCOUNTED'), {});
    expect(steps.filter((step) => step.includes(cutoverInstanceID))).toHaveLength(2);
  });

  it('finds the lost instance among other problems', () => {
    const { problems } = withProblem('INSTANCE_UNACCOUNTED').rollback ?? { problems: [] };
    const rollback = { requestedAt: nowMs, problems: [...problems, reasonOf('CUTOVER_JOB_NOT_ENDED')] };
    const steps = stepsAfterIncompleteRollback(night, aServerRecord({ rollback }), {});
    expect(verbsOf(steps)).toContain('aws ec2 describe-instances');
  });

  it('goes by the record’s reasons when there was no rollback', () => {
    const record = aServerRecord({ reasons: [reasonOf('INSTANCE_CHANGED')] });
    expect(verbsOf(stepsAfterIncompleteRollback(night, record, {}))).toContain('find out');
  });

  it('goes by what stands in the way now, not by what an earlier rollback met', () => {
    const record = withProblem('INSTANCE_LEFT', { reasons: [reasonOf('CUTOVER_OF_ANOTHER')] });
    expect(verbsOf(stepsAfterIncompleteRollback(night, record, {}))).not.toContain('find out');
  });

  it('offers nothing that undoes a finalized cutover', () => {
    const record = withProblem('ALREADY_FINALIZED', { lifeCycleState: 'CUTOVER' });
    expect(stepsAfterIncompleteRollback(night, record, {})).toEqual([look]);
  });

  it('offers no revert and no termination for a server this run has no cutover of', () => {
    const record = aServerRecord({ cutover: undefined });
    expect(stepsAfterIncompleteRollback(night, record, {})).toEqual([look, rollBack]);
  });

  it('names the account where it is not the caller’s own', () => {
    const steps = stepsAfterIncompleteRollback(night, withProblem('NOT_REVERTED'), { accountID: '210987654321' });
    expect(
      steps.filter((step) => step.startsWith('aws mgn')).every((step) => step.includes('--account-id 210987654321')),
    ).toBe(true);
  });

  it('names the role to call as, and then no account', () => {
    const target = { accountID: '210987654321', roleArn: 'arn:aws:iam::{accountID}:role/MgnCutover' };
    const steps = [
      ...stepsAfterIncompleteRollback(night, withProblem('NOT_REVERTED'), target),
      ...stepsAfterIncompleteRollback(night, withProblem('INSTANCE_UNACCOUNTED'), target),
    ];
    const commands = steps.filter((step) => step.startsWith('aws '));
    expect(commands.filter((step) => !step.includes(' # as arn:aws:iam::210987654321:role/MgnCutover'))).toEqual([]);
    expect(commands.join('\n')).not.toContain('--account-id');
    expect(commands[1]).toMatch(
      / # as arn:aws:iam::210987654321:role\/MgnCutover, only while its last cutover job is /,
    );
  });

  it('says in which account a lost instance is, because EC2 has no global view', () => {
    const steps = stepsAfterIncompleteRollback(night, withProblem('INSTANCE_UNACCOUNTED'), {
      accountID: '210987654321',
    });
    const ofEc2 = steps.filter((step) => step.startsWith('aws ec2'));
    expect(ofEc2.map((step) => / # in account 210987654321(?=$|, only if it is)/.test(step))).toEqual([true, true]);
  });

  it.each([server, 'arn:aws:mgn:eu-west-1; reboot:1:source-server/s-1', 'arn:aws:mgn:$(id):1:x'])(
    'leaves the region to the caller where the ARN is %s',
    (arn) => {
      const record = withProblem('NOT_REVERTED', { arn });
      expect(stepsAfterIncompleteRollback(night, record, {}).join('\n')).not.toMatch(/--region|reboot|\$\(/);
    },
  );
});

describe('stepsAfterVerified', () => {
  it('offers to keep it or to bring it back, each in one command for the whole run', () => {
    expect(stepsAfterVerified(night, aServerRecord())).toEqual([
      'to keep what is verified (cannot be undone): mgn-cutover commit night-1 --region eu-west-1',
      `to bring it back: ${rollBack}`,
    ]);
  });
});

describe('stepsAfterFailedFinalize', () => {
  it('offers the call again when MGN refused it', () => {
    const record = aServerRecord({ reasons: [reasonOf('FINALIZE_REFUSED')] });
    expect(stepsAfterFailedFinalize(record, {})).toEqual([
      look,
      `when the cause is mended and it is still CUTTING_OVER: ${finalize}`,
    ]);
  });

  it.each(['CUTOVER_OF_ANOTHER', 'INSTANCE_CHANGED', 'UNEXPECTED_LIFECYCLE_STATE', 'SOURCE_SERVER_GONE'])(
    'never offers to finalize after %s',
    (code) => {
      const steps = stepsAfterFailedFinalize(aServerRecord({ reasons: [reasonOf(code)] }), {
        accountID: '210987654321',
      });
      expect(verbsOf(steps)).toEqual(['aws mgn describe-source-servers', 'find out']);
    },
  );
});
