/**
 * The customer's own key, when the setting asks for one: who may use it, and for what. With it a team can see every
 * use of the kept data in CloudTrail, and can end all use of it at once.
 */
import { Aws, RemovalPolicy, type Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import { arnHere, deadLetterQueueNameOf, functionsLogNameOf, machinesLogNameOf } from './names.ts';

/** A service through which data under the key is reached. */
export type KeyedService = 'dynamodb' | 's3' | 'sns' | 'sqs' | 'ssm' | 'states';

const readActions = ['kms:Decrypt', 'kms:DescribeKey'];
const writeActions = [
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
];

/**
 * The key of `stack`. It outlives the stack, because without it what the stack leaves behind cannot be read.
 *
 * Identities get their rights by their own policies (`useOfKey`). Here are the services that act for nobody in
 * particular: CloudWatch Logs for the log groups, CloudWatch for the topic, EventBridge and SNS for the queue. The
 * last two are bounded by what they encrypt, because EventBridge does not tell KMS for whom it asks.
 */
export function createCustomerKey(stack: Stack): Key {
  const key = new Key(stack, 'Key', {
    description: `${stack.stackName}: the ledger, evidence, notices, logs and executions of mgn-cutover`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
  const logGroups = [functionsLogNameOf(stack), machinesLogNameOf(stack)];
  allowService(key, `logs.${Aws.REGION}`, ['Encrypt*', 'Decrypt*', 'ReEncrypt*', 'GenerateDataKey*', 'Describe*'], {
    ArnEquals: { 'kms:EncryptionContext:aws:logs:arn': logGroups.map((name) => arnHere('logs', `log-group:${name}`)) },
  });
  allowService(key, 'cloudwatch', ['Decrypt', 'GenerateDataKey*'], {
    StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
  });
  const queueArn = arnHere('sqs', deadLetterQueueNameOf(stack));
  for (const service of ['events', 'sns'])
    allowService(key, service, ['Decrypt', 'GenerateDataKey*'], {
      StringEquals: { 'kms:EncryptionContext:aws:sqs:arn': queueArn },
    });
  return key;
}

/**
 * What an identity needs of the key to read, or read and write, through these services and in no other way: one
 * statement, or none when there is no customer key.
 */
export function useOfKey(
  key: IKey | undefined,
  services: readonly KeyedService[],
  access: 'read' | 'readAndWrite' = 'readAndWrite',
): PolicyStatement[] {
  if (key === undefined) return [];
  return [
    new PolicyStatement({
      actions: access === 'read' ? readActions : [...readActions, ...writeActions],
      resources: [key.keyArn],
      conditions: {
        StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${Aws.REGION}.amazonaws.com`) },
      },
    }),
  ];
}

function allowService(
  key: Key,
  service: string,
  actions: readonly string[],
  conditions: Readonly<Record<string, unknown>>,
): void {
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(`${service}.amazonaws.com`)],
      actions: actions.map((action) => `kms:${action}`),
      resources: ['*'], // In a key's policy this is the key.
      conditions,
    }),
  );
}
