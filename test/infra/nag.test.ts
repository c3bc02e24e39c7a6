/** cdk-nag's findings in every variant of the stack against what a reviewer has accepted. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';
import * as v from 'valibot';
import { acknowledgementsFor } from '../../infra/nag.ts';
import { buildApp } from './synthesize.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nag-'));
const schedulesFile = path.join(folder, 'schedules.json');
const schedule = { at: '2027-01-31T22:00:00Z', windowMinutes: 60, input: { waveID: 'wave-00000000000000001' } };
writeFileSync(
  schedulesFile,
  JSON.stringify({
    schedules: [
      { ...schedule, name: 'wave-07' },
      { ...schedule, name: 'wave-08', group: 'later' },
      { ...schedule, name: 'all', input: { waves: [{ name: 'crm', input: schedule.input }] } },
    ],
  }),
);
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const variants: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  default: {},
  'with a customer key': { customerKey: true },
  'with somebody to tell': { noticeEmails: 'night@example.com' },
  'with a chat to tell': { webhookParameter: '/mgn-cutover/webhook' },
  'for an explicit account and region': { account: '123456789012', region: 'eu-central-1' },
  'with schedules': { schedulesFile },
  'with hooks': {
    hookFunctionArns: 'arn:aws:lambda:eu-west-1:123456789012:function:smoke:live',
    hookDocumentNames: 'StopShop,AWS-StartEC2Instance',
    hookAutomationRoleArns: 'arn:aws:iam::123456789012:role/automation',
  },
  'with other accounts': {
    targetAccountRoleArns: 'arn:aws:iam::210987654321:role/cutover',
    targetAccountFinalizerRoleArns: 'arn:aws:iam::210987654321:role/finalizer',
  },
  'with everything': {
    schedulesFile,
    customerKey: true,
    noticeEmails: 'night@example.com',
    webhookParameter: '/mgn-cutover/webhook',
    hookDocumentNames: 'AWS-StartEC2Instance',
  },
  'without a tag of source servers': { sourceServerTag: '' },
};

/** What cdk-nag says of a stack in which nothing is acknowledged: each finding as `rule at path`. */
function findingsIn(context: Readonly<Record<string, unknown>>): string[] {
  const { app } = buildApp(context);
  for (const construct of app.node.findAll()) {
    const others = construct.node.metadata.filter(({ type }) => type !== Validations.ACKNOWLEDGED_RULES_METADATA_KEY);
    construct.node.metadata.splice(0, Infinity, ...others);
  }
  return [new AwsSolutionsChecks(), new ServerlessChecks()].flatMap((pack) =>
    pack
      .validateScope(app)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(
          ({ constructPath = '' }) => `${ruleName} at ${constructPath.replace(/\/Resource$/, '')}`,
        ),
      ),
  );
}

const AcknowledgedSchema = v.record(v.string(), v.string());
const acknowledgements = acknowledgementsFor({ hookDocumentNames: ['StopShop', 'AWS-StartEC2Instance'] });
const accepted = acknowledgements.map(({ id, path }) => `${id} at ${path}`);
const found = Object.fromEntries(Object.entries(variants).map(([name, context]) => [name, findingsIn(context)]));

describe('cdk-nag', () => {
  it.each(Object.keys(variants))('finds nothing that is not accepted: %s', (name) => {
    expect(found[name]?.filter((finding) => !accepted.includes(finding))).toEqual([]);
  });

  it.each(Object.entries(variants))('lets the stack be synthesized: %s', (_, context) => {
    rmSync(buildApp(context).app.synth().directory, { recursive: true });
  });

  it('finds everything that is accepted in some variant, so that nothing is accepted in vain', () => {
    const everything = new Set(Object.values(found).flat());

    expect(accepted.filter((finding) => !everything.has(finding))).toEqual([]);
  });

  it('is told of what the reviewed file accepts, each once and with its reason, and of nothing else', () => {
    const { app } = buildApp(variants['with hooks']);
    const told = app.node.findAll().flatMap((construct) =>
      construct.node.metadata
        .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
        .flatMap(({ data }) => Object.entries(v.parse(AcknowledgedSchema, data)))
        .map(([id, reason]) => `${id.replace(/^\w+::/, '')} at ${construct.node.path}: ${reason}`),
    );
    const reviewed = acknowledgements.map(({ id, path, reason }) => `${id} at ${path}: ${reason}`);

    expect(told.sort()).toEqual(reviewed.sort());
    expect(new Set(accepted).size).toBe(accepted.length);
  });

  it('fails the synthesis for what is not accepted', () => {
    const { app, stack } = buildApp();
    new Bucket(stack, 'Unreviewed');

    expect(() => app.synth()).toThrow(/validation/i);
  });
});
