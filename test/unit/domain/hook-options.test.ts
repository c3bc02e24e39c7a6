/** Hooks as a person writes them, and what is refused of them. */
import * as v from 'valibot';
import { HooksSchema, timeoutSecondsOf } from '../../../functions/domain/hook-options.ts';
import { applicationID } from '../../support/domain-builders.ts';

const lambda = 'arn:aws:lambda:eu-central-1:111122223333:function:fence';
const aHook = (fields: object = {}) => ({ name: 'fence', when: 'beforeStart', lambda, ...fields });

const refusals = (...hooks: unknown[]) => {
  const parsed = v.safeParse(HooksSchema, hooks);
  return parsed.success ? [] : parsed.issues.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`);
};

const [parsed] = v.parse(HooksSchema, [aHook()]);

describe('HooksSchema', () => {
  it.each([
    ['a name with a blank', aHook({ name: 'fence it' })],
    ['a name that begins with a slash', aHook({ name: '/fence' })],
    ['a function amid other words', aHook({ lambda: `run ${lambda}` })],
    ['a function with more behind it', aHook({ lambda: `${lambda}:live; now` })],
    ['a document amid other words', aHook({ lambda: undefined, automation: 'run AWS-StopEC2Instance' })],
    ['a document with more behind it', aHook({ lambda: undefined, automation: 'AWS-StopEC2Instance now' })],
  ])('refuses %s', (_, hook) => {
    expect(refusals(hook)).toHaveLength(1);
  });

  it('fills in what a hook does not say: once for the wave, no second try, a failure fails', () => {
    expect(parsed).toEqual({ ...aHook(), eachApplication: false, retries: 0, onFailure: 'fail' });
  });

  it.each([
    ['a Lambda function', aHook()],
    ['a version of one', aHook({ lambda: `${lambda}:7` })],
    ['an alias', aHook({ lambda: `${lambda}:live` })],
    ['the newest version', aHook({ lambda: `${lambda}:$LATEST` })],
    ['a document of AWS', aHook({ lambda: undefined, automation: 'AWS-StopEC2Instance' })],
    [
      'a shared document',
      aHook({ lambda: undefined, automation: 'arn:aws:ssm:eu-central-1:111122223333:document/fence' }),
    ],
    ['a command', aHook({ lambda: undefined, command: ['./fence.sh', '--now'] })],
    ['several applications', aHook({ applicationIDs: [applicationID(1), applicationID(2)] })],
    ['every application', aHook({ eachApplication: true })],
    ['a gate on the lag', aHook({ lagZeroWithinSeconds: 900 })],
    [
      'every placeholder',
      aHook({
        when: 'afterVerified',
        eachApplication: true,
        parameters: { a: 'run {runID} of {applicationID}', b: ['{sourceServerIDs}', '{ec2InstanceIDs}'] },
      }),
    ],
    [
      'the braces of shells and of Systems Manager',
      aHook({ parameters: { a: '${HOME} {{ global:DATE }} {{runID2}}', b: '{"json": 1}' } }),
    ],
  ])('takes %s', (_, hook) => {
    expect(refusals(hook)).toEqual([]);
  });

  it.each([
    [
      'nothing to run',
      aHook({ lambda: undefined }),
      '0: exactly one of lambda, automation and command has to be there',
    ],
    [
      'two things to run',
      aHook({ command: ['true'] }),
      '0: exactly one of lambda, automation and command has to be there',
    ],
    [
      'a name of a function instead of its ARN',
      aHook({ lambda: 'fence' }),
      '0.lambda: expected the ARN of a Lambda function, one of its versions or an alias',
    ],
    ['a command without a program', aHook({ lambda: undefined, command: [''] }), '0.command: expected a program first'],
    [
      'both kinds of applications',
      aHook({ eachApplication: true, applicationIDs: [applicationID(1)] }),
      '0: applicationIDs and eachApplication exclude each other',
    ],
    [
      'an application listed twice',
      aHook({ applicationIDs: [applicationID(1), applicationID(1)] }),
      '0.applicationIDs.1: is listed twice',
    ],
    [
      'a function that would outlast the step',
      aHook({ timeoutSeconds: 241 }),
      '0: timeoutSeconds of a lambda hook is at most 240, because its answer is waited for',
    ],
    [
      'a gate on the lag after the fact',
      aHook({ when: 'afterVerified', lagZeroWithinSeconds: 1 }),
      '0: lagZeroWithinSeconds is only for a beforeStart hook',
    ],
    [
      'a mistyped placeholder',
      aHook({ parameters: { a: ['{runId}'] } }),
      '0: parameters may hold {runID}, {applicationID}, {sourceServerIDs}, {ec2InstanceIDs} and nothing else in braces',
    ],
    [
      'an application where there is none',
      aHook({ parameters: { a: '{applicationID}' } }),
      '0: {applicationID} is only for a hook with applicationIDs or eachApplication',
    ],
    [
      'instances before there are any',
      aHook({ parameters: { a: '{ec2InstanceIDs}' } }),
      '0: {ec2InstanceIDs} is not for a beforeStart hook, because no instance was launched by then',
    ],
    [
      'a name that cannot be told from others',
      aHook({ name: 'a#b' }),
      '0.name: expected a name: 1 to 64 letters, digits, "-", "_" or "."',
    ],
  ])('refuses %s', (_, hook, words) => {
    expect(refusals(hook)).toEqual([words]);
  });

  it('refuses a second hook of the same name, whatever it is for', () => {
    expect(refusals(aHook(), aHook({ name: 'other' }), aHook({ when: 'afterVerified' }))).toEqual([
      '2: has the name of an earlier hook',
    ]);
  });

  it('refuses fields it does not know', () => {
    expect(refusals(aHook({ retry: 3 }))).toHaveLength(1);
  });
});

describe('timeoutSecondsOf', () => {
  it('is 600 s, for a Lambda function no longer than its answer can be waited for', () => {
    expect(parsed && timeoutSecondsOf(parsed)).toBe(240);
    expect(parsed && timeoutSecondsOf({ ...parsed, lambda: undefined, automation: 'Fence' })).toBe(600);
    expect(parsed && timeoutSecondsOf({ ...parsed, timeoutSeconds: 30 })).toBe(30);
  });
});
