/**
 * What must hold however a night went, checked against the simulated world itself and not against what the run believes
 * of it: one launch per server, nothing foreign touched, no verdict that MGN's own facts do not bear out.
 */
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { ServerRecord } from '../../functions/domain/server-record.ts';
import type { InspectedAccount, InspectedJob, InspectedServer } from '../../simulator/world/inspect.ts';
import type { Night, RunLeft, Write } from './a-run.ts';

/** Everything that is wrong with what a run left behind, in words; empty when nothing is. */
export async function breachesOf(night: Night, name = 'night-1'): Promise<string[]> {
  const left = await night.read(name);
  const account = night.account();
  const scene: Scene = { account, left, own: ownJobIDs(account, name) };
  const locks = await night.ledger.readLocks(
    left.servers.map((record) => record.arn),
    night.time.now(),
  );
  const kept = left.servers.filter(
    (record) => record.verdict !== 'NEEDS_A_PERSON' && locks.get(record.arn)?.runID === name,
  );
  return [
    ...night.writes.flatMap((write) => foreignHarm(write, account, left)),
    ...left.servers.flatMap((record) =>
      recordBreaches(record, scene).map((what) => `${record.hostname ?? ''} ${what}`),
    ),
    ...(left.run.end === undefined
      ? ['the run has no end']
      : kept.map(({ hostname }) => `${hostname ?? ''} is locked`)),
  ];
}

interface Scene extends Facts {
  readonly left: RunLeft;
}

/** The simulated world's facts about a run. */
export interface Facts {
  readonly account: InspectedAccount;
  /** IDs of the run's own jobs, see {@link ownJobIDs}. */
  readonly own: ReadonlySet<string>;
}

/** IDs of the jobs that carry an attempt tag of the run. */
export function ownJobIDs(account: InspectedAccount, name: string): Set<string> {
  const own = account.jobs.filter((job) => job.tags?.['CutoverAttempt']?.startsWith(`${name}/`));
  return new Set(own.map((job) => job.jobID ?? ''));
}

const isAnybodysRun = (job: InspectedJob | undefined) => job?.tags?.['CutoverAttempt'] !== undefined;

/** Calls that would have harmed what no run launched, had they been answered as asked; all runs of the night alike. */
function foreignHarm(write: Write, account: InspectedAccount, { run }: RunLeft): string[] {
  const jobOf = (jobID: string | undefined) => account.jobs.find((job) => job.jobID === jobID);
  const harms = (server: InspectedServer): string | undefined => {
    const launched = jobOf(server.launchedInstance?.jobID);
    const cutOver = jobOf(server.lifeCycle?.lastCutover?.initiated?.jobID);
    const isForeignInstance =
      launched !== undefined && launched.initiatedBy !== 'START_TEST' && !isAnybodysRun(launched);
    switch (write.operation) {
      case 'StartCutover':
        return isForeignInstance ? 'would delete a foreign instance' : undefined;
      case 'TerminateTargetInstances':
        return isForeignInstance ? 'terminates a foreign instance' : undefined;
      case 'ChangeServerLifeCycleState':
        return isAnybodysRun(cutOver) ? undefined : 'reverts a foreign cutover';
      case 'FinalizeCutover':
        if (!isAskedFor(run, server)) return 'finalizes without being asked';
        return isAnybodysRun(cutOver) ? undefined : 'finalizes a foreign cutover';
      default:
        return 'is a call that no run makes';
    }
  };
  return write.servers.flatMap((server) => {
    const harm = harms(server);
    return harm === undefined ? [] : [`${write.operation} of ${server.sourceServerID ?? ''} ${harm}`];
  });
}

/** The input says "auto", or a person's commit names this very server. */
function isAskedFor({ input, commits = [] }: RunRecord, { sourceServerID }: InspectedServer): boolean {
  const named = commits.flatMap(({ sourceServerIDs }) => sourceServerIDs);
  return input.options.commit === 'auto' || named.some((id) => id === sourceServerID);
}

function recordBreaches(record: ServerRecord, scene: Scene): string[] {
  const { account, left } = scene;
  const server = account.sourceServers.find(({ sourceServerID }) => sourceServerID === record.sourceServerID);
  const launches = launchesOf(record, scene);
  const untrue = server === undefined ? [] : untruths(record, server, scene);
  const needsReason = record.verdict !== undefined && record.verdict !== 'VERIFIED' && record.verdict !== 'FINALIZED';
  return [
    ...(launches > 1 ? [`was launched ${launches} times`] : []),
    ...(left.run.end !== undefined && record.verdict === undefined ? ['has no verdict'] : []),
    ...(needsReason && record.reasons.length === 0 ? [`is ${record.verdict ?? ''} without a reason`] : []),
    ...(record.verdict === 'NEEDS_A_PERSON' && record.nextSteps.length === 0
      ? ['needs a person who is told nothing']
      : []),
    ...untrue.map((what) => `is called ${record.verdict ?? ''} but ${what}`),
  ];
}

function launchesOf(record: ServerRecord, { account, own }: Facts): number {
  return account.jobs.filter(
    (job) =>
      own.has(job.jobID ?? '') &&
      job.initiatedBy === 'START_CUTOVER' &&
      job.participatingServers?.some((part) => part.sourceServerID === record.sourceServerID),
  ).length;
}

/** What MGN's own facts do not bear out of a record's verdict, in words; `server` is how the world has it. */
export function untruths(record: ServerRecord, server: InspectedServer, scene: Facts): string[] {
  const state = server.lifeCycle?.state ?? '';
  const isOwn = (jobID: string | undefined) => scene.own.has(jobID ?? '');
  const isOwnCutover = isOwn(server.lifeCycle?.lastCutover?.initiated?.jobID);
  const instance = server.launchedInstance;
  const unless = (holds: boolean, what: string) => (holds ? [] : [what]);
  switch (record.verdict) {
    case 'VERIFIED':
      return [
        ...unless(state === 'CUTTING_OVER' && isOwnCutover, `it is ${state}`),
        ...unless(isOwn(instance?.jobID) && instance?.firstBoot === 'SUCCEEDED', 'its instance has not booted'),
        ...launchUntruths(record, scene),
      ];
    case 'FINALIZED':
      return unless(state === 'CUTOVER' && isOwnCutover, `it is ${state}`);
    case 'ROLLED_BACK':
      return [
        ...unless(state === 'READY_FOR_CUTOVER', `it is ${state}`),
        ...unless(
          !isOwn(instance?.jobID) || isTerminated(instance?.ec2InstanceID, scene.account),
          'its instance is left',
        ),
      ];
    case 'NOT_STARTED':
    case 'BLOCKED':
      return unless(
        launchesOf(record, scene) === 0 || state === 'READY_FOR_CUTOVER',
        `it was launched and is ${state}`,
      );
    case 'NEEDS_A_PERSON':
    case undefined:
      return [];
  }
}

const isTerminated = (instanceID: string | undefined, account: InspectedAccount) =>
  account.jobs.some((job) =>
    job.participatingServers?.some(
      (part) => part.launchStatus === 'TERMINATED' && part.launchedEc2InstanceID === instanceID,
    ),
  );

/** The job's log and its actions have to bear a verified server out. */
function launchUntruths(record: ServerRecord, { account }: Facts): string[] {
  const job = account.jobs.find(({ jobID }) => jobID === record.cutover?.jobID);
  const events = (job?.log ?? [])
    .filter((item) => item.eventData.sourceServerID === record.sourceServerID)
    .map((item) => item.event);
  const part = job?.participatingServers?.find(({ sourceServerID }) => sourceServerID === record.sourceServerID);
  const runs = part?.postLaunchActionsStatus?.postLaunchActionsLaunchStatusList ?? [];
  const bad = runs.filter(
    (run) => run.ssmDocument?.mustSucceedForCutover === true && run.executionStatus !== 'SUCCESS',
  );
  return [
    ...(part?.launchStatus === 'LAUNCHED' ? [] : [`its launch status is ${part?.launchStatus ?? 'missing'}`]),
    ...(events.includes('SNAPSHOT_END') ? [] : ['its snapshot is not fresh']),
    ...(events.includes('SNAPSHOT_FAIL') || events.includes('USING_PREVIOUS_SNAPSHOT')
      ? ['its snapshot is stale']
      : []),
    ...bad.map((run) => `action ${run.ssmDocument?.actionName ?? ''} is ${run.executionStatus ?? 'missing'}`),
  ];
}
