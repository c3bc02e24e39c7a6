/** StartTest, StartCutover and TerminateTargetInstances: what they refuse, and the jobs they start (`mgn.md` C.1, D, E). */
import type { Job } from '@aws-sdk/client-mgn';

import { MgnException } from '../exceptions.ts';
import type { Call, Operation } from '../operation.ts';
import type { JobStarterInput } from '../wire/inputs.ts';
import { startJob } from '../world/job-engine.ts';
import type { Starter } from '../world/job-engine.ts';
import { jobHolding, jobsInProgress } from '../world/job-lock.ts';
import { legalForJob } from '../world/life-cycle-table.ts';
import type { Newest } from '../world/newest-model.ts';
import { renderJob } from '../world/render-job.ts';
import { lagMsAt } from '../world/replication.ts';
import { stateAt } from '../world/source-server-record.ts';
import type { SourceServerRecord } from '../world/source-server-record.ts';
import { accountOf } from '../world/world.ts';
import type { Account, World } from '../world/world.ts';
import { notLaunchable } from './life-cycle.ts';
import { chosenRefusal, heldMessage } from './refuse-while-held.ts';

const apiNames = {
  START_TEST: 'StartTest',
  START_CUTOVER: 'StartCutover',
  TERMINATE: 'TerminateTargetInstances',
} as const;

/** What every job starter answers. */
export interface JobStarterOutput {
  readonly job: Newest<Job>;
}

/** StartTest: READY_FOR_TEST servers become TESTING at once; one job launches them. */
export const startTest: Operation<JobStarterInput, JobStarterOutput> = (world, input, call) => ({
  job: start(world, 'START_TEST', input, call),
});

/** StartCutover: READY_FOR_CUTOVER servers become CUTTING_OVER at once; one job launches them. */
export const startCutover: Operation<JobStarterInput, JobStarterOutput> = (world, input, call) => ({
  job: start(world, 'START_CUTOVER', input, call),
});

/** TerminateTargetInstances: the lifecycle state stays; one job deletes the launched instances. */
export const terminateTargetInstances: Operation<JobStarterInput, JobStarterOutput> = (world, input, call) => ({
  job: start(world, 'TERMINATE', input, call),
});

/** One server that is to blame refuses the whole call (`mgn.md` H.2). */
const start = (world: World, starter: Starter, input: JobStarterInput, call: Call): Newest<Job> => {
  const account = accountOf(world, call.accountID);
  const servers = namedServers(world, account, input.sourceServerIDs);
  refuseHeld(world, account, servers, call.now);
  refuseIllegal(world, starter, servers, call.now);
  refuseBeyondQuota(world, account, servers.length, call.now);
  const job = startJob(world, account, starter, servers, call.now);
  if (input.tags !== undefined && Object.keys(input.tags).length > 0) account.tags.set(job.arn, { ...input.tags });
  return renderJob(world, account, job, call.now);
};

const namedServers = (world: World, account: Account, ids: readonly string[]): SourceServerRecord[] =>
  [...new Set(ids)].map((id) => {
    const server = account.sourceServers.get(id);
    if (server !== undefined) return server;
    throw chosenRefusal(world.switches.unknownServerRefusal, `Source server ${id} was not found.`, {
      resourceId: id,
      resourceType: 'SourceServer',
    });
  });

const blame = (world: World, servers: readonly SourceServerRecord[], message: string) =>
  world.switches.conflictNamesServers === 'no'
    ? {}
    : {
        errors: servers.map(({ sourceServerID }) => ({
          code: 'ConflictException',
          message,
          resourceId: sourceServerID,
          resourceType: 'SourceServer',
        })),
      };

const refuseHeld = (world: World, account: Account, servers: readonly SourceServerRecord[], nowMs: number): void => {
  const held = servers.filter((server) => jobHolding(account, server, nowMs) !== undefined);
  if (held.length > 0) throw new MgnException('ConflictException', heldMessage, blame(world, held, heldMessage));
};

const refuseIllegal = (world: World, starter: Starter, servers: readonly SourceServerRecord[], nowMs: number): void => {
  const legal = legalForJob[starter](world.switches);
  const illegal = servers.filter((server) => !legal.includes(stateAt(server, nowMs).lifeCycleState));
  const exception = starter === 'TERMINATE' ? world.switches.terminateRefusal : 'ConflictException';
  if (illegal.length > 0) {
    const message = `${apiNames[starter]} requires source servers in state ${legal.join(' or ')}.`;
    throw chosenRefusal(exception, message, blame(world, illegal, message));
  }
  if (starter === 'TERMINATE') {
    const without = servers.filter((server) => stateAt(server, nowMs).launchedInstance === undefined);
    const message = 'One or more of the Source Servers have no launched instance.';
    if (world.switches.terminateWithoutInstance === 'accepted' || without.length === 0) return;
    throw chosenRefusal(exception, message, blame(world, without, message));
  }
  const dataless = servers.find((server) => lagMsAt(stateAt(server, nowMs).replication, nowMs) === undefined);
  if (dataless !== undefined) throw notLaunchable(world, dataless);
};

const refuseBeyondQuota = (world: World, account: Account, serverCount: number, nowMs: number): void => {
  const { quotas } = world;
  const inProgress = jobsInProgress(account, nowMs);
  const checks = [
    { count: serverCount, quotaValue: quotas.sourceServersPerJob, what: 'source servers in one job' },
    { count: inProgress.jobs + 1, quotaValue: quotas.concurrentJobs, what: 'concurrent jobs in progress' },
    {
      count: inProgress.sourceServers + serverCount,
      quotaValue: quotas.sourceServersInAllJobs,
      what: 'source servers in all active jobs',
    },
  ];
  const exceeded = checks.find(({ count, quotaValue }) => count > quotaValue);
  if (exceeded === undefined) return;
  const { what, quotaValue } = exceeded;
  const { quotaRefusal } = world.switches;
  const members = quotaRefusal === 'ServiceQuotaExceededException' ? { serviceCode: 'mgn', quotaValue } : {};
  throw chosenRefusal(quotaRefusal, `The quota of ${quotaValue} ${what} is exceeded.`, members);
};
