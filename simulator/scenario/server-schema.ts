/** A source server in a scenario. `{ "hostname": "web-1" }` alone is a healthy, tested server, ready for cutover. */
import * as v from 'valibot';

import { actionSchema } from './action-schema.ts';
import { launchTemplateSchema } from './ec2-schema.ts';
import { launchesSchema, secondsSchema, terminationsSchema, timingsSchema } from './launch-schema.ts';

const optional = <const Schema extends v.GenericSchema>(schema: Schema, meaning: string) =>
  v.exactOptional(v.pipe(schema, v.description(meaning)));

const bytesSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** Schema of the tags of any resource. */
export const tagsSchema = v.pipe(v.record(v.string(), v.string()), v.description('Tags of the resource.'));

const lifeCycleStates = [
  'STOPPED',
  'NOT_READY',
  'READY_FOR_TEST',
  'TESTING',
  'READY_FOR_CUTOVER',
  'CUTTING_OVER',
  'CUTOVER',
  'DISCONNECTED',
  'DISCOVERED',
  'PENDING_INSTALLATION',
] as const;

const replicationStateSchema = v.picklist([
  'STOPPED',
  'INITIATING',
  'INITIAL_SYNC',
  'BACKLOG',
  'CREATING_SNAPSHOT',
  'CONTINUOUS',
  'PAUSED',
  'RESCAN',
  'STALLED',
  'DISCONNECTED',
  'PENDING_SNAPSHOT_SHIPPING',
  'SHIPPING_SNAPSHOT',
]);

const replicationErrorSchema = v.picklist([
  'AGENT_NOT_SEEN',
  'SNAPSHOTS_FAILURE',
  'NOT_CONVERGING',
  'UNSTABLE_NETWORK',
  'LAST_SNAPSHOT_JOB_FAILED',
  'UNSUPPORTED_VM_CONFIGURATION',
  'FAILED_TO_CREATE_SECURITY_GROUP',
  'FAILED_TO_LAUNCH_REPLICATION_SERVER',
  'FAILED_TO_BOOT_REPLICATION_SERVER',
  'FAILED_TO_AUTHENTICATE_WITH_SERVICE',
  'FAILED_TO_DOWNLOAD_REPLICATION_SOFTWARE',
  'FAILED_TO_CREATE_STAGING_DISKS',
  'FAILED_TO_ATTACH_STAGING_DISKS',
  'FAILED_TO_PAIR_REPLICATION_SERVER_WITH_AGENT',
  'FAILED_TO_CONNECT_AGENT_TO_REPLICATION_SERVER',
  'FAILED_TO_START_DATA_TRANSFER',
]);

const replicationEntries = {
  state: optional(replicationStateSchema, 'dataReplicationState. Default: what goes with the lifecycle state.'),
  lagSeconds: optional(secondsSchema, 'Lag; it grows with time while STALLED or PAUSED. Default 0.'),
  error: optional(replicationErrorSchema, 'dataReplicationError.error.'),
  rawError: optional(v.string(), 'dataReplicationError.rawError.'),
  backloggedBytes: optional(bytesSchema, 'Bytes that have not reached the staging area yet. Default 0.'),
  agent: optional(
    v.picklist(['reporting', 'silent']),
    'Whether the agent reports; a launch while it is silent uses a previous snapshot. Default reporting.',
  ),
};

const replicationSchema = v.strictObject({
  ...replicationEntries,
  lastSnapshotSecondsAgo: optional(secondsSchema, 'Age of the last snapshot at the start. Default: up to ten minutes.'),
  lastSeenSecondsAgo: optional(secondsSchema, 'Age of the agent’s last report at the start, when it is silent.'),
  readyInSeconds: optional(
    secondsSchema,
    'When a running synchronization (INITIATING, INITIAL_SYNC, BACKLOG, RESCAN, CREATING_SNAPSHOT) reaches CONTINUOUS. Default never.',
  ),
  recovers: optional(
    v.boolean(),
    'Whether RetryDataReplication brings a stalled server back to CONTINUOUS; else it stalls again. Default true.',
  ),
});

/** Schema of a scripted change of a server's replication. Unknown keys are refused. */
export const changeSchema = v.pipe(
  v.strictObject({
    atSeconds: v.pipe(secondsSchema, v.description('Seconds after the start.')),
    ...replicationEntries,
  }),
  v.description('A change of the server’s replication at a moment; members left out stay as they are.'),
);

const launchConfigurationSchema = v.strictObject({
  name: optional(v.pipe(v.string(), v.maxLength(128)), 'Name. Default: the hostname.'),
  ec2LaunchTemplateID: optional(v.string(), 'EC2 launch template. Default: one made for the server.'),
  launchDisposition: optional(
    v.picklist(['STOPPED', 'STARTED']),
    'Whether the launched instance is started; a stopped one never boots. Default STARTED.',
  ),
  targetInstanceTypeRightSizingMethod: optional(v.picklist(['NONE', 'BASIC']), 'Default NONE.'),
  copyPrivateIp: optional(v.boolean(), 'Default false.'),
  copyTags: optional(v.boolean(), 'Default false.'),
  licensing: optional(
    v.strictObject({ osByol: optional(v.boolean(), 'Whether the operating system licence is brought along.') }),
    'Licensing.',
  ),
  bootMode: optional(v.picklist(['LEGACY_BIOS', 'UEFI']), 'Boot mode. Default LEGACY_BIOS.'),
  enableMapAutoTagging: optional(v.boolean(), 'Default false.'),
  mapAutoTaggingMpeID: optional(v.string(), 'MAP program engagement.'),
  deployment: optional(
    v.picklist(['TEST_AND_CUTOVER', 'CUTOVER_ONLY', 'TEST_ONLY']),
    'After which launches the post-launch actions run (postLaunchActions.deployment). Default TEST_AND_CUTOVER.',
  ),
});

const sharedEntries = {
  lifeCycleState: optional(v.picklist(lifeCycleStates), 'lifeCycle.state at the start. Default READY_FOR_CUTOVER.'),
  tested: optional(v.boolean(), 'Whether a test launch was made before the start. Default: true from TESTING on.'),
  launchedInstance: optional(
    v.picklist(['none', 'test', 'cutover']),
    'The target instance that runs at the start, and which launch made it. Default: cutover when CUTTING_OVER or CUTOVER, test when TESTING or READY_FOR_CUTOVER and tested, else none.',
  ),
  isArchived: optional(
    v.boolean(),
    'Whether the server is archived; only with CUTOVER or DISCONNECTED. Default false.',
  ),
  replicationType: optional(v.picklist(['AGENT_BASED', 'SNAPSHOT_SHIPPING']), 'Default AGENT_BASED.'),
  tags: v.exactOptional(tagsSchema),
  os: optional(v.string(), 'sourceProperties.os.fullString. Default Ubuntu 22.04.'),
  cores: optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)), 'Default 2.'),
  ramGiB: optional(v.pipe(v.number(), v.minValue(0.25), v.maxValue(1_000_000)), 'Default 8.'),
  recommendedInstanceType: optional(v.string(), 'sourceProperties.recommendedInstanceType. Default m5.large.'),
  disks: optional(
    v.pipe(
      v.array(
        v.strictObject({
          deviceName: v.pipe(v.string(), v.description('Device name on the source.')),
          gib: v.pipe(v.number(), v.minValue(0), v.maxValue(1_000_000), v.description('Size in GiB.')),
        }),
      ),
      v.minLength(1),
      v.maxLength(60),
    ),
    'Replicated disks. Default one of 16 GiB.',
  ),
  ips: optional(
    v.array(v.string()),
    'Addresses of the primary network interface. Default one drawn from the hostname.',
  ),
  replication: optional(replicationSchema, 'Data replication at the start. Default CONTINUOUS without lag.'),
  changes: optional(v.array(changeSchema), 'What happens to the replication later.'),
  timings: optional(timingsSchema, 'How long the phases of its jobs take.'),
  test: optional(launchesSchema, 'How test launches go: one for all, or a list by attempt whose last entry repeats.'),
  cutover: optional(
    launchesSchema,
    'How cutover launches go: one for all, or a list by attempt whose last entry repeats. Default launched; staleSnapshot while the agent is silent or replication STALLED.',
  ),
  terminate: optional(terminationsSchema, 'How terminate jobs go, as `cutover`. Default terminated.'),
  launchConfiguration: optional(launchConfigurationSchema, 'Launch configuration.'),
  launchTemplate: optional(launchTemplateSchema, 'EC2 launch template.'),
  actions: optional(v.pipe(v.array(actionSchema), v.maxLength(100)), 'Post-launch actions of the server.'),
};

/** Schema of what a scenario's `defaults` say of every server: all of a server but its identity. Unknown keys are refused. */
export const serverDefaultsSchema = v.strictObject(sharedEntries);

/** Schema of one source server in a scenario. Unknown keys are refused. */
export const serverSchema = v.strictObject({
  hostname: v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(256),
    v.description('The source’s host name; names the server within the scenario.'),
  ),
  sourceServerID: optional(
    v.pipe(v.string(), v.regex(/^s-[0-9a-zA-Z]{17}$/, 'must be s- and 17 letters or digits')),
    'Default: one drawn from the hostname, the same every time.',
  ),
  fqdn: optional(v.string(), 'Fully qualified name. Default: the hostname under example.com.'),
  userProvidedID: optional(
    v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
    'The caller’s own name for the server.',
  ),
  fqdnForActionFramework: optional(v.pipe(v.string(), v.maxLength(256)), 'Name that actions use.'),
  ...sharedEntries,
});

/** One source server as a scenario gives it, the scenario's `defaults` filled in. */
export type ServerScenario = v.InferOutput<typeof serverSchema>;

/** What `defaults` may say of every server. */
export type ServerDefaults = v.InferOutput<typeof serverDefaultsSchema>;

/** A moment's change of replication, or its state at the start. */
export type ReplicationScenario = v.InferOutput<typeof replicationSchema>;

/** One scripted change of a server's replication. */
export type ReplicationChange = v.InferOutput<typeof changeSchema>;

/** A server with the defaults filled in: what it says itself wins, member by member in the nested objects. */
export const withDefaults = (server: ServerScenario, defaults: ServerDefaults): ServerScenario => ({
  ...defaults,
  ...server,
  tags: { ...defaults.tags, ...server.tags },
  replication: { ...defaults.replication, ...server.replication },
  timings: { ...defaults.timings, ...server.timings },
  launchConfiguration: { ...defaults.launchConfiguration, ...server.launchConfiguration },
  launchTemplate: { ...defaults.launchTemplate, ...server.launchTemplate },
});
