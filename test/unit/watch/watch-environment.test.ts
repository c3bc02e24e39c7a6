import { readReporterEnvironment, readStackName } from '../../../functions/watch/watch-environment.ts';

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
      region: 'eu-west-1',
      endpoints: { sns: undefined, s3: undefined },
    });
  });

  it('takes endpoints as the SDK does: the service’s own before the one for all', () => {
    const general = 'http://127.0.0.1:4566';
    const s3 = 'http://127.0.0.1:9000';

    expect(readReporterEnvironment({ ...all, AWS_ENDPOINT_URL: general }).endpoints).toEqual({
      sns: general,
      s3: general,
    });
    expect(readReporterEnvironment({ ...all, AWS_ENDPOINT_URL: general, AWS_ENDPOINT_URL_S3: s3 }).endpoints).toEqual({
      sns: general,
      s3,
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

describe('readStackName', () => {
  it('is all that the watcher needs', () => {
    expect(readStackName({ STACK_NAME: 'MgnCutover' })).toBe('MgnCutover');
    expect(() => readStackName({})).toThrow();
  });
});
