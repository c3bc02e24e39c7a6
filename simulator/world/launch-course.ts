/**
 * One server's course through a launch job, from the call to the first boot: log lines, launch statuses and what
 * happens to the server, each with its moment, in the order and with the timings that were observed (`mgn.md` D.2, D.3).
 */
import type { LifeCycleState } from '@aws-sdk/client-mgn';

import type { LaunchOutcome, LaunchScenario, TimingsScenario } from '../scenario/launch-schema.ts';
import { CourseWriter } from './course-writer.ts';
import type { ServerCourse } from './course-writer.ts';
import { ec2IDNamed } from './identifiers.ts';
import type { JobEvent, JobLogLine } from './job-record.ts';
import { launchRefusal, templateOf } from './launch-place.ts';
import { planPostLaunchRun, postLaunchEndMs } from './post-launch-run.ts';
import { isAgentSilentAt, withSnapshot } from './replication.ts';
import { stateAt } from './source-server-record.ts';
import type {
  LaunchedInstanceState,
  SourceServerRecord,
  SourceServerState,
  TimedChange,
} from './source-server-record.ts';
import type { Account, World } from './world.ts';

/** A launch about to be made. `attempt` counts the server's launches of this kind from 0. */
export interface PlannedLaunch {
  readonly jobID: string;
  readonly kind: 'test' | 'cutover';
  readonly attempt: number;
  readonly creationMs: number;
  readonly startedMs: number;
  readonly launch: LaunchScenario;
}

/** Timings of a server that a scenario gives none, in seconds (`mgn.md` D.3). */
export const defaultTimings = {
  pendingSeconds: 2,
  cleanupSeconds: 35,
  snapshotSeconds: 44,
  staleSnapshotSeconds: 300,
  conversionSeconds: 264,
  launchSeconds: 337,
  firstBootSeconds: 167,
  agentDiscoverySeconds: 180,
  terminateSeconds: 120,
  variation: 0.1,
} as const satisfies Required<TimingsScenario>;

/** The timings of a server's jobs, in seconds: the scenario's, and the measured ones where it gives none. */
export const timingsOf = (server: SourceServerRecord, launch: LaunchScenario = {}): Required<TimingsScenario> => ({
  ...defaultTimings,
  ...server.scenario.timings,
  ...launch.timings,
});

/** The target instance that a launch job makes of a server. */
export const targetInstanceOf = (world: World, jobID: string, server: SourceServerRecord): string =>
  ec2IDNamed(world, 'i-', `target/${jobID}/${server.sourceServerID}`);

/** Plans one server's course through a launch job. */
export const planLaunchCourse = (
  world: World,
  account: Account,
  server: SourceServerRecord,
  planned: PlannedLaunch,
): ServerCourse => {
  const timings = timingsOf(server, planned.launch);
  const writer = new CourseWriter(world, server, planned, timings.variation);
  const refusal =
    planned.launch.outcome === undefined ? launchRefusal(world, account, server, writer.nowMs) : undefined;
  const outcome = refusal === undefined ? outcomeOf(server, planned.launch, writer.nowMs) : 'launchFailed';
  const stuckIn = outcome === 'stuck' ? (planned.launch.stuckIn ?? 'conversion') : undefined;
  const run: LaunchRun = { world, account, server, planned, timings, outcome, refusal, stuckIn, writer };
  for (const phase of [skip, cleanUp, takeSnapshot, convert, launch]) {
    const end = phase(run);
    if (end === 'stuck') return writer.course(Infinity);
    if (end === 'failed') return writer.course(writer.nowMs);
  }
  return afterLaunch(run);
};

interface LaunchRun {
  readonly world: World;
  readonly account: Account;
  readonly server: SourceServerRecord;
  readonly planned: PlannedLaunch;
  readonly timings: Required<TimingsScenario>;
  readonly outcome: LaunchOutcome;
  /** EC2's words, where it refuses a launch whose outcome the scenario leaves open. */
  readonly refusal: string | undefined;
  readonly stuckIn: LaunchScenario['stuckIn'];
  readonly writer: CourseWriter;
}

type PhaseEnd = 'passed' | 'failed' | 'stuck';

/** Outcome left open by the scenario: the snapshot is stale when the agent cannot answer (`mgn.md` H.4). */
const outcomeOf = (server: SourceServerRecord, launch: LaunchScenario, atMs: number): LaunchOutcome => {
  if (launch.outcome !== undefined) return launch.outcome;
  const { replication } = stateAt(server, atMs);
  return replication.state === 'STALLED' || isAgentSilentAt(replication, atMs) ? 'staleSnapshot' : 'launched';
};

const rawErrors = {
  cleanup: 'InternalError: the volumes of the instance could not be deleted',
  snapshot: 'The agent did not answer; no snapshot could be taken',
  conversion: 'The disks could not be made bootable',
  launch: 'VPCIdNotSpecified: No default VPC for this user',
} as const;

/** The server leaves TESTING or CUTTING_OVER after a launch that failed, unless somebody moved it before (`mgn.md` C.2). */
const leaveLaunchState = ({ world, planned, writer }: LaunchRun): void => {
  const during: LifeCycleState = planned.kind === 'test' ? 'TESTING' : 'CUTTING_OVER';
  const after = planned.kind === 'test' ? world.switches.failedTestState : world.switches.failedCutoverState;
  writer.change((state) => (state.lifeCycleState === during ? { ...state, lifeCycleState: after } : state));
};

const fail = (run: LaunchRun, event: JobEvent, rawError: string, eventData: JobLogLine['eventData'] = {}): PhaseEnd => {
  run.writer.line(event, { ...eventData, rawError: run.planned.launch.rawError ?? rawError });
  run.writer.status('FAILED');
  leaveLaunchState(run);
  return 'failed';
};

const skip = (run: LaunchRun): PhaseEnd => {
  if (run.outcome !== 'skipped') return 'passed';
  const { rawError } = run.planned.launch;
  run.writer.line('SERVER_SKIPPED', rawError === undefined ? {} : { rawError });
  run.writer.status(run.world.switches.skippedLaunchStatus);
  leaveLaunchState(run);
  return 'failed';
};

/** Deletes the earlier launched instance; there is no such phase when there is none. */
const cleanUp = (run: LaunchRun): PhaseEnd => {
  const { server, writer, outcome, stuckIn, timings } = run;
  const earlier = stateAt(server, writer.nowMs).launchedInstance;
  if (earlier === undefined && stuckIn !== 'cleanup' && outcome !== 'cleanupFailed') return 'passed';
  writer.line('CLEANUP_START');
  if (stuckIn === 'cleanup') return 'stuck';
  writer.pass(timings.cleanupSeconds);
  if (outcome === 'cleanupFailed') return fail(run, 'CLEANUP_FAIL', rawErrors.cleanup);
  writer.line('CLEANUP_END');
  writer.change((state) => withInstance(state, undefined));
  writer.gap();
  return 'passed';
};

const takeSnapshot = (run: LaunchRun): PhaseEnd => {
  const { writer, outcome, timings } = run;
  writer.line('SNAPSHOT_START');
  if (run.stuckIn === 'snapshot') return 'stuck';
  if (outcome === 'snapshotFailed' || outcome === 'staleSnapshot') {
    writer.pass(timings.staleSnapshotSeconds);
    if (outcome === 'snapshotFailed') return fail(run, 'SNAPSHOT_FAIL', rawErrors.snapshot);
    writer.line('SNAPSHOT_FAIL', { rawError: run.planned.launch.rawError ?? rawErrors.snapshot });
    writer.line('USING_PREVIOUS_SNAPSHOT');
  } else {
    writer.pass(timings.snapshotSeconds);
    writer.line('SNAPSHOT_END');
    const snapshotMs = writer.nowMs;
    writer.change((state) => withSnapshot(state, snapshotMs));
  }
  writer.gap();
  return 'passed';
};

const convert = (run: LaunchRun): PhaseEnd => {
  const { world, server, writer, planned } = run;
  const conversionServerID = ec2IDNamed(world, 'i-', `conversion/${planned.jobID}/${server.sourceServerID}`);
  writer.line('CONVERSION_START', { conversionServerID });
  if (world.switches.launchStatusInProgress === 'fromConversion') writer.status('IN_PROGRESS');
  if (run.stuckIn === 'conversion') return 'stuck';
  writer.pass(run.timings.conversionSeconds);
  if (run.outcome === 'conversionFailed') {
    return fail(run, 'CONVERSION_FAIL', rawErrors.conversion, { conversionServerID });
  }
  writer.line('CONVERSION_END', { conversionServerID });
  writer.gap();
  return 'passed';
};

/** A launch that EC2 refuses is refused early: there is no instance to wait for. */
const refusedLaunchShare = 0.1;

const launch = (run: LaunchRun): PhaseEnd => {
  const { world, server, writer, timings, outcome } = run;
  const targetInstanceID = targetInstanceOf(world, run.planned.jobID, server);
  writer.line('LAUNCH_START', outcome === 'launchFailed' ? {} : { targetInstanceID });
  if (world.switches.launchStatusInProgress === 'fromLaunch') writer.status('IN_PROGRESS');
  if (run.stuckIn === 'launch') return 'stuck';
  if (outcome === 'launchFailed') {
    writer.pass(timings.launchSeconds * refusedLaunchShare);
    return fail(run, 'LAUNCH_FAILED', run.refusal ?? rawErrors.launch);
  }
  writer.pass(timings.launchSeconds);
  writer.line('LAUNCH_END', { targetInstanceID });
  writer.status('LAUNCHED', targetInstanceID);
  return 'passed';
};

const withInstance = (state: SourceServerState, launchedInstance: LaunchedInstanceState | undefined) => ({
  ...state,
  launchedInstance,
});

/** What follows LAUNCH_END: the instance, its first boot and the post-launch actions. */
const afterLaunch = (run: LaunchRun): ServerCourse => {
  const { world, account, server, writer, timings } = run;
  const { jobID, kind, attempt, launch: scenario } = run.planned;
  const ec2InstanceID = targetInstanceOf(world, jobID, server);
  const isStarted = account.launchConfigurations.get(server.sourceServerID)?.launchDisposition !== 'STOPPED';
  const boots = isStarted && run.outcome !== 'unbootable';
  const launchedMs = writer.nowMs;
  writer.change((state) => withInstance(state, { ec2InstanceID, jobID, firstBoot: isStarted ? 'WAITING' : 'STOPPED' }));
  if (isStarted) {
    writer.pass(timings.firstBootSeconds);
    writer.change(withFirstBoot(ec2InstanceID, boots ? 'SUCCEEDED' : (scenario.firstBoot ?? 'WAITING')));
  }
  const bootedMs = writer.nowMs;
  writer.nowMs = launchedMs;
  writer.pass(timings.agentDiscoverySeconds);
  const hasProfile = templateOf(account, server.sourceServerID)?.settings.instanceProfile !== undefined;
  const canBeSeen = hasProfile || world.switches.withoutInstanceProfile === 'agentSeen';
  const isDiscovered = boots && (scenario.ssmAgent ?? (canBeSeen ? 'discovered' : 'never')) === 'discovered';
  const agentDiscoveredMs = isDiscovered ? Math.max(writer.nowMs, bootedMs) : undefined;
  const postLaunch = planPostLaunchRun(world, account, server, { jobID, kind, attempt, launchedMs, agentDiscoveredMs });
  const waits = world.switches.postLaunchActionsTiming === 'beforeCompleted' && postLaunch !== undefined;
  return writer.course(waits ? postLaunchEndMs(postLaunch, launchedMs) : launchedMs, postLaunch);
};

/** The instance, unless it was replaced or terminated meanwhile, gets its first boot's result. */
const withFirstBoot =
  (ec2InstanceID: string, firstBoot: LaunchedInstanceState['firstBoot']): TimedChange['apply'] =>
  (state) =>
    state.launchedInstance?.ec2InstanceID === ec2InstanceID
      ? withInstance(state, { ...state.launchedInstance, firstBoot })
      : state;
