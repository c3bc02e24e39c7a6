import { fleetScenario } from '../../../cli/rehearse/fleet-scenario.ts';
import type { FleetFacts } from '../../../cli/rehearse/read-fleet.ts';
import { plansAt } from '../../../cli/rehearse/subject.ts';
import type { LaunchConfiguration } from '../../../functions/domain/launch-configuration.ts';
import type { LaunchTarget } from '../../../functions/domain/launch-target.ts';
import { parseRunInput } from '../../../functions/domain/run-input.ts';
import type { SourceServer } from '../../../functions/domain/source-server.ts';
import { parseScenario } from '../../../simulator/scenario/parse-scenario.ts';
import {
  aConfiguredAction,
  aJob,
  aLaunchConfiguration,
  aLogItem,
  aPart,
  applicationID,
  aSourceServer,
  nowMs,
  runID,
  sourceServerID,
  testJobID,
} from '../../support/domain-builders.ts';
import { anInterface, aTarget, aTemplate } from '../../support/launch-target-builders.ts';

interface Odd {
  readonly server?: Partial<SourceServer>;
  readonly configuration?: LaunchConfiguration | undefined;
  readonly target?: LaunchTarget;
}

const [one] = [sourceServerID(1)];
const input = parseRunInput({ sourceServerIDs: [one] });
const subnet = { subnetID: 'subnet-0aaaaaaaa', vpcID: 'vpc-0aaaaaaaa', freeAddresses: 100 };
const goodInterface = anInterface({ subnetID: subnet.subnetID, securityGroupIDs: [] });

/** What MGN and EC2 may answer and a simulator never does. */
const fleetOf = ({ server, configuration, target }: Odd): FleetFacts => {
  const actions = [
    aConfiguredAction(),
    aConfiguredAction({ actionName: undefined, documentName: 'scan', timeoutSeconds: 20 }),
  ];
  return {
    readAt: nowMs,
    servers: [aSourceServer(server)],
    applications: [{ applicationID: applicationID(1), name: ' shop\u0000 and\nmore ', isArchived: false }],
    wave: undefined,
    facts: {
      servers: new Map([[one, aSourceServer(server)]]),
      jobs: [],
      settings: new Map([[one, { configuration, actions: configuration === undefined ? [] : actions }]]),
      targets: target === undefined ? new Map() : new Map([[one, target]]),
      testLaunchSeconds: new Map([[one, 700]]),
      agentSeenBefore: new Set([one]),
    },
    tests: [],
    timings: [],
    vcpus: undefined,
  };
};

const picture = async (odd: Odd) => {
  const { scenario, notes } = fleetScenario([
    { fleet: fleetOf({ configuration: aLaunchConfiguration(), ...odd }), input },
  ]);
  const parsed = parseScenario(JSON.parse(JSON.stringify(scenario)));
  const [run] = await plansAt({ scenario: parsed, timings: [] }, [{ runID: runID('night'), input }], nowMs);
  const codes = run?.plan.report.servers.flatMap(({ reasons }) => reasons.map(({ code }) => code));
  return { parsed, notes: notes.join('\n'), codes };
};

describe('the picture of what a scenario cannot hold quite', () => {
  it('is of a ready source server where nothing is odd', async () => {
    const { codes, notes, parsed } = await picture({});
    expect(codes).toEqual([]);
    expect(notes).toBe('');
    expect(parsed.applications.map(({ name }) => name)).toEqual(['shop and more']);
  });

  it.each<[string, Odd, string, string]>([
    ['an unknown lifecycle state', { server: { lifeCycleState: 'RESTING' } }, 'WRONG_LIFECYCLE_STATE', 'RESTING'],
    ['an archived server in a state that none is archived in', { server: { isArchived: true } }, 'ARCHIVED', ''],
    [
      'an unknown replication state',
      { server: { dataReplicationState: 'DREAMING' } },
      'REPLICATION_NOT_CONTINUOUS',
      'DREAMING',
    ],
    [
      'no replication state',
      { server: { dataReplicationState: undefined } },
      'REPLICATION_NOT_CONTINUOUS',
      'not given',
    ],
    ['CONTINUOUS without a lag', { server: { lagMs: undefined } }, 'LAG_UNKNOWN', 'without a lag'],
    ['an unknown replication error', { server: { dataReplicationError: 'GREMLINS' } }, 'REPLICATION_ERROR', ''],
    ['an agent that was never seen', { server: { lastSeenAt: undefined } }, 'AGENT_NOT_SEEN', ''],
    [
      'no launch configuration',
      { configuration: undefined },
      'LAUNCH_DISPOSITION_STOPPED',
      'without a launch configuration',
    ],
    [
      'an unknown launch disposition',
      { configuration: aLaunchConfiguration({ launchDisposition: 'LATER' }) },
      'LAUNCH_DISPOSITION_STOPPED',
      'LATER',
    ],
    [
      'a template of two interfaces, the second astray',
      {
        target: aTarget({
          subnets: [subnet],
          securityGroups: [],
          template: aTemplate({ networkInterfaces: [goodInterface, anInterface({ securityGroupIDs: [] })] }),
        }),
      },
      'SUBNET_MISSING',
      '2 network interfaces',
    ],
  ])('of %s is blocked as well, and says what stands for it', async (_what, odd, code, note) => {
    const { codes, notes } = await picture(odd);
    expect(codes).toContain(code);
    expect(notes).toContain(note);
  });

  it('launches into an interface that exists already, and by the profile that MGN attached itself', async () => {
    const template = aTemplate({
      instanceProfile: undefined,
      networkInterfaces: [anInterface({ networkInterfaceID: 'eni-1' })],
    });
    const { codes } = await picture({ target: aTarget({ template, subnets: [], securityGroups: [] }) });
    expect(codes).toEqual([]);
  });

  it('gives a host name to a source server that has none', async () => {
    const { parsed } = await picture({ server: { hostname: undefined } });
    expect(parsed.applications[0]?.servers[0]?.hostname).toBe(`unnamed-${one.slice(2)}`);
  });

  it('shares out a test launch by its log, to the second, and the agent’s discovery with it', () => {
    const at = (seconds: number) => ({ at: nowMs - 86_400_000 + seconds * 1_000 });
    const log = [
      aLogItem('SNAPSHOT_START', at(10)),
      aLogItem('SNAPSHOT_END', at(70)),
      aLogItem('CONVERSION_START', at(80)),
      aLogItem('CONVERSION_END', at(480)),
      aLogItem('LAUNCH_START', at(481)),
      aLogItem('LAUNCH_END', at(700)),
    ];
    const part = aPart({ ssmAgentDiscoveredAt: nowMs - 86_400_000 + 800_000 });
    const job = aJob({ jobID: testJobID, initiatedBy: 'START_TEST', participatingServers: [part] });
    const fleet = { ...fleetOf({ configuration: aLaunchConfiguration() }), tests: [{ job, log }] };
    const { scenario } = fleetScenario([{ fleet, input }]);
    expect(scenario.applications?.[0]?.servers?.[0]?.timings).toEqual({
      variation: 0,
      snapshotSeconds: 60,
      conversionSeconds: 400,
      launchSeconds: 235,
      agentDiscoverySeconds: 100,
      firstBootSeconds: 100,
    });
  });

  it('takes from earlier runs how long boot and actions took together', () => {
    const spread = { p50: 600, p90: 700 };
    const timings = [
      { runID: runID('before'), endedAt: nowMs, servers: 5, launchSeconds: spread, actionsSeconds: spread },
    ];
    const { scenario } = fleetScenario([
      { fleet: { ...fleetOf({ configuration: aLaunchConfiguration() }), timings }, input },
    ]);
    const actions = scenario.applications?.[0]?.servers?.[0]?.actions ?? [];
    expect(actions.map(({ cutover }) => cutover)).toEqual([{ seconds: 210 }, { seconds: 18 }]);
  });

  it('lets no action run into a short time-out of its own', () => {
    const { scenario } = fleetScenario([{ fleet: fleetOf({ configuration: aLaunchConfiguration() }), input }]);
    const actions = scenario.applications?.[0]?.servers?.[0]?.actions ?? [];
    expect(actions.map(({ cutover }) => cutover)).toEqual([undefined, { seconds: 18 }]);
  });

  it('is refused for source servers in several accounts or regions', () => {
    const elsewhere = aSourceServer({ arn: aSourceServer().arn.replace('123456789012', '999999999999') });
    const other = { ...fleetOf({}), servers: [elsewhere] };
    expect(() => fleetScenario([fleetOf({}), other].map((fleet) => ({ fleet, input })))).toThrow(
      '2 accounts or regions',
    );
  });
});
