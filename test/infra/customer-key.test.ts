/** The variant with a key of the customer's own: everything that is kept is under it, and everybody can still work. */
import { steps } from '../../infra/steps.ts';
import { statementsIn, synthesize } from './synthesize.ts';

const keyed = synthesize({ customerKey: 'true', noticeEmails: 'night@example.com' });
const { functions, machines, resources, ofType, idOf } = keyed;
const keyID = idOf('AWS::KMS::Key');
const key = ofType('AWS::KMS::Key')[keyID];
const keyArn = `<${keyID}.Arn>`;
const here = '<AWS::Region>:<AWS::AccountId>';
const propertiesOf = (type: string) => Object.values(ofType(type));
const usesOfKey = (statements: readonly { Action: readonly string[]; Resource: readonly string[] }[]) =>
  statements.filter(({ Action }) => Action.some((action) => action.startsWith('kms:')));

describe('with a customer key', () => {
  it('there is one, which rotates and outlives the stack', () => {
    expect(Object.keys(ofType('AWS::KMS::Key'))).toHaveLength(1);
    expect(key).toMatchObject({ EnableKeyRotation: true });
    expect(resources[keyID]).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    expect(synthesize().ofType('AWS::KMS::Key')).toEqual({});
  });

  it('ledger, evidence, notices, queue and logs are under it', () => {
    expect(propertiesOf('AWS::DynamoDB::Table')).toEqual([
      expect.objectContaining({ SSESpecification: { KMSMasterKeyId: keyArn, SSEEnabled: true, SSEType: 'KMS' } }),
    ]);
    expect(propertiesOf('AWS::S3::Bucket')).toEqual([
      expect.objectContaining({
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: { KMSMasterKeyID: keyArn, SSEAlgorithm: 'aws:kms' },
            },
          ],
        },
      }),
    ]);
    expect(propertiesOf('AWS::SNS::Topic')).toEqual([expect.objectContaining({ KmsMasterKeyId: keyArn })]);
    expect(propertiesOf('AWS::SQS::Queue')).toEqual([expect.objectContaining({ KmsMasterKeyId: keyArn })]);
    for (const logGroup of propertiesOf('AWS::Logs::LogGroup')) expect(logGroup).toMatchObject({ KmsKeyId: keyArn });
  });

  it.each(machines.map((machine) => [machine.file, machine] as const))(
    'executions of %s are under it, and its role may use it for that machine, and those it starts or calls back, by name',
    (file, { properties, statements }) => {
      const arnsOf = (name: string) => {
        const arn = `arn:<AWS::Partition>:states:${here}:stateMachine:MgnCutover-${name}`;
        return [arn, `${arn}:*`];
      };
      const others: Readonly<Record<string, readonly string[]>> = {
        'migration-run': ['wave-cutover'],
        'wave-cutover': ['cutover-shift', 'rollback'],
        rollback: ['wave-cutover'],
        commit: ['wave-cutover'],
      };

      expect(properties).toMatchObject({
        EncryptionConfiguration: {
          KmsKeyId: keyArn,
          Type: 'CUSTOMER_MANAGED_KMS_KEY',
          KmsDataKeyReusePeriodSeconds: 300,
        },
      });
      expect(usesOfKey(statements)).toEqual([
        {
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: [keyArn],
          Condition: {
            StringLike: {
              'kms:EncryptionContext:aws:states:stateMachineArn': [file, ...(others[file] ?? [])].flatMap(arnsOf),
            },
          },
        },
        {
          Effect: 'Allow',
          Action: ['kms:GenerateDataKey'],
          Resource: [keyArn],
          Condition: {
            StringEquals: { 'kms:EncryptionContext:SourceArn': `arn:<AWS::Partition>:logs:${here}:*` },
          },
        },
      ]);
    },
  );

  it('a step may use it for the ledger and nothing else', () => {
    for (const { name, statements } of functions) {
      if (!(name in steps)) continue;
      expect(usesOfKey(statements)).toEqual([
        expect.objectContaining({
          Resource: [keyArn],
          Condition: { StringEquals: { 'kms:ViaService': ['dynamodb.<AWS::Region>.amazonaws.com'] } },
        }),
      ]);
    }
  });

  it('people read through it, and start with it', () => {
    for (const { PolicyDocument } of propertiesOf('AWS::IAM::ManagedPolicy')) {
      const uses = usesOfKey(statementsIn(PolicyDocument));
      const services = (...names: readonly string[]) => ({
        StringEquals: { 'kms:ViaService': names.map((name) => `${name}.<AWS::Region>.amazonaws.com`) },
      });

      expect(
        uses.map((use) => [use.Action.includes('kms:GenerateDataKey'), 'Condition' in use && use.Condition]),
      ).toEqual([
        [true, services('states')],
        [false, services('dynamodb', 's3', 'states')],
      ]);
    }
  });

  it('services that act for nobody in particular may use it for this stack’s things', () => {
    const [owner, ...services] = statementsIn(key?.['KeyPolicy']);
    const forQueue = {
      StringEquals: {
        'kms:EncryptionContext:aws:sqs:arn': `arn:<AWS::Partition>:sqs:${here}:MgnCutover-dead-letters`,
      },
    };

    expect(owner?.Principal).toEqual({ AWS: 'arn:<AWS::Partition>:iam::<AWS::AccountId>:root' });
    expect(services.map(({ Principal, Condition }) => [Principal, Condition])).toEqual([
      [
        { Service: 'logs.<AWS::Region>.amazonaws.com' },
        {
          ArnEquals: {
            'kms:EncryptionContext:aws:logs:arn': [
              `arn:<AWS::Partition>:logs:${here}:log-group:/aws/lambda/MgnCutover`,
              `arn:<AWS::Partition>:logs:${here}:log-group:/aws/vendedlogs/states/MgnCutover`,
            ],
          },
        },
      ],
      [{ Service: 'cloudwatch.amazonaws.com' }, { StringEquals: { 'aws:SourceAccount': '<AWS::AccountId>' } }],
      [{ Service: 'events.amazonaws.com' }, forQueue],
      [{ Service: 'sns.amazonaws.com' }, forQueue],
      [{ Service: 'delivery.logs.amazonaws.com' }, undefined],
    ]);
  });

  it('the stack stays small', () => {
    expect(Object.keys(resources).length).toBeLessThan(120);
  });
});
