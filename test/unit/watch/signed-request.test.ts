/** Notices and reports on their way to SNS and S3. */
import { createEvidenceBucket } from '../../../functions/watch/evidence-bucket.ts';
import { createNoticeTopic } from '../../../functions/watch/notice-topic.ts';
import type { Message } from '../../../functions/watch/message.ts';
import { domainSuffix, ServiceRequestError, type Sender } from '../../../functions/shared/signed-request.ts';
import { credentials, startSignedService, type SignedService } from './signed-service.ts';

const region = 'eu-central-1';
const topicArn = `arn:aws:sns:${region}:111122223333:MgnCutover-notices`;
const notice: Message = {
  subject: 'mgn-cutover ACT: cutover failed: night-1',
  text: 'Zwölf & "mehr" + 100 %\nsource servers\n',
  document: {
    version: 1,
    kind: 'RUN_ENDED',
    severity: 'ACT',
    what: 'It failed.',
    run: 'night-1',
    region,
    servers: [],
    nextCommands: [],
    at: '2026-03-07T22:00:00.000Z',
  },
};

let waited: number[] = [];
let now = Date.parse('2026-03-07T22:00:00Z');
const sender: Sender = {
  region,
  credentials: () => Promise.resolve(credentials),
  clock: { now: () => (now += 1_000) },
  wait: (ms) => {
    waited.push(ms);
    return Promise.resolve();
  },
};

let services: SignedService[] = [];
const start = async (service: string) => {
  const started = await startSignedService(service, region);
  services.push(started);
  return started;
};
beforeEach(() => {
  waited = [];
});
afterEach(async () => {
  await Promise.all(services.map((service) => service.close()));
  services = [];
});

const attribute = (entry: number, name: string, value: string) => ({
  [`MessageAttributes.entry.${entry}.Name`]: name,
  [`MessageAttributes.entry.${entry}.Value.DataType`]: 'String',
  [`MessageAttributes.entry.${entry}.Value.StringValue`]: value,
});

describe('createNoticeTopic', () => {
  it('publishes the text for people and the document for programs, signed, with what subscriptions filter by', async () => {
    const sns = await start('sns');
    await createNoticeTopic(sender, topicArn, sns.endpoint).tell(notice);

    const [request, ...more] = sns.received;
    expect(more).toEqual([]);
    expect(request).toMatchObject({ method: 'POST', path: '/', signatureError: undefined });
    const { Message: message, ...form } = Object.fromEntries(new URLSearchParams(request?.body));
    expect(form).toEqual({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: topicArn,
      Subject: notice.subject,
      MessageStructure: 'json',
      ...attribute(1, 'kind', 'RUN_ENDED'),
      ...attribute(2, 'severity', 'ACT'),
      ...attribute(3, 'run', 'night-1'),
    });
    const json = JSON.stringify(notice.document);
    expect(JSON.parse(message ?? '')).toEqual({
      default: notice.text,
      email: notice.text,
      'email-json': json,
      http: json,
      https: json,
      lambda: json,
      sqs: json,
    });
  });

  it.each([
    ['a server error', { status: 500 }],
    ['a busy one', { status: 503, body: '<Error><Code>ServiceUnavailable</Code></Error>' }],
    ['a throttle', { status: 429 }],
    ['a throttle of another status', { status: 400, body: '<Error><Code>Throttling</Code></Error>' }],
    ['a lost answer', 'hangUp'],
  ] as const)('tries again after %s, each time with a signature of that moment', async (_, answer) => {
    const sns = await start('sns');
    sns.script(answer, answer);

    await createNoticeTopic(sender, topicArn, sns.endpoint).tell(notice);

    expect(sns.received.map(({ signatureError }) => signatureError)).toEqual([undefined, undefined, undefined]);
    expect(new Set(sns.received.map(({ headers }) => headers['x-amz-date'])).size).toBe(3);
    expect(waited).toEqual([250, 1_000]);
  });

  it('gives up after three tries', async () => {
    const sns = await start('sns');
    sns.script({ status: 500 }, { status: 500 }, { status: 500 });

    const publishing = createNoticeTopic(sender, topicArn, sns.endpoint).tell(notice);

    await expect(publishing).rejects.toThrow(ServiceRequestError);
    await expect(publishing).rejects.toThrow('sns: answered 500');
    expect(sns.received).toHaveLength(3);
  });

  it('does not repeat what is refused, and says why without the words of the request', async () => {
    const sns = await start('sns');
    sns.script({ status: 403, body: `<Error><Code>AuthorizationError</Code><Message>${topicArn}</Message></Error>` });

    const publishing = createNoticeTopic(sender, topicArn, sns.endpoint).tell(notice);

    await expect(publishing).rejects.toThrow(/^sns: answered 403 AuthorizationError$/);
    expect(sns.received).toHaveLength(1);
  });

  it('says so when nobody answers', async () => {
    const sns = await start('sns');
    const { endpoint } = sns;
    await sns.close();
    services = [];

    await expect(createNoticeTopic(sender, topicArn, endpoint).tell(notice)).rejects.toThrow(
      'sns: could not be reached',
    );
    expect(waited).toHaveLength(2);
  });

  it('is refused with somebody else’s key', async () => {
    const sns = await start('sns');
    const other = { ...credentials, secretAccessKey: 'other' };
    const stranger = { ...sender, credentials: () => Promise.resolve(other) };

    await expect(createNoticeTopic(stranger, topicArn, sns.endpoint).tell(notice)).rejects.toThrow(
      'SignatureDoesNotMatch',
    );
  });
});

describe('createEvidenceBucket', () => {
  it('puts the document under its key, signed, in the path of an endpoint that is not AWS’s own', async () => {
    const s3 = await start('s3');
    const document = { report: { servers: [{ hostname: 'wéb-1' }] } };
    await createEvidenceBucket(sender, 'evidence', `${s3.endpoint}/`).put("runs/a b/(1):'é'.json", document);

    const [request] = s3.received;
    expect(request).toMatchObject({
      method: 'PUT',
      path: '/evidence/runs/a%20b/%281%29%3A%27%C3%A9%27.json',
      signatureError: undefined,
    });
    expect(request?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(request?.body ?? '')).toEqual(document);
  });

  it('takes a report of several megabytes', async () => {
    const s3 = await start('s3');
    const document = Array.from({ length: 1_000 }, (_, index) => ({ index, words: 'x'.repeat(4_000) }));

    await createEvidenceBucket(sender, 'evidence', s3.endpoint).put('runs/night-1/report.json', document);

    expect(s3.received.map(({ signatureError }) => signatureError)).toEqual([undefined]);
  });
});

describe('where AWS is', () => {
  const sentTo = async (regionName: string): Promise<string[]> => {
    const urls: string[] = [];
    const fetching = jest.spyOn(globalThis, 'fetch').mockImplementation((url) => {
      urls.push(url instanceof URL ? url.href : 'no URL');
      return Promise.resolve(new Response(''));
    });
    const there = { ...sender, region: regionName };
    await createNoticeTopic(there, topicArn).tell(notice);
    await createEvidenceBucket(there, 'evidence').put('runs/night-1/report.json', {});
    fetching.mockRestore();
    return urls;
  };

  it.each([
    ['eu-central-1', 'amazonaws.com'],
    ['us-gov-west-1', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
  ])('is in %s under %s', async (regionName, suffix) => {
    expect(await sentTo(regionName)).toEqual([
      `https://sns.${regionName}.${suffix}/`,
      `https://evidence.s3.${regionName}.${suffix}/runs/night-1/report.json`,
    ]);
    expect(domainSuffix(regionName)).toBe(suffix);
  });
});
