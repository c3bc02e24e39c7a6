/** What a team may set at deployment, and what it is told when a value cannot be used. */
import { App } from 'aws-cdk-lib';
import { InvalidSettingError, readSettings } from '../../infra/settings.ts';

const read = (context: Readonly<Record<string, unknown>>) =>
  readSettings(new App({ analyticsReporting: false, context }).node);

const lambdaArn = 'arn:aws:lambda:eu-west-1:123456789012:function:smoke';
const roleArn = 'arn:aws-us-gov:iam::123456789012:role/team/MgnCutover';

describe('the settings', () => {
  it('have defaults that are safe', () => {
    expect(read({})).toEqual({
      targetInstanceRoleNames: [],
      hookFunctionArns: [],
      hookDocumentNames: [],
      hookAutomationRoleArns: [],
      targetAccountRoleArns: [],
      targetAccountFinalizerRoleArns: [],
      sourceServerTag: 'mgn-cutover=allowed',
      customerKey: false,
      noticeEmails: [],
      ledgerRetentionDays: 400,
      schedulesFile: 'infra/schedules.json',
    });
  });

  it.each([
    ['targetInstanceRoleNames', ['web', 'team/db'], ['web', 'team/db']],
    ['targetInstanceRoleNames', 'web, team/db', ['web', 'team/db']],
    ['targetInstanceRoleNames', '', []],
    ['hookFunctionArns', `${lambdaArn}, ${lambdaArn}:live`, [lambdaArn, `${lambdaArn}:live`]],
    ['hookFunctionArns', `${lambdaArn}:$LATEST`, [`${lambdaArn}:$LATEST`]],
    ['hookDocumentNames', 'Stop-Shop_1.0,AWS-StartEC2Instance', ['Stop-Shop_1.0', 'AWS-StartEC2Instance']],
    ['hookAutomationRoleArns', [roleArn], [roleArn]],
    ['targetAccountRoleArns', `${roleArn},${roleArn}-2`, [roleArn, `${roleArn}-2`]],
    ['targetAccountFinalizerRoleArns', roleArn, [roleArn]],
    ['sourceServerTag', 'Cutover Night=2027/01', 'Cutover Night=2027/01'],
    ['sourceServerTag', 'opted-in=', 'opted-in='],
    ['sourceServerTag', '', undefined],
    ['customerKey', 'true', true],
    ['customerKey', true, true],
    ['customerKey', 'false', false],
    ['noticeEmails', 'night@example.com,day@example.com', ['night@example.com', 'day@example.com']],
    ['webhookParameter', '/mgn-cutover/webhook', '/mgn-cutover/webhook'],
    ['webhookParameter', 'chat-webhook', 'chat-webhook'],
    ['ledgerRetentionDays', '30', 30],
    ['ledgerRetentionDays', 30, 30],
    ['mgnEndpointUrl', 'http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['account', '012345678901', '012345678901'],
    ['region', 'us-gov-west-1', 'us-gov-west-1'],
    ['schedulesFile', 'schedules/january.json', 'schedules/january.json'],
  ])('read %s given as %j', (name, value, expected) => {
    expect(Object.entries(read({ [name]: value })).find(([key]) => key === name)?.[1]).toEqual(expected);
  });

  it.each([
    ['targetInstanceRoleNames', 7],
    ['targetInstanceRoleNames', 'arn:aws:iam::123456789012:role/web'],
    ['hookFunctionArns', 'smoke'],
    ['hookFunctionArns', `${lambdaArn}:*`],
    ['hookDocumentNames', 'arn:aws:ssm:eu-west-1:123456789012:document/Stop'],
    ['hookDocumentNames', 'Stop*'],
    ['hookAutomationRoleArns', 'automation'],
    ['targetAccountRoleArns', 'arn:aws:iam::123456789012:role/*'],
    ['targetAccountRoleArns', 'arn:aws:iam::*:role/MgnCutover-Cutover-eu-west-1'],
    ['targetAccountFinalizerRoleArns', 'arn:aws:iam::123456789012:user/eve'],
    ['sourceServerTag', 'allowed'],
    ['sourceServerTag', '=allowed'],
    ['customerKey', 'yes'],
    ['noticeEmails', 'night@example.com,day'],
    ['webhookParameter', 'https://chat.example.com/hooks/secret'],
    ['webhookParameter', 'mgn-cutover/webhook'],
    ['webhookParameter', '/mgn-cutover/webhook/'],
    ['webhookParameter', '/mgn-cutover/*'],
    ['webhookParameter', '/aws/webhook'],
    ['webhookParameter', 'ssm-webhook'],
    ['webhookParameter', ''],
    ['ledgerRetentionDays', '29'],
    ['ledgerRetentionDays', '1.5'],
    ['ledgerRetentionDays', 'forever'],
    ['mgnEndpointUrl', 'localhost:8080'],
    ['account', '123'],
    ['region', 'frankfurt'],
    ['schedulesFile', ''],
    ['noticeEmail', 'night@example.com'],
  ])('refuse %s=%j and name it', (name, value) => {
    expect(() => read({ [name]: value })).toThrow(InvalidSettingError);
    expect(() => read({ [name]: value })).toThrow(new RegExp(`^${name}\\b`, 'm'));
  });

  it('name every wrong one at once', () => {
    expect(() => read({ account: '1', customerKey: 'yes', acount: '1' })).toThrow(
      /customerKey .*\n.*account .*\n.*acount /s,
    );
  });

  it('leave CDK its own values in the same place', () => {
    expect(read({ '@aws-cdk/core:permissionsBoundary': { name: 'b' }, 'aws:cdk:bundling-stacks': [] })).toEqual(
      read({}),
    );
  });
});
