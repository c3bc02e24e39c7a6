import {
  differencesOf,
  driftReasons,
  missingFromWave,
  plannedFactsOf,
} from '../../../functions/domain/planned-facts.ts';
import { fingerprintOf } from '../../../functions/shared/fingerprint.ts';
import { aSourceServer, sourceServerID } from '../../support/domain-builders.ts';

const action = {
  documentName: 'Validate',
  actionName: 'Check health',
  isActive: true,
  mustSucceedForCutover: true,
  timeoutSeconds: 60,
  source: 'ListSourceServerActions',
} as const;
const configuration = {
  ec2LaunchTemplateID: 'lt-1',
  launchDisposition: 'STARTED',
  documents: [],
  settings: { 'boot mode': 'UEFI' },
};
const template = {
  launchTemplateID: 'lt-1',
  versionNumber: 3,
  instanceType: 'm5.large',
  networkInterfaces: [{ subnetID: 'subnet-1', securityGroupIDs: ['sg-2', 'sg-1'] }],
};
const target = {
  ec2LaunchTemplateID: 'lt-1',
  template,
  subnets: [],
  securityGroups: [],
  securityGroupVpcs: [],
  defaultSubnets: [],
};
const sources = { server: aSourceServer(), configuration, actions: [action], target };
const facts = plannedFactsOf(sources);

it('has every setting that decides about the launch by its name', () => {
  const interfaces = [
    { networkInterfaceID: 'eni-1', securityGroupIDs: [] },
    { subnetID: 'subnet-1', securityGroupIDs: ['sg-1'] },
  ];
  const document = { ...action, actionName: undefined, documentName: 'Join', details: '{"domain":"corp"}' };
  const all = plannedFactsOf({
    server: aSourceServer({ hostname: 'web-1' }),
    configuration: { ...configuration, postLaunchDeployment: 'CUTOVER_ONLY', documents: [document] },
    actions: [
      { ...action, timeoutSeconds: undefined },
      { ...action, actionName: 'A first', details: '{}' },
    ],
    target: { ...target, template: { ...template, instanceProfile: 'profile', networkInterfaces: interfaces } },
  });

  expect(all).toEqual({
    'host name': 'web-1',
    application: aSourceServer().applicationID,
    'replication type': 'AGENT_BASED',
    'launch template': 'lt-1',
    'launch disposition': 'STARTED',
    'post-launch deployment': 'CUTOVER_ONLY',
    'post-launch documents': 'Join / Join / must succeed / 60 s / {"domain":"corp"}',
    'post-launch actions': 'A first / Validate / must succeed / 60 s; Check health / Validate / must succeed',
    'boot mode': 'UEFI',
    'default template version': '3',
    'instance type': 'm5.large',
    'instance profile': 'profile',
    'network interfaces': 'eni-1',
    subnets: 'subnet-1',
    'security groups': 'sg-1',
  });
});

it('has nothing to say of what MGN does not give', () => {
  const server = aSourceServer({ hostname: undefined, applicationID: undefined, replicationType: undefined });
  const none = plannedFactsOf({
    server,
    configuration: undefined,
    actions: [],
    target: { ...target, template: undefined },
  });

  expect(new Set(Object.values(none))).toEqual(new Set(['']));
});

it('remembers what decides about the launch, and nothing that changes by itself', () => {
  const later = { ...sources.server, lagMs: 5_000, lastSeenAt: 1, lastSnapshotAt: 2 };
  expect(plannedFactsOf({ ...sources, server: later })).toEqual(facts);
  expect(facts).toMatchObject({
    'launch template': 'lt-1',
    'default template version': '3',
    'post-launch actions': 'Check health / Validate / must succeed / 60 s',
    'security groups': 'sg-1, sg-2',
    subnets: 'subnet-1',
  });
});

it.each([
  [
    'a new default version',
    { target: { ...target, template: { ...template, versionNumber: 4 } } },
    'default template version: was 3, is 4',
  ],
  ['a template that is gone', { target: { ...target, template: undefined } }, 'instance type: was m5.large, is none'],
  [
    'another template',
    { configuration: { ...configuration, ec2LaunchTemplateID: 'lt-2' } },
    'launch template: was lt-1, is lt-2',
  ],
  [
    'another boot mode',
    { configuration: { ...configuration, settings: { 'boot mode': 'LEGACY_BIOS' } } },
    'boot mode: was UEFI, is LEGACY_BIOS',
  ],
  [
    'an action that is given something else',
    { actions: [{ ...action, details: '{"parameters":{}}' }] },
    'is Check health / Validate / must succeed / 60 s / {"parameters":{}}',
  ],
  [
    'an action switched off',
    { actions: [{ ...action, isActive: false }] },
    'post-launch actions: was Check health / Validate / must succeed / 60 s, is none',
  ],
  [
    'an action that may fail now',
    { actions: [{ ...action, mustSucceedForCutover: false }] },
    'post-launch actions: was',
  ],
])('tells %s', (_what, change, words) => {
  const changed = plannedFactsOf({ ...sources, ...change });
  expect(differencesOf(facts, changed).join('; ')).toContain(words);
  expect(fingerprintOf(changed)).not.toBe(fingerprintOf(facts));
});

it('knows the same facts again, whatever order they come in', () => {
  expect(fingerprintOf(Object.fromEntries(Object.entries(facts).reverse()))).toBe(fingerprintOf(facts));
  expect(differencesOf(facts, facts)).toEqual([]);
});

describe('a run with a saved plan', () => {
  const { server } = sources;
  const plan = { savedAt: '2026-11-27T12:00:00.000Z', fingerprints: { [server.sourceServerID]: fingerprintOf(facts) } };
  const codes = (reasons: readonly { code: string }[]) => reasons.map(({ code }) => code);

  it('goes on with the planned facts and refuses others', () => {
    const others = fingerprintOf({ ...facts, subnets: 'subnet-2' });
    expect(driftReasons(plan, server, fingerprintOf(facts))).toEqual([]);
    expect(codes(driftReasons(plan, server, others))).toEqual(['FACTS_CHANGED']);
    expect(codes(driftReasons(plan, server, undefined))).toEqual(['FACTS_CHANGED']);
    expect(driftReasons(undefined, server, others)).toEqual([]);
  });

  it('refuses a server the plan does not have, and a wave that lost one', () => {
    const stranger = { ...server, sourceServerID: sourceServerID(99) };
    expect(codes(driftReasons(plan, stranger, fingerprintOf(facts)))).toEqual(['NOT_IN_PLAN']);
    expect(codes(missingFromWave(plan, new Set()))).toEqual(['PLAN_SERVER_MISSING']);
    expect(missingFromWave(plan, new Set([server.sourceServerID]))).toEqual([]);
    expect(missingFromWave(undefined, new Set())).toEqual([]);
  });
});
