/** The end-to-end tests stand on this reading of templates, so it must refuse what it does not understand. */
import * as v from 'valibot';
import { aliasedVersion, TemplateResolver, TemplateSchema, UnresolvedError } from '../support/template-resolver.ts';

const template = v.parse(TemplateSchema, {
  Resources: {
    Table: { Type: 'AWS::DynamoDB::Table' },
    Poll: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: { 'Fn::Sub': '${AWS::StackName}-Poll' } } },
    PollVersion: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Poll' } } },
    Machine: { Type: 'AWS::StepFunctions::StateMachine', Properties: { StateMachineName: 'wave' } },
    First: { Type: 'AWS::StepFunctions::StateMachineVersion', Properties: { StateMachineArn: { Ref: 'Machine' } } },
    Second: { Type: 'AWS::StepFunctions::StateMachineVersion', Properties: { StateMachineArn: { Ref: 'Machine' } } },
    Live: {
      Type: 'AWS::StepFunctions::StateMachineAlias',
      Properties: {
        Name: 'live',
        RoutingConfiguration: [{ StateMachineVersionArn: { 'Fn::GetAtt': ['Second', 'Arn'] }, Weight: 100 }],
      },
    },
    Queue: { Type: 'AWS::SQS::Queue' },
  },
});

const deployment = { partition: 'aws', region: 'eu-west-1', accountID: '111122223333', stackName: 'Night' };
const resolver = new TemplateResolver(template, deployment);
const machineArn = 'arn:aws:states:eu-west-1:111122223333:stateMachine:wave';

describe('TemplateResolver', () => {
  it.each([
    [{ Ref: 'AWS::Region' }, 'eu-west-1'],
    [{ Ref: 'Table' }, 'Night-Table'],
    [{ 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:aws:dynamodb:eu-west-1:111122223333:table/Night-Table'],
    [{ Ref: 'PollVersion' }, 'arn:aws:lambda:eu-west-1:111122223333:function:Night-Poll:1'],
    [{ Ref: 'Second' }, `${machineArn}:2`],
    [{ Ref: 'Live' }, `${machineArn}:live`],
    [{ 'Fn::Join': ['/', ['a', { Ref: 'Poll' }]] }, 'a/Night-Poll'],
    [{ 'Fn::Sub': 'b ${Poll.Arn} ${!Kept}' }, 'b arn:aws:lambda:eu-west-1:111122223333:function:Night-Poll ${Kept}'],
    [{ list: [{ Ref: 'Poll' }, 1, null] }, { list: ['Night-Poll', 1, null] }],
  ])('makes of %j what CloudFormation would', (value, resolved) => {
    expect(resolver.resolve(value)).toEqual(resolved);
  });

  it.each([
    [{ Ref: 'Nothing' }],
    [{ Ref: 'Queue' }],
    [{ 'Fn::GetAtt': ['Table', 'StreamArn'] }],
    [{ 'Fn::Select': [0, ['a']] }],
    [{ 'Fn::ImportValue': 'x' }],
  ])('refuses %j', (value) => {
    expect(() => resolver.resolve(value)).toThrow(UnresolvedError);
  });

  it('follows an alias to its one version only', () => {
    const [[, { Properties }] = ['', { Properties: {} }]] = resolver.resourcesOf(
      'AWS::StepFunctions::StateMachineAlias',
    );

    expect(aliasedVersion(Properties, resolver)).toBe(`${machineArn}:2`);
    expect(() => aliasedVersion({ ...Properties, RoutingConfiguration: [] }, resolver)).toThrow(UnresolvedError);
  });
});
