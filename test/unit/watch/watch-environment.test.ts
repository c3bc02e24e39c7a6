import { readReporterEnvironment, stackPlaceOf } from '../../../functions/watch/watch-environment.ts';

const all = {
  STACK_NAME: 'MgnCutover',
  NOTICE_TOPIC_ARN: 'arn:aws:sns:eu-west-1:123456789012:notices',
  EVIDENCE_BUCKET_NAME: 'evidence',
  AWS_REGION: 'eu-west-1',
};

describe('readReporterEnvironment', () => {
  it('reads where reports and notices go', () => {
    expect(readReporterEnvironment(all)).toEqual({
      stackName: 'MgnCutover',
      noticeTopicArn: 'arn:aws:sns:eu-west-1:123456789012:notices',
      evidenceBucketName: 'evidence',
      webhookParameterName: undefined,
      region: 'eu-west-1',
      endpoints: { sns: undefined, s3: undefined, ssm: undefined },
    });
  });

  it('reads which parameter holds the URL of a chat’s webhook', () => {
    const environment = readReporterEnvironment({ ...all, WEBHOOK_PARAMETER_NAME: '/mgn-cutover/webhook' });

    expect(environment.webhookParameterName).toBe('/mgn-cutover/webhook');
  });

  it('takes endpoints as the SDK does: the service’s own before the one for all', () => {
    const general = 'http://127.0.0.1:4566';
    const s3 = 'http://127.0.0.1:9000';

    expect(readReporterEnvironment({ ...all, AWS_ENDPOINT_URL: general }).endpoints).toEqual({
      sns: general,
      s3: general,
      ssm: general,
    });
    expect(readReporterEnvironment({ ...all, AWS_ENDPOINT_URL: general, AWS_ENDPOINT_URL_S3: s3 }).endpoints).toEqual({
      sns: general,
      s3,
      ssm: general,
    });
  });

  it.each(Object.keys(all))('refuses an environment without %s', (name) => {
    expect(() => readReporterEnvironment({ ...all, [name]: undefined })).toThrow();
    expect(() => readReporterEnvironment({ ...all, [name]: '' })).toThrow();
  });

  it('refuses an endpoint that is no URL', () => {
    expect(() => readReporterEnvironment({ ...all, AWS_ENDPOINT_URL_SNS: 'here' })).toThrow();
  });
});

describe('stackPlaceOf', () => {
  it('is where the topic is', () => {
    const topicArn = 'arn:aws-us-gov:sns:us-gov-west-1:123456789012:MgnCutover-Notices';

    expect(stackPlaceOf(readReporterEnvironment({ ...all, NOTICE_TOPIC_ARN: topicArn }))).toEqual({
      stackName: 'MgnCutover',
      partition: 'aws-us-gov',
      region: 'us-gov-west-1',
      accountID: '123456789012',
    });
  });
});
