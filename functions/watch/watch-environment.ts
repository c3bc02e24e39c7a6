/** The settings that only the watchers have, beside those of every function (`functions/shared/environment.ts`). */
import * as v from 'valibot';
import type { StackPlace } from './notice-place.ts';

const url = v.optional(v.pipe(v.string(), v.url()));

const ReporterSchema = v.object({
  /** Name of the stack: the metrics' dimension, and what commands in notices name. */
  STACK_NAME: v.pipe(v.string(), v.nonEmpty()),
  /** ARN of the SNS topic that people subscribe to; in the account and region of the stack. */
  NOTICE_TOPIC_ARN: v.pipe(v.string(), v.regex(/^arn:[^:]+:sns:[^:]+:[^:]+:.+$/, 'Expected the ARN of a topic')),
  /** Name of the S3 bucket that keeps the reports. */
  EVIDENCE_BUCKET_NAME: v.pipe(v.string(), v.nonEmpty()),
  /** Name of the SSM parameter that holds the URL of a chat's webhook; absent where no chat is told. */
  WEBHOOK_PARAMETER_NAME: v.optional(v.pipe(v.string(), v.nonEmpty())),
  /** Set by Lambda. */
  AWS_REGION: v.pipe(v.string(), v.nonEmpty()),
  AWS_ENDPOINT_URL: url,
  AWS_ENDPOINT_URL_SNS: url,
  AWS_ENDPOINT_URL_S3: url,
  AWS_ENDPOINT_URL_SSM: url,
});

type Variables = Readonly<Record<string, string | undefined>>;

/** Where reports and notices go. */
export interface ReporterEnvironment {
  readonly stackName: string;
  readonly noticeTopicArn: string;
  readonly evidenceBucketName: string;
  /** Undefined where no chat is told. */
  readonly webhookParameterName: string | undefined;
  readonly region: string;
  /** Where the services are, when they are not AWS's own: by the SDK's variables, the service's one before the general. */
  readonly endpoints: {
    readonly sns?: string | undefined;
    readonly s3?: string | undefined;
    readonly ssm?: string | undefined;
  };
}

/**
 * Reads where reports and notices go.
 *
 * @throws ValiError when a name is missing or an endpoint is no URL.
 */
export function readReporterEnvironment(variables: Variables): ReporterEnvironment {
  const settings = v.parse(ReporterSchema, variables);
  return {
    stackName: settings.STACK_NAME,
    noticeTopicArn: settings.NOTICE_TOPIC_ARN,
    evidenceBucketName: settings.EVIDENCE_BUCKET_NAME,
    webhookParameterName: settings.WEBHOOK_PARAMETER_NAME,
    region: settings.AWS_REGION,
    endpoints: {
      sns: settings.AWS_ENDPOINT_URL_SNS ?? settings.AWS_ENDPOINT_URL,
      s3: settings.AWS_ENDPOINT_URL_S3 ?? settings.AWS_ENDPOINT_URL,
      ssm: settings.AWS_ENDPOINT_URL_SSM ?? settings.AWS_ENDPOINT_URL,
    },
  };
}

/** The stack, which is where its topic is. */
export function stackPlaceOf({ stackName, noticeTopicArn }: ReporterEnvironment): StackPlace {
  const [, partition = '', , region = '', accountID = ''] = noticeTopicArn.split(':');
  return { stackName, partition, region, accountID };
}
