/**
 * The launches that lie before the scenario's start: a server that is ready for cutover was tested, one that is cutting
 * over was launched. Their jobs, stamps and instances are made so that the past is as consistent as the future.
 */
import { idNamed } from './identifiers.ts';
import { jobOf, stampDelayMs } from './job-engine.ts';
import { planLaunchCourse, targetInstanceOf } from './launch-course.ts';
import { addChange } from './source-server-record.ts';
import type { LaunchStamps, SourceServerRecord, SourceServerState } from './source-server-record.ts';
import type { Account, World } from './world.ts';

/** Past test launches were started this long before the scenario's start. */
const testedBeforeStartMs = 3 * 86_400_000;

/** Past cutover launches were started this long before the scenario's start, and finalized half that time before. */
const cutOverBeforeStartMs = 4 * 3_600_000;

const statesAfterTest = ['TESTING', 'READY_FOR_CUTOVER', 'CUTTING_OVER', 'CUTOVER'];
const statesAfterCutover = ['CUTTING_OVER', 'CUTOVER'];

const wasTested = (server: SourceServerRecord): boolean =>
  server.scenario.tested ??
  (statesAfterTest.includes(server.initial.lifeCycleState) || server.scenario.launchedInstance === 'test');

const wasCutOver = (server: SourceServerRecord): boolean =>
  statesAfterCutover.includes(server.initial.lifeCycleState) || server.scenario.launchedInstance === 'cutover';

/** Which past launch's instance still runs at the start. */
const runningInstance = (server: SourceServerRecord): 'none' | 'test' | 'cutover' => {
  if (server.scenario.launchedInstance !== undefined) return server.scenario.launchedInstance;
  if (wasCutOver(server)) return 'cutover';
  const { lifeCycleState } = server.initial;
  const keepsTest = lifeCycleState === 'TESTING' || lifeCycleState === 'READY_FOR_CUTOVER';
  return keepsTest && wasTested(server) ? 'test' : 'none';
};

/** Adds the past launches of servers that came together: one job of each kind for every 200 of them. */
export const addPastLaunches = (world: World, account: Account, servers: readonly SourceServerRecord[]): void => {
  addPastJobs(world, account, servers.filter(wasTested), 'test', world.startMs - testedBeforeStartMs);
  addPastJobs(world, account, servers.filter(wasCutOver), 'cutover', world.startMs - cutOverBeforeStartMs);
};

const addPastJobs = (
  world: World,
  account: Account,
  servers: readonly SourceServerRecord[],
  kind: 'test' | 'cutover',
  creationMs: number,
): void => {
  for (let from = 0; from < servers.length; from += world.quotas.sourceServersPerJob) {
    addPastJob(world, account, servers.slice(from, from + world.quotas.sourceServersPerJob), kind, creationMs);
  }
};

const addPastJob = (
  world: World,
  account: Account,
  servers: readonly SourceServerRecord[],
  kind: 'test' | 'cutover',
  creationMs: number,
): void => {
  const jobID = idNamed('job', `past/${kind}/${servers[0]?.sourceServerID ?? ''}`);
  const startedMs = creationMs + 2000;
  const courses = servers.map((server) =>
    planLaunchCourse(world, account, server, {
      jobID,
      kind,
      attempt: 0,
      creationMs,
      startedMs,
      launch: { outcome: 'launched' },
    }),
  );
  const initiatedBy = kind === 'test' ? 'START_TEST' : 'START_CUTOVER';
  account.jobs.set(jobID, jobOf(world, account, { jobID, initiatedBy, creationMs, startedMs }, servers, courses));
  for (const server of servers) {
    const isFinalized = kind === 'cutover' && server.initial.lifeCycleState === 'CUTOVER';
    const stamps: LaunchStamps = {
      initiated: { apiCallMs: creationMs + stampDelayMs, jobID },
      revertedMs: undefined,
      finalizedMs: isFinalized ? creationMs + cutOverBeforeStartMs / 2 : undefined,
    };
    const runs = runningInstance(server) === kind;
    addChange(server, { atMs: creationMs, origin: 'call', apply: (state) => withLaunch(state, kind, stamps) });
    if (!runs) continue;
    const firstBoot =
      account.launchConfigurations.get(server.sourceServerID)?.launchDisposition === 'STOPPED'
        ? 'STOPPED'
        : 'SUCCEEDED';
    const launchedInstance = { ec2InstanceID: targetInstanceOf(world, jobID, server), jobID, firstBoot } as const;
    addChange(server, { atMs: creationMs, origin: 'call', apply: (state) => ({ ...state, launchedInstance }) });
  }
};

const withLaunch = (state: SourceServerState, kind: 'test' | 'cutover', stamps: LaunchStamps): SourceServerState =>
  kind === 'test' ? { ...state, lastTest: stamps } : { ...state, lastCutover: stamps };
