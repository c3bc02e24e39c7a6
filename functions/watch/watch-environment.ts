/** The settings that only the watchers have, beside those of every function (`functions/shared/environment.ts`). */
import * as v from 'valibot';

const url = v.optional(v.pipe(v.string(), v.url()));

const WatcherSchema = v.object({
  /** Name of the stack: the metrics' dimension, and what commands in notices name. */
  STACK_NAME: v.pipe(v.string(), v.nonEmpty()),
});

const ReporterSchema = v.object({
  ...WatcherSchema.entries,
  /** ARN of the SNS topic that people subscribe to. */
  NOTICE_TOPIC_ARN: v.pipe(v.string(), v.nonEmpty()),
  /** Name of the S3 bucket that keeps the reports. */
  EVIDENCE_BUCKET_NAME: v.pipe(v.string(), v.nonEmpty()),
  /** Set by Lambda. */
  AWS_REGION: v.pipe(v.string(), v.nonEmpty()),
  AWS_ENDPOINT_URL: url,
  AWS_ENDPOINT_URL_SNS: url,
  AWS_ENDPOINT_URL_S3: url,
});

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The name of the stack.
 *
 * @throws ValiError when `STACK_NAME` is missing.
 */
export function readStackName(variables: Variables): string {
  return v.parse(WatcherSchema, variables).STACK_NAME;
}

/** Where reports and notices go. */
export interface ReporterEnvironment {
  readonly stackName: string;
  readonly noticeTopicArn: string;
  readonly evidenceBucketName: string;
  readonly region: string;
  /** Where SNS and S3 are, when they are not AWS's own: by the SDK's variables, the service's one before the general. */
  readonly endpoints: { readonly sns?: string | undefined; readonly s3?: string | undefined };
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
    region: settings.AWS_REGION,
    endpoints: {
      sns: settings.AWS_ENDPOINT_URL_SNS ?? settings.AWS_ENDPOINT_URL,
      s3: settings.AWS_ENDPOINT_URL_S3 ?? settings.AWS_ENDPOINT_URL,
    },
  };
}
