/** How people hear of it: a topic for what happened, and a queue for what could not be delivered to anybody. */
import { Aws, Duration } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { arnHere, deadLetterQueueNameOf } from './names.ts';

/** Who is told of it, and under which key. */
export interface NoticeTopicProps {
  /** Each address is asked by AWS to confirm before it is written to. */
  readonly noticeEmails: readonly string[];
  /** Takes notices that a subscriber could not be given. */
  readonly deadLetterQueue: Queue;
  readonly customerKey: IKey | undefined;
}

/**
 * The topic of the ends of runs and of alarms. With a policy of its own a topic loses the one that lets the account's
 * alarms publish, so that is said here.
 */
export function createNoticeTopic(scope: Construct, props: NoticeTopicProps): Topic {
  const { noticeEmails, deadLetterQueue, customerKey } = props;
  const topic = new Topic(scope, 'Notices', {
    displayName: 'mgn-cutover',
    enforceSSL: true,
    ...(customerKey === undefined ? {} : { masterKey: customerKey }),
  });
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsOfThisAccount',
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
        ArnLike: { 'aws:SourceArn': arnHere('cloudwatch', 'alarm:*') },
      },
    }),
  );
  for (const address of noticeEmails) topic.addSubscription(new EmailSubscription(address, { deadLetterQueue }));
  return topic;
}

/** The queue keeps for 14 days, SQS's most, what a schedule, a rule, a watcher or the topic could not deliver. */
export function createDeadLetterQueue(scope: Construct, customerKey: IKey | undefined): Queue {
  return new Queue(scope, 'DeadLetters', {
    queueName: deadLetterQueueNameOf(scope),
    retentionPeriod: Duration.days(14),
    enforceSSL: true,
    ...(customerKey === undefined
      ? { encryption: QueueEncryption.SQS_MANAGED }
      : { encryption: QueueEncryption.KMS, encryptionMasterKey: customerKey }),
  });
}
