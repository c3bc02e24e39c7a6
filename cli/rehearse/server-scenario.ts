/**
 * A source server as it was read, as a scenario has it: every readiness problem of it shows in the scenario's plan for
 * the same reason. Where a scenario cannot hold a fact, the nearest one stands for it that blocks as well, with a note.
 */
import * as v from 'valibot';
import { expectActions } from '../../functions/domain/post-launch-actions.ts';
import type { ExpectedAction } from '../../functions/domain/server-record.ts';
import type { SourceServer } from '../../functions/domain/source-server.ts';
import { findTestInstance, isLaunchedInstanceGone } from '../../functions/domain/test-instance.ts';
import type { WaveFacts } from '../../functions/shared/wave-facts.ts';
import type { ScenarioInput } from '../../simulator/scenario/scenario-schema.ts';
import { changeSchema, serverSchema } from '../../simulator/scenario/server-schema.ts';
import { defaultTimings } from '../../simulator/world/launch-course.ts';
import { launchTimings, type TestLaunch } from './launch-timings.ts';
import { launchTemplateFor } from './target-scenario.ts';

/** A source server as a scenario's file has it. */
export type ServerInput = NonNullable<ScenarioInput['servers']>[number];
type ReplicationInput = NonNullable<ServerInput['replication']>;
type ActionInput = NonNullable<ServerInput['actions']>[number];
type LaunchConfigurationInput = NonNullable<ServerInput['launchConfiguration']>;

/** What a scenario of one source server is made from. */
export interface ServerFacts {
  readonly server: SourceServer;
  readonly facts: WaveFacts;
  readonly test: TestLaunch | undefined;
  /** How long its launch is expected to take, in seconds. */
  readonly launchSeconds: number;
  /** How long first boot and actions took in earlier runs, in seconds; undefined where there were none. */
  readonly actionsSeconds: number | undefined;
  /** The longest that an agent may be unseen without being a problem, in seconds. */
  readonly lastSeenMaxSeconds: number;
  readonly readAt: number;
}

/** The source server for a scenario, and what it could not hold of it, in words. */
export function serverScenario(given: ServerFacts): {
  readonly server: ServerInput;
  readonly notes: readonly string[];
} {
  const { server, facts, test, launchSeconds } = given;
  const settings = facts.settings.get(server.sourceServerID);
  const target = facts.targets.get(server.sourceServerID);
  const timings = launchTimings(server, launchSeconds, test);
  const actions = settings?.configuration === undefined ? [] : expectActions(settings.configuration, settings.actions);
  const lifeCycle = lifeCycleOf(server);
  const replication = replicationOf(given);
  const configuration = configurationOf(settings?.configuration);
  const launchTemplate = target && launchTemplateFor(target, facts.agentSeenBefore.has(server.sourceServerID));
  const scenario: ServerInput = {
    hostname: hostnameOf(server),
    sourceServerID: server.sourceServerID,
    ...lifeCycle.entries,
    ...launchesOf(server, facts),
    ...(server.replicationType === 'SNAPSHOT_SHIPPING' && { replicationType: server.replicationType }),
    ...(Object.keys(server.tags).length > 0 && { tags: { ...server.tags } }),
    replication: replication.entries,
    timings,
    ...(Object.keys(configuration.entries).length > 0 && { launchConfiguration: configuration.entries }),
    ...(launchTemplate && { launchTemplate: launchTemplate.entries }),
    ...(actions.length > 0 && { actions: actionsOf(actions, given, timings.agentDiscoverySeconds) }),
  };
  const notes = [lifeCycle.note, replication.note, configuration.note, launchTemplate?.note];
  return { server: scenario, notes: notes.flatMap((note) => note ?? []) };
}

interface Part<Entries> {
  readonly entries: Entries;
  readonly note?: string | undefined;
}

/** A source server without a host name gets one of its own: a scenario names its servers by it. */
function hostnameOf({ hostname = '', sourceServerID }: SourceServer): string {
  return hostname === '' ? `unnamed-${sourceServerID.slice(2)}` : hostname.slice(0, 256);
}

function lifeCycleOf({ lifeCycleState, isArchived }: SourceServer): Part<Partial<ServerInput>> {
  const known = v.safeParse(serverSchema.entries.lifeCycleState, lifeCycleState);
  const state = known.success ? known.output : 'READY_FOR_TEST';
  const note = known.success
    ? undefined
    : `lifecycle state ${lifeCycleState} is not known; it is rehearsed as READY_FOR_TEST`;
  if (!isArchived) return { entries: { lifeCycleState: state }, note };
  const isArchivable = state === 'CUTOVER' || state === 'DISCONNECTED';
  return { entries: { lifeCycleState: isArchivable ? state : 'DISCONNECTED', isArchived }, note };
}

/** Which launches lie behind it, and which of them made the instance that MGN shows. */
function launchesOf(server: SourceServer, { jobs }: WaveFacts): Pick<ServerInput, 'tested' | 'launchedInstance'> {
  const launchedInstance = isLaunchedInstanceGone(server, jobs)
    ? 'none'
    : findTestInstance(server, jobs) === undefined
      ? 'cutover'
      : 'test';
  return { tested: server.lastTest.initiatedAt !== undefined, launchedInstance };
}

const stateSchema = changeSchema.pipe[0].entries.state;
const errorSchema = changeSchema.pipe[0].entries.error;

function replicationOf({ server, lastSeenMaxSeconds, readAt }: ServerFacts): Part<ReplicationInput> {
  const { lagMs, dataReplicationError, backloggedBytes = 0, lastSnapshotAt, lastSeenAt } = server;
  const state = replicationStateOf(server);
  const error = v.safeParse(errorSchema, dataReplicationError ?? 'AGENT_NOT_SEEN');
  const secondsSince = (at: number) => Math.max(0, Math.round((readAt - at) / 1_000));
  const unseen = lastSeenAt === undefined ? yearSeconds : secondsSince(lastSeenAt);
  const hasAgent = server.replicationType !== 'SNAPSHOT_SHIPPING';
  const isSilent = hasAgent && unseen > lastSeenMaxSeconds;
  const entries: ReplicationInput = {
    ...(state.entries !== undefined && { state: state.entries }),
    ...(lagMs !== undefined && { lagSeconds: Math.min(tenYearsSeconds, lagMs / 1_000) }),
    ...(dataReplicationError !== undefined && {
      error: error.success ? error.output : 'NOT_CONVERGING',
    }),
    ...(backloggedBytes > 0 && { backloggedBytes: Math.round(backloggedBytes) }),
    ...(lastSnapshotAt !== undefined && { lastSnapshotSecondsAgo: secondsSince(lastSnapshotAt) }),
    ...((isSilent || dataReplicationError === 'AGENT_NOT_SEEN') && {
      lastSeenSecondsAgo: Math.min(unseen, tenYearsSeconds),
    }),
    ...(isSilent && { agent: 'silent' as const }),
  };
  return { entries, note: state.note };
}

const yearSeconds = 365 * 86_400;
const tenYearsSeconds = 315_360_000;

/** States in which a scenario shows no lag, as MGN does. */
const withoutLag: ReadonlySet<string> = new Set(['STOPPED', 'DISCONNECTED', 'INITIAL_SYNC']);

function replicationStateOf(server: SourceServer): Part<ReplicationInput['state']> {
  const { dataReplicationState, lagMs, lifeCycleState } = server;
  const known = v.safeParse(stateSchema, dataReplicationState);
  const fallback = lagMs === undefined ? 'INITIAL_SYNC' : 'STALLED';
  if (dataReplicationState === undefined) {
    const isBefore = lifeCycleState === 'DISCOVERED' || lifeCycleState === 'PENDING_INSTALLATION';
    return isBefore
      ? { entries: undefined }
      : { entries: fallback, note: `replication state is not given; it is rehearsed as ${fallback}` };
  }
  if (!known.success)
    return {
      entries: fallback,
      note: `replication state ${dataReplicationState} is not known; it is rehearsed as ${fallback}`,
    };
  if (lagMs === undefined && lifeCycleState !== 'NOT_READY' && !withoutLag.has(dataReplicationState))
    return { entries: 'INITIAL_SYNC', note: `${dataReplicationState} without a lag is rehearsed as INITIAL_SYNC` };
  return { entries: known.output };
}

const deploymentSchema = serverSchema.entries.launchConfiguration.wrapped.pipe[0].entries.deployment;

function configurationOf(
  configuration:
    { readonly launchDisposition?: string | undefined; readonly postLaunchDeployment?: string | undefined } | undefined,
): Part<LaunchConfigurationInput> {
  if (configuration === undefined)
    return {
      entries: { launchDisposition: 'STOPPED' },
      note: 'without a launch configuration it is rehearsed as launchDisposition STOPPED',
    };
  const { launchDisposition = 'STARTED', postLaunchDeployment } = configuration;
  const deployment = v.safeParse(deploymentSchema, postLaunchDeployment);
  const isKnown = launchDisposition === 'STARTED' || launchDisposition === 'STOPPED';
  return {
    entries: {
      ...(launchDisposition !== 'STARTED' && { launchDisposition: 'STOPPED' as const }),
      ...(deployment.success && deployment.output !== 'TEST_AND_CUTOVER' && { deployment: deployment.output }),
    },
    note: isKnown ? undefined : `launchDisposition ${launchDisposition} is not known; it is rehearsed as STOPPED`,
  };
}

const actionSecondsMin = 5;
/** What an action takes in a scenario that does not say, and how long MGN waits for one without a time-out. */
const usualActionSeconds = 30;
const usualTimeoutSeconds = 3_600;
const timeoutMax = 2_147_483_647;

/** What earlier runs took from launch to verification, less the wait for the agent, is shared out over the actions. */
function actionsOf(
  actions: readonly ExpectedAction[],
  { actionsSeconds }: ServerFacts,
  agentSeconds: number = defaultTimings.agentDiscoverySeconds,
): ActionInput[] {
  const each = actionsSeconds === undefined ? undefined : Math.round((actionsSeconds - agentSeconds) / actions.length);
  return actions.map(({ actionName, documentName, timeoutSeconds, mustSucceedForCutover }, index) => {
    const timeout =
      timeoutSeconds === undefined ? undefined : Math.min(timeoutMax, Math.max(1, Math.round(timeoutSeconds)));
    const secondsMax = 0.9 * (timeout ?? usualTimeoutSeconds);
    const isPressed = each !== undefined || secondsMax < usualActionSeconds;
    const seconds = Math.min(secondsMax, Math.max(actionSecondsMin, each ?? usualActionSeconds));
    return {
      actionName: (actionName ?? documentName).slice(0, 256) || `action ${String(index + 1)}`,
      actionID: `action-${String(index + 1)}`,
      documentIdentifier: documentName.slice(0, 256),
      mustSucceedForCutover,
      ...(timeout !== undefined && { timeoutSeconds: timeout }),
      ...(isPressed && { cutover: { seconds } }),
    };
  });
}
