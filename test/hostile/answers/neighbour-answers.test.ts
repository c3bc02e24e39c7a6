/** EC2, CloudWatch, Service Quotas, STS and S3, answered with anything, over sockets where it is about sizes. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import * as v from 'valibot';
import { createRoleSessions } from '../../../functions/accounts/role-sessions.ts';
import type { Ec2 } from '../../../functions/domain/launch-target-port.ts';
import { createEc2 } from '../../../functions/ec2/ec2-adapter.ts';
import { MalformedXmlError, parseXml } from '../../../functions/ec2/xml.ts';
import { answerBytesMax } from '../../../functions/shared/bounded-body.ts';
import { sendSigned, type Exchange, type Sender } from '../../../functions/shared/signed-request.ts';
import { simulatedSender } from '../../../local/simulated-ec2.ts';
import { realTime } from '../../../local/virtual-time.ts';
import { simulatedAccount, startMs } from '../../simulator/simulated-account.ts';
import { garbled } from '../doors/mutations.ts';
import { tryCases } from '../doors/seeded-cases.ts';
import { faultsOf, rejectionOf } from './tidy-error.ts';

jest.setTimeout(60_000);

const scenario = {
  ec2: {
    vpcs: [
      {
        name: 'main',
        vpcID: 'vpc-00000001',
        isDefault: true,
        subnets: [{ name: 'target', subnetID: 'subnet-00000001', freeAddresses: 27 }],
        securityGroups: [{ name: 'web', groupID: 'sg-00000001' }],
      },
    ],
    vcpuQuota: 640,
    vcpusInUse: 100,
  },
  servers: [{ hostname: 'web-1', launchConfiguration: { ec2LaunchTemplateID: 'lt-00000001' } }],
};
const roleArn = 'arn:aws:iam::444455556666:role/MgnCutover';

const senderOf = (exchange?: Exchange): Sender => ({
  region: 'us-east-1',
  credentials: () => Promise.resolve({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }),
  clock: { now: () => startMs },
  wait: () => Promise.resolve(),
  exchange,
});

const session =
  '<R><AssumeRoleResult><Credentials><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey>' +
  '<SessionToken>t</SessionToken><Expiration>2026-03-07T23:00:00Z</Expiration></Credentials></AssumeRoleResult></R>';

/** Answers of the simulator (of STS: one written by hand), as `change` makes of them. */
const changed = (change: (body: string) => string): Exchange => {
  const { exchange } = simulatedSender(simulatedAccount(scenario).simulator, realTime);
  return async (request) => {
    if (request.body.includes('AssumeRole')) return { status: 200, body: change(session) };
    const answer = await exchange?.(request);
    return { status: answer?.status ?? 500, body: change(answer?.body ?? '') };
  };
};

type Call = (ec2: Ec2, sender: Sender) => Promise<unknown>;
const calls: readonly (readonly [string, Call])[] = [
  ['launch template versions', (ec2) => ec2.describeDefaultTemplateVersions(['lt-00000001'])],
  ['subnets', (ec2) => ec2.describeSubnets(['subnet-00000001'])],
  ['default subnets', (ec2) => ec2.describeDefaultSubnets()],
  ['security groups', (ec2) => ec2.describeSecurityGroups(['sg-00000001'])],
  ['security groups of other VPCs', (ec2) => ec2.describeSecurityGroupVpcAssociations(['sg-00000001'])],
  ['instance types', (ec2) => ec2.describeVcpus(['m5.large'])],
  ['the vCPU quota', (ec2) => ec2.readVcpuQuota()],
  ['a session of a role', (_ec2, sender) => createRoleSessions(sender).credentialsOf(roleArn, 'night-1')],
];
const callWith = (call: Call, exchange: Exchange) => call(createEc2(senderOf(exchange)), senderOf(exchange));

const bomb = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "${'ha'.repeat(100)}"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><R>&b;</R>`;
const bodies: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['an entity bomb', bomb],
  ['elements in one another', `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}`],
  ['a million elements', `<R>${'<a/>'.repeat(1_000_000)}</R>`],
  ['a tag that never ends', `<R ${'a="" '.repeat(50_000)}`],
  ['blanks in a tag', `<R${' '.repeat(200_000)}x>`],
  ['a comment that never ends', `<R><!-- ${'- '.repeat(200_000)}`],
  ['a page of HTML', '<!DOCTYPE html><html><body><p>Sign in<br></body></html>'],
  ['another document', '<Other><thing/></Other>'],
  ['JSON', '{"Quota":{"Value":"many"}}'],
  ['a quota without bounds', '{"Quota":{"Value":1e999}}'],
  ['characters that are none', '<R>&#x110000;&#0;&#xD800;\u0000</R>'],
];

describe.each(calls)('%s', (name, call) => {
  it.each(bodies)('fail by name when the answer is %s', async (_what, body) => {
    const error = await rejectionOf(callWith(call, () => Promise.resolve({ status: 200, body })));
    // A quota that is no JSON and XML that is no quota fail alike.
    expect(faultsOf(error)).toEqual([]);
  });

  it.each([301, 302, 304, 400, 403, 404, 407, 429, 500, 502, 503])(
    'fail by name when the status is %d',
    async (status) => {
      const body = `<html>${'x'.repeat(100_000)}\u001b[2J</html>`;
      expect(faultsOf(await rejectionOf(callWith(call, () => Promise.resolve({ status, body }))))).toEqual([]);
    },
  );

  it('give something or fail by name, however the answer is garbled', async () => {
    await tryCases(
      name,
      150,
      (random) => random,
      async (random) => {
        const error = await rejectionOf(
          callWith(
            call,
            changed((body) => garbled(body, random)),
          ),
        );
        if (error !== undefined) expect(faultsOf(error)).toEqual([]);
      },
    );
  });
});

describe('lists', () => {
  const page = (token: string) => `<R><subnetSet/><nextToken>${token}</nextToken></R>`;

  it.each([
    ['the same token comes again', () => 'again'],
    ['tokens never end', (count: number) => String(count)],
  ])('end when %s', async (_what, tokenOf) => {
    let count = 0;
    const exchange = () => Promise.resolve({ status: 200, body: page(tokenOf((count += 1))) });
    const error = await rejectionOf(createEc2(senderOf(exchange)).describeSubnets(['subnet-00000001']));
    expect(error).toMatchObject({ name: 'TransientServiceError', message: expect.stringContaining('do not end') });
    expect(count).toBeLessThanOrEqual(1_001);
  });

  it.each(['NaN', 'Infinity', '1e999', '0x10', 'many', '-', ''])('do not take %p for a number', async (number) => {
    const item = `<item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availableIpAddressCount>${number}</availableIpAddressCount></item>`;
    const exchange = () => Promise.resolve({ status: 200, body: `<R><subnetSet>${item}</subnetSet></R>` });
    expect(await rejectionOf(createEc2(senderOf(exchange)).describeSubnets(['subnet-1']))).toMatchObject({
      name: 'TransientServiceError',
    });
  });
});

describe('a session of a role', () => {
  it.each([
    ['that says it lasts for ever', '9999-12-31T23:59:59Z', startMs + 12 * 3_600_000],
    ['that lasts an hour', '2026-03-07T23:00:00Z', Date.parse('2026-03-07T23:00:00Z')],
  ])('%s is renewed within a day', async (_what, expiration, expected) => {
    const exchange = changed((body) => body.replace('2026-03-07T23:00:00Z', expiration));
    const credentials = await createRoleSessions(senderOf(exchange)).credentialsOf(roleArn, 'night-1');
    expect(credentials.expiration.getTime()).toBe(expected);
  });

  it('keeps no secret in the words of its failure', async () => {
    const exchange = changed((body) => body.replace('<SessionToken>t', '<SessionToken>').replace('>s<', '>hush<'));
    const error = await rejectionOf(createRoleSessions(senderOf(exchange)).credentialsOf(roleArn, 'night-1'));
    expect(JSON.stringify([String(error), error])).not.toContain('hush');
  });
});

const AddressSchema = v.object({ port: v.number() });
let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

const serve = async (listener: RequestListener): Promise<URL> => {
  server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${String(v.parse(AddressSchema, server.address()).port)}/`);
};
const request = { service: 'ec2', method: 'POST', contentType: 'text/plain', body: '' } as const;

describe('an answer over a socket', () => {
  it('that never ends is given up, and the connection with it', async () => {
    let sent = 0;
    const closed: Promise<unknown>[] = [];
    const chunk = Buffer.alloc(1_048_576, 'x');
    const url = await serve((_request, response) => {
      closed.push(once(response, 'close'));
      const pour = (): void => {
        while (!response.destroyed && response.write(chunk)) sent += chunk.length;
        sent += chunk.length;
      };
      response.on('drain', pour);
      pour();
    });
    const error = await rejectionOf(sendSigned({ ...senderOf(), triesMax: 1 }, { ...request, url }));
    expect(error).toMatchObject({ name: 'ServiceRequestError', message: expect.stringContaining('bytes') });
    await Promise.all(closed);
    expect(sent).toBeLessThan(4 * answerBytesMax);
  });

  it('with bytes that are no UTF-8 is read as far as it is text', async () => {
    const url = await serve((_request, response) => response.end(Buffer.from([0x61, 0xff, 0xc3, 0xa9])));
    expect(await sendSigned(senderOf(), { ...request, url })).toBe('a\ufffdé');
  });

  it('that leads elsewhere is not followed', async () => {
    let count = 0;
    const url = await serve((_request, response) => {
      count += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await rejectionOf(sendSigned(senderOf(), { ...request, url }))).toMatchObject({ status: 302 });
    expect(count).toBe(1);
  });

  it('that is cut off is tried again, and then given up', async () => {
    let count = 0;
    const url = await serve((_request, response) => {
      count += 1;
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    });
    expect(await rejectionOf(sendSigned(senderOf(), { ...request, url }))).toMatchObject({
      name: 'ServiceRequestError',
    });
    expect(count).toBe(3);
  });
});

describe('parseXml', () => {
  it('takes a document of any size that is one, and no deeper one', () => {
    const wide = `<R>${'<a>text</a>'.repeat(100_000)}</R>`;
    expect(parseXml(wide).children).toHaveLength(100_000);
    expect(() => parseXml(`${'<a>'.repeat(65)}${'</a>'.repeat(65)}`)).toThrow(MalformedXmlError);
    expect(parseXml(`${'<a>'.repeat(64)}${'</a>'.repeat(64)}`).name).toBe('a');
  });
});
