/** What a deployment that names hooks adds to the rights: to one function, and to nothing that it does not name. */
import { synthesize, type Statement, type Synthesized } from './synthesize.ts';

const plain = synthesize();
const rightsOf = ({ functions }: Synthesized, name: string): readonly Statement[] =>
  functions.find((candidate) => candidate.name === name)?.statements ?? [];

const elsewhere = (role: string) => `arn:aws:iam::999999999999:role/${role}`;
const functionArn = (name: string) =>
  `arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:function:MgnCutover-${name}`;
const withinItself = (name: string) => ({
  ArnLike: { 'lambda:SourceFunctionArn': [functionArn(name), `${functionArn(name)}:*`] },
});

describe('a hook', () => {
  const lambdaArn = 'arn:aws:lambda:eu-west-1:123456789012:function:smoke:live';
  const hooked = synthesize({
    hookFunctionArns: lambdaArn,
    hookDocumentNames: 'StopShop,AWS-StartEC2Instance',
    hookAutomationRoleArns: elsewhere('automation'),
  });
  const added = (name: string) => {
    const before = JSON.stringify(rightsOf(plain, name));
    return rightsOf(hooked, name).filter((statement) => !before.includes(JSON.stringify(statement)));
  };
  const ofSsm = (resource: string, account = '<AWS::AccountId>') =>
    `arn:<AWS::Partition>:ssm:<AWS::Region>:${account}:${resource}`;

  it('is called by the step that runs hooks: exactly the functions and documents that the deployment names', () => {
    const executions = ofSsm('automation-execution/*');

    expect(added('RunHooks')).toEqual([
      {
        Effect: 'Allow',
        Action: ['lambda:InvokeFunction'],
        Resource: [lambdaArn],
        Condition: withinItself('RunHooks'),
      },
      {
        Effect: 'Allow',
        Action: ['ssm:StartAutomationExecution'],
        Resource: [
          ofSsm('automation-definition/StopShop:*'),
          ofSsm('document/StopShop'),
          ofSsm('automation-definition/AWS-StartEC2Instance:*', ''),
          ofSsm('document/AWS-StartEC2Instance', ''),
          executions,
        ],
        Condition: withinItself('RunHooks'),
      },
      {
        Effect: 'Allow',
        Action: ['ssm:GetAutomationExecution', 'ssm:StopAutomationExecution'],
        Resource: [executions],
        Condition: withinItself('RunHooks'),
      },
      {
        Effect: 'Allow',
        Action: ['iam:PassRole'],
        Resource: [elsewhere('automation')],
        Condition: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
      },
    ]);
  });

  it('gives no other function any right', () => {
    for (const { name } of hooked.functions) if (name !== 'RunHooks') expect([name, added(name)]).toEqual([name, []]);
  });
});
