/** Makes a source server's record from what a scenario says of it. */
import type { SourceProperties } from '@aws-sdk/client-mgn';

import { kebabCase } from './kebab-case.ts';
import { documentOf } from '../scenario/action-schema.ts';
import type { ServerScenario } from '../scenario/server-schema.ts';
import { seededRandom } from '../seeded-random.ts';
import { usualTemplateSettings, withTemplateChange } from './ec2-records.ts';
import { arnOf, ec2IDNamed, idNamed, namesOf } from './identifiers.ts';
import { formatInstant } from './instants.ts';
import { initialReplication, scriptedChange, scriptedSynchronization } from './replication.ts';
import { addChange, noStamps } from './source-server-record.ts';
import type { SourceServerRecord } from './source-server-record.ts';
import type { Account, World } from './world.ts';

/** Servers were added to the service this long before the scenario's start. */
const addedBeforeStartMs = 14 * 86_400_000;

/** Bytes of one GiB. */
export const gibBytes = 1_073_741_824;

/**
 * Adds a source server to an account, as it is before any launch: launches made before the start are added by
 * `addPastLaunches`.
 *
 * @param scenario - the scenario's word on the server, defaults filled in.
 */
export const addServer = (
  world: World,
  account: Account,
  scenario: ServerScenario,
  applicationID: string | undefined,
): SourceServerRecord => {
  const sourceServerID =
    scenario.sourceServerID ?? idNamed('source-server', `${namesOf(world, account.accountID)}/${scenario.hostname}`);
  const arn = arnOf(world, account.accountID, 'source-server', sourceServerID);
  const lifeCycleState = scenario.lifeCycleState ?? 'READY_FOR_CUTOVER';
  const random = seededRandom(world.seed, `server/${sourceServerID}`);
  const replication = initialReplication(
    scenario.replication ?? {},
    lifeCycleState,
    world.startMs,
    Math.floor(random() * 600_000),
  );
  const hasAgent = replication.state !== undefined;
  const server: SourceServerRecord = {
    sourceServerID,
    arn,
    replicationType: scenario.replicationType ?? 'AGENT_BASED',
    vcenterClientID: scenario.replicationType === 'SNAPSHOT_SHIPPING' ? 'vcc-00000000000000001' : undefined,
    sourceProperties: sourcePropertiesOf(world, scenario, sourceServerID),
    addedToServiceMs: world.startMs - addedBeforeStartMs,
    firstByteMs: hasAgent ? world.startMs - addedBeforeStartMs + 300_000 : undefined,
    scenario,
    applicationID,
    userProvidedID: scenario.userProvidedID,
    fqdnForActionFramework: scenario.fqdnForActionFramework,
    connectorAction: undefined,
    newestJobID: undefined,
    attempts: { test: 0, cutover: 0, terminate: 0 },
    initial: {
      lifeCycleState,
      isArchived: scenario.isArchived ?? false,
      lastTest: noStamps,
      lastCutover: noStamps,
      launchedInstance: undefined,
      replication,
    },
    history: [],
    folded: undefined,
  };
  for (const change of scriptedSynchronization(scenario.replication ?? {}, replication, world.startMs)) {
    addChange(server, change);
  }
  for (const change of scenario.changes ?? []) addChange(server, scriptedChange(change, world.startMs));
  account.sourceServers.set(sourceServerID, server);
  if (scenario.tags !== undefined && Object.keys(scenario.tags).length > 0) account.tags.set(arn, scenario.tags);
  addLaunchConfiguration(world, account, server);
  addLaunchTemplate(world, account, server);
  addActions(account, server);
  return server;
};

const sourcePropertiesOf = (world: World, scenario: ServerScenario, sourceServerID: string): SourceProperties => {
  const random = seededRandom(world.seed, `network/${sourceServerID}`);
  const octet = () => Math.floor(random() * 254) + 1;
  const mac = Array.from({ length: 3 }, () => octet().toString(16).padStart(2, '0')).join(':');
  const disks = scenario.disks ?? [{ deviceName: '/dev/nvme0n1', gib: 16 }];
  return {
    lastUpdatedDateTime: formatInstant(world, world.startMs - 3_600_000),
    recommendedInstanceType: scenario.recommendedInstanceType ?? 'm5.large',
    identificationHints: { fqdn: scenario.fqdn ?? `${scenario.hostname}.example.com`, hostname: scenario.hostname },
    networkInterfaces: [
      { macAddress: `02:42:0a:${mac}`, ips: scenario.ips ?? [`10.${octet()}.${octet()}.${octet()}`], isPrimary: true },
    ],
    disks: disks.map(({ deviceName, gib }) => ({ deviceName, bytes: Math.round(gib * gibBytes) })),
    cpus: [{ cores: scenario.cores ?? 2, modelName: 'Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz' }],
    ramBytes: Math.round((scenario.ramGiB ?? 8) * gibBytes),
    os: { fullString: scenario.os ?? 'Ubuntu 22.04.4 LTS' },
  };
};

const addLaunchConfiguration = (world: World, account: Account, server: SourceServerRecord): void => {
  const { deployment, ...given } = server.scenario.launchConfiguration ?? {};
  account.launchConfigurations.set(server.sourceServerID, {
    sourceServerID: server.sourceServerID,
    name: server.scenario.hostname.slice(0, 128),
    ec2LaunchTemplateID: ec2IDNamed(world, 'lt-', server.sourceServerID),
    launchDisposition: 'STARTED',
    targetInstanceTypeRightSizingMethod: 'NONE',
    copyPrivateIp: false,
    copyTags: false,
    licensing: { osByol: false },
    bootMode: 'LEGACY_BIOS',
    enableMapAutoTagging: false,
    ...given,
    postLaunchActions: { deployment: deployment ?? 'TEST_AND_CUTOVER' },
  });
};

const addLaunchTemplate = (world: World, account: Account, { sourceServerID, scenario }: SourceServerRecord): void => {
  const { exists = true, defaultVersion = 1, latestVersion = defaultVersion, ...given } = scenario.launchTemplate ?? {};
  const launchTemplateID = account.launchConfigurations.get(sourceServerID)?.ec2LaunchTemplateID;
  if (launchTemplateID === undefined || !exists) return;
  const usual = usualTemplateSettings(account.ec2, scenario.recommendedInstanceType ?? 'm5.large');
  account.ec2.launchTemplates.set(launchTemplateID, {
    launchTemplateID,
    name: `created-and-used-by-application-migration-service-${sourceServerID}`,
    createdMs: world.startMs - addedBeforeStartMs,
    defaultVersion,
    latestVersion: Math.max(defaultVersion, latestVersion),
    settings: withTemplateChange(account.ec2, usual, given),
  });
};

const addActions = (account: Account, server: SourceServerRecord): void => {
  const actions = (server.scenario.actions ?? []).map((action, index) => {
    const actionID = action.actionID ?? kebabCase(action.actionName);
    return [
      actionID,
      {
        documentIdentifier: kebabCase(action.actionName),
        order: 1001 + index,
        documentVersion: '$DEFAULT',
        active: true,
        mustSucceedForCutover: false,
        category: 'OTHER' as const,
        ...documentOf(action),
        actionID,
      },
    ] as const;
  });
  account.sourceServerActions.set(server.sourceServerID, new Map(actions));
};
