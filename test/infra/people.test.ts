/** What operators and approvers may do, in full. */
import { statementsIn, synthesize, type Statement } from './synthesize.ts';

const { ofType, machines, idOf } = synthesize();
const policyOf = (name: string): Statement[] => {
  const [, properties] =
    Object.entries(ofType('AWS::IAM::ManagedPolicy')).find(([id]) => id.startsWith(`People${name}`)) ?? [];
  return statementsIn(properties?.['PolicyDocument']);
};
const tableID = idOf('AWS::DynamoDB::Table');
const bucketID = idOf('AWS::S3::Bucket');
const machineID = (file: string) => machines.find((machine) => machine.file === file)?.logicalID ?? '';

const here = '<AWS::Region>:<AWS::AccountId>';
const files = ['migration-run', 'wave-cutover', 'cutover-shift', 'rollback', 'commit'];
const executions = (...ofFiles: readonly string[]) =>
  ofFiles.map((file) => `arn:<AWS::Partition>:states:${here}:execution:MgnCutover-${file}:*`);
const starting = (file: string) => ({
  Effect: 'Allow',
  Action: ['states:StartExecution'],
  Resource: [`<${machineID(file)}>`],
  Condition: { 'ForAnyValue:StringEquals': { 'states:StateMachineQualifier': 'live' } },
});
const allowing = (actions: readonly string[], resources: readonly string[]) => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resources,
});
const watching = [
  allowing(['states:DescribeExecution', 'states:GetExecutionHistory'], executions(...files)),
  allowing(
    [
      'states:DescribeStateMachine',
      'states:DescribeStateMachineAlias',
      'states:ListExecutions',
      'states:ListStateMachineAliases',
    ],
    files.map((file) => `arn:<AWS::Partition>:states:${here}:stateMachine:MgnCutover-${file}`),
  ),
  allowing(['states:ListStateMachines'], ['*']),
  allowing(
    ['cloudformation:DescribeStacks', 'cloudformation:ListStackResources'],
    [`arn:<AWS::Partition>:cloudformation:${here}:stack/MgnCutover/*`],
  ),
  allowing(['dynamodb:GetItem', 'dynamodb:Query'], [`<${tableID}.Arn>`]),
  allowing(['s3:ListBucket'], [`<${bucketID}.Arn>`]),
  allowing(['s3:GetObject', 's3:GetObjectVersion'], [`<${bucketID}.Arn>/runs/*`]),
];

describe('an operator', () => {
  it('starts migrations, cutovers and rollbacks by their aliases, stops and redrives them, sees all of a run, and that is all', () => {
    expect(policyOf('Operator')).toEqual([
      starting('migration-run'),
      starting('wave-cutover'),
      starting('rollback'),
      allowing(['states:StopExecution'], executions(...files)),
      allowing(['states:RedriveExecution'], executions('migration-run', 'wave-cutover', 'rollback')),
      ...watching,
    ]);
  });
});

describe('an approver', () => {
  it('starts commits by their alias, stops and redrives them, sees all of a run, and that is all', () => {
    expect(policyOf('Approver')).toEqual([
      starting('commit'),
      allowing(['states:StopExecution', 'states:RedriveExecution'], executions('commit')),
      ...watching,
    ]);
  });
});

describe('the policies of people', () => {
  it.each(['Operator', 'Approver'])('%s keeps within what IAM takes: 6,144 characters', (name) => {
    const resolved = JSON.stringify(policyOf(name))
      .replaceAll('<AWS::Partition>', 'aws-us-gov')
      .replaceAll('<AWS::Region>', 'ap-northeast-1')
      .replaceAll('<AWS::AccountId>', '123456789012')
      .replaceAll(/<\w+(\.\w+)?>/g, 'arn'.padEnd(90, '-'));

    expect(resolved.length).toBeLessThan(6_144);
  });
});
