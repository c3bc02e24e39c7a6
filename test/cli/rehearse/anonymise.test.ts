import { anonymise } from '../../../cli/rehearse/anonymise.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import { allCodes, pictureOf } from './pictures.ts';

const waveID = 'wave-7f3a9c2e5b1d8f640';
const applicationID = 'app-2d4f6a8c0e1b3d5f7';
const [web, db] = ['s-0123456789abcdef0', 's-0123456789abcdef1'];

/** Everything a file may hold that names somebody. */
const written = {
  description: 'Contoso in Zurich',
  accountID: '987654321098',
  region: 'eu-central-1',
  startTime: '2026-01-10T22:00:00Z',
  defaults: { tags: { owner: 'contoso' } },
  waves: [
    {
      name: 'Contoso night',
      waveID,
      description: 'contoso',
      tags: { cost: 'contoso-4711' },
      applications: [
        {
          name: 'Contoso shop',
          applicationID,
          servers: [
            {
              hostname: 'zrh-contoso-web',
              sourceServerID: web,
              fqdn: 'zrh-contoso-web.contoso.example',
              userProvidedID: 'contoso-web',
              tags: { tier: 'contoso-web', owner: 'contoso' },
              ips: ['192.0.2.17'],
              replication: { state: 'STALLED', rawError: 'contoso-proxy refused' },
              launchConfiguration: { name: 'contoso-web', ec2LaunchTemplateID: 'lt-0abc0abc0abc0abc0' },
              launchTemplate: { subnet: 'contoso-subnet', instanceProfile: 'ContosoProfile' },
              actions: [{ actionName: 'Check contoso', documentIdentifier: 'Contoso-Check', parameters: {} }],
            },
            {
              hostname: 'ZRH-CONTOSO-WEB',
              sourceServerID: db,
              cutover: { outcome: 'launchFailed', rawError: 'contoso' },
              actions: [{ actionName: 'Check', documentIdentifier: 'AWSMigration-ValidateHttpResponse' }],
            },
          ],
        },
      ],
    },
  ],
  ec2: {
    vpcs: [
      {
        name: 'contoso-vpc',
        cidrBlock: '172.23.0.0/16',
        subnets: [{ name: 'contoso-subnet', cidrBlock: '172.23.4.0/22' }],
        // Of the form of an identifier, with the company's name where its prefix would be.
        securityGroups: [{ name: 'contoso-sg' }, { name: 'contoso-production1' }],
      },
    ],
  },
  managedAccounts: [{ accountID: '111100001111', roles: ['ContosoRole'] }],
  faults: [{ fault: 'refuse', operation: 'StartTest', exception: 'ConflictException', message: 'contoso' }],
  foreignActivity: [{ act: 'hold', servers: [web], fromSeconds: 0, toSeconds: 60 }],
};
const rawInput = {
  waveID,
  accountID: '987654321098',
  roleArn: 'arn:aws:iam::{accountID}:role/ContosoRole',
  options: {
    priorityGroups: [
      { group: 1, tag: 'tier=contoso-web' },
      { group: 2, sourceServerIDs: [db] },
    ],
    failurePolicy: { independentApplicationIDs: [applicationID], mayFail: [{ tag: 'owner=contoso' }] },
    hooks: [
      { name: 'stop-contoso', when: 'beforeStart', command: ['/opt/contoso/stop', 'x'], parameters: { a: 'contoso' } },
      {
        name: 'tell-contoso',
        when: 'afterVerified',
        lambda: 'arn:aws:lambda:eu-central-1:987654321098:function:contoso',
      },
    ],
  },
};
const secrets = [
  'contoso',
  'zrh',
  'zurich',
  '0123456789abcdef',
  '7f3a9c2e',
  '2d4f6a8c',
  '98765',
  '1111000',
  '192.0.2',
  '172.23',
  '0abc',
];

const renamed = () => anonymise({ written, rawInput, sourceServerTag: { key: 'owner', value: 'contoso' } });

describe('anonymise', () => {
  it('leaves no ID, account, host name, name or tag value anywhere', () => {
    const text = JSON.stringify(renamed()).toLowerCase();
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  it('makes a scenario and an input that are still valid', () => {
    const pair = renamed();
    expect(() => parseScenario(pair.written)).not.toThrow();
    expect(() => parseRunInput(pair.rawInput)).not.toThrow();
  });

  it('gives the same original the same pseudonym in scenario, input and tag, in the form that MGN gives it', () => {
    const pair = renamed();
    const scenario = parseScenario(pair.written);
    const input = parseRunInput(pair.rawInput);
    const [wave] = scenario.waves;
    const [application] = wave?.applications ?? [];
    const [first, second] = application?.servers ?? [];
    expect(first?.sourceServerID).toMatch(/^s-[0-9a-f]{17}$/);
    expect(input.waveID).toBe(wave?.waveID);
    expect(input.accountID).toBe(scenario.accountID);
    expect(input.options.failurePolicy.independentApplicationIDs).toEqual([application?.applicationID]);
    expect(input.options.priorityGroups[1]?.sourceServerIDs).toEqual([second?.sourceServerID]);
    expect(input.options.priorityGroups[0]?.tag).toBe(`tier=${first?.tags?.['tier'] ?? ''}`);
    expect(scenario.foreignActivity).toMatchObject([{ servers: [first?.sourceServerID] }]);
    expect(pair.sourceServerTag).toEqual({ key: 'owner', value: first?.tags?.['owner'] });
    expect(first?.launchTemplate?.subnet).toBe(scenario.ec2.vpcs[0]?.subnets[0]?.name);
    expect(second?.hostname).toBe(first?.hostname);
    expect(second?.actions?.[0]?.documentIdentifier).toBe('AWSMigration-ValidateHttpResponse');
  });

  it('does not change what blocks a wave', async () => {
    const options = { ...rawInput.options, onBlocked: 'skip', hooks: [] };
    const { real, picture, subject } = await pictureOf(written, { waveID, options }, true);
    expect(allCodes(picture)).toEqual(allCodes(real));
    expect(allCodes(real).join(' ')).toContain('AMBIGUOUS_HOSTNAME');
    const shown = JSON.stringify([subject.runs, subject.written, subject.notes]).toLowerCase();
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });
});
