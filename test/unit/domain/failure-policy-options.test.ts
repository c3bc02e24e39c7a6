import { toJsonSchema } from '@valibot/to-json-schema';
import * as v from 'valibot';
import {
  FailurePolicySchema,
  mayServerFail,
  unknownPolicyServers,
} from '../../../functions/domain/failure-policy-options.ts';
import { applicationID, aSourceServer, sourceServerID } from '../../support/domain-builders.ts';

const messagesOf = (input: unknown) =>
  (v.safeParse(FailurePolicySchema, input).issues ?? []).map((issue) =>
    [v.getDotPath(issue), issue.message].join(': '),
  );

describe('FailurePolicySchema', () => {
  it('keeps applications whole and lets the wave go on where nothing is said', () => {
    expect(v.parse(FailurePolicySchema, {})).toEqual({ application: 'atomic', wave: 'independent' });
  });

  it.each([
    { stopAt: { servers: 1 } },
    { stopAt: { percent: 100 } },
    { application: 'independent', atomicApplicationIDs: [applicationID(1)] },
    { wave: 'atomic', mayFail: [{ tag: 'role=monitoring' }] },
  ])('takes %j, and the same again from the ledger', (input) => {
    const parsed = v.parse(FailurePolicySchema, input);
    expect(parsed).toMatchObject(input);
    expect(v.parse(FailurePolicySchema, JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
  });

  const either = 'stopAt: expected either {"servers": n} or {"percent": x}';
  it.each([
    [{ stopAt: {} }, either],
    [{ stopAt: { servers: 3, percent: 5 } }, either],
    [{ stopAt: 3 }, either],
    [{ stopAt: { servers: 0 } }, 'stopAt.servers: Invalid value: Expected >=1 but received 0'],
    [{ stopAt: { percent: 0 } }, 'stopAt.percent: Invalid value: Expected >=1 but received 0'],
    [{ stopAt: { percent: 101 } }, 'stopAt.percent: Invalid value: Expected <=100 but received 101'],
    [{ stopAt: { servers: 1.5 } }, 'stopAt.servers: Invalid integer: Received 1.5'],
    [{ mayFail: [{}] }, 'mayFail.0: expected at least one of sourceServerIDs, applicationIDs or tag'],
    [{ mayFail: [] }, 'mayFail: expected at least one selector'],
    [{ application: 'whole' }, 'application: Invalid type: Expected ("atomic" | "independent") but received "whole"'],
    [{ waves: 'atomic' }, 'waves: Invalid key: Expected never but received "waves"'],
    [
      { atomicApplicationIDs: [applicationID(1)], independentApplicationIDs: [applicationID(2), applicationID(1)] },
      ': an application is in both atomicApplicationIDs and independentApplicationIDs',
    ],
  ])('refuses %j', (input, message) => {
    expect(messagesOf(input)).toEqual([message]);
  });

  it('becomes a JSON Schema that describes every member', () => {
    const schema = toJsonSchema(FailurePolicySchema, { typeMode: 'input', ignoreActions: ['check', 'brand'] });
    expect(Object.keys(schema.properties ?? {})).toHaveLength(6);
    for (const member of Object.values(schema.properties ?? {})) expect(member).toHaveProperty('description');
  });
});

const server = aSourceServer({ applicationID: applicationID(1), tags: { role: 'monitoring' } });

describe('mayServerFail', () => {
  it('is so for what any selector means, and for nothing else', () => {
    const policyOf = (input: unknown) => v.parse(FailurePolicySchema, input);
    expect(mayServerFail(server, policyOf({ mayFail: [{ tag: 'role=web' }, { tag: 'role=monitoring' }] }))).toBe(true);
    expect(mayServerFail(server, policyOf({ mayFail: [{ tag: 'role=web' }] }))).toBe(false);
    expect(mayServerFail(server, policyOf({}))).toBe(false);
  });
});

describe('unknownPolicyServers', () => {
  it('names every ID of the policy that is not in the wave', () => {
    const policy = v.parse(FailurePolicySchema, {
      mayFail: [{ sourceServerIDs: [sourceServerID(1), sourceServerID(7)] }, { tag: 'role=nobody' }],
      independentApplicationIDs: [applicationID(1), applicationID(8)],
      atomicApplicationIDs: [applicationID(9)],
    });
    expect(unknownPolicyServers(policy, [server])).toEqual([sourceServerID(7), applicationID(8), applicationID(9)]);
  });
});
