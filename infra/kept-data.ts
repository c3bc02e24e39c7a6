/** What outlives the stack: the ledger and the evidence of each run. Nothing but a person removes either. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership, StorageClass } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';

/** Nobody reads a run's evidence every day any more; it is at hand within milliseconds still. */
const daysUntilCheaperStorage = 90;

/** The ledger's table: the only record of what was done to whose server. Without a customer key DynamoDB encrypts with its own. */
export function createLedgerTable(scope: Construct, customerKey: IKey | undefined): Table {
  return new Table(scope, 'Ledger', {
    partitionKey: { name: 'partition', type: AttributeType.STRING },
    sortKey: { name: 'sort', type: AttributeType.STRING },
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: 'expiresAt',
    deletionProtection: true,
    removalPolicy: RemovalPolicy.RETAIN,
    ...(customerKey === undefined ? {} : { encryption: TableEncryption.CUSTOMER_MANAGED, encryptionKey: customerKey }),
  });
}

/** The bucket of evidence: objects named `runs/RUN/...`, every version of each, for as long as the team keeps it. */
export function createEvidenceBucket(scope: Construct, customerKey: IKey | undefined): Bucket {
  const transitionAfter = Duration.days(daysUntilCheaperStorage);
  return new Bucket(scope, 'Evidence', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    versioned: true,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [
      {
        id: 'CheaperStorage',
        transitions: [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter }],
        noncurrentVersionTransitions: [{ storageClass: StorageClass.GLACIER_INSTANT_RETRIEVAL, transitionAfter }],
      },
    ],
    ...(customerKey === undefined
      ? { encryption: BucketEncryption.S3_MANAGED }
      : // With a bucket key S3 asks KMS once for many objects.
        { encryption: BucketEncryption.KMS, encryptionKey: customerKey, bucketKeyEnabled: true }),
  });
}
