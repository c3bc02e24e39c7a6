/** What MGN shows of a source server now, fact by fact, beside what the run saw of it. Pure: it reads nothing. */
import { attemptTagKey } from '../../functions/domain/adoption.ts';
import { judgeLaunch } from '../../functions/domain/job-outcome.ts';
import { hasEnded, partOf, type ActionRun, type Job, type JobLogItem } from '../../functions/domain/job.ts';
import { bareFact } from '../../functions/domain/reason.ts';
import type { RunRecord } from '../../functions/domain/run-record.ts';
import type { ActionEvidence, ServerRecord } from '../../functions/domain/server-record.ts';
import type { SourceServer } from '../../functions/domain/source-server.ts';
import { isLaunchedInstanceGone } from '../../functions/domain/test-instance.ts';
import { ageWords } from '../live/clock-words.ts';

/** One thing that MGN shows now. */
export interface PresentFact {
  readonly what: string;
  readonly now: string;
  /** What the run saw; absent where it keeps no such fact. */
  readonly saw?: string | undefined;
  /** Whether it is not as the run saw it. */
  readonly differs: boolean;
  /** The MGN API that says so. */
  readonly source: string;
}

/** What was read of MGN; what could not be read is left out. */
export interface PresentState {
  readonly server: SourceServer;
  /** The jobs since the run began that have the source server. */
  readonly jobs?: readonly Job[] | undefined;
  /** The log of its cutover job. */
  readonly log?: readonly JobLogItem[] | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

/** Of the run: which jobs are known to be its own, what its attempts' tags begin with, and when it began. */
export interface RunOfServer {
  readonly jobIDs: ReadonlySet<string>;
  readonly run: Pick<RunRecord, 'runID' | 'nonce' | 'createdAt'>;
}

/** The facts in the order of their sources. */
export function presentFacts(record: ServerRecord, state: PresentState, run: RunOfServer): PresentFact[] {
  return [...serverFacts(record, state, run), ...jobFacts(record, state, run), ...logFacts(record, state)];
}

const none = 'none';

function compared(source: string, what: string, now: string, saw: string | undefined): PresentFact {
  return { what, now, saw, differs: saw !== undefined && saw !== now, source };
}

function serverFacts(record: ServerRecord, state: PresentState, run: RunOfServer): PresentFact[] {
  const source = 'DescribeSourceServers';
  const { server, at } = state;
  const firstBoot = server.launchedInstance?.firstBoot;
  return [
    compared(source, 'lifeCycle.state', server.lifeCycleState, record.lifeCycleState),
    ...lastCutover(record, server, run),
    compared(source, 'launchedInstance', presentInstance(state), expectedInstance(record)),
    ...(firstBoot === undefined
      ? []
      : [compared(source, 'launchedInstance.firstBoot', firstBoot, expectedBoot(record))]),
    compared(source, 'application', server.applicationID ?? none, record.applicationID ?? none),
    compared(source, 'isArchived', String(server.isArchived), String(record.isArchived)),
    compared(source, 'data replication', replicationWords(server, at), undefined),
  ];
}

/** MGN may go on showing an instance that it has terminated (`mgn.md` H.15); a job says so then. */
function presentInstance({ server, jobs }: PresentState): string {
  if (server.launchedInstance === undefined) return none;
  return jobs !== undefined && isLaunchedInstanceGone(server, jobs) ? none : server.launchedInstance.ec2InstanceID;
}

/** Undefined where the run does not know what there should be. */
function expectedInstance({ cutover, rollback, testInstance, verdict }: ServerRecord): string | undefined {
  if (verdict === 'ROLLED_BACK') return none;
  if (rollback !== undefined) return undefined;
  return cutover === undefined ? testInstance?.ec2InstanceID : cutover.ec2InstanceID;
}

function expectedBoot({ cutover, rollback }: ServerRecord): string | undefined {
  return cutover?.bootedAt === undefined || rollback !== undefined ? undefined : 'SUCCEEDED';
}

/** A cutover after the run began that is not the run's is somebody else's. */
function lastCutover(
  { cutover }: ServerRecord,
  { lastCutover: last }: SourceServer,
  { run }: RunOfServer,
): PresentFact[] {
  const what = 'lifeCycle.lastCutover';
  const source = 'DescribeSourceServers';
  if (cutover !== undefined)
    return [compared(source, what, last.jobID ?? none, last.jobID === undefined ? undefined : cutover.jobID)];
  const isForeign = (last.initiatedAt ?? 0) > run.createdAt;
  return isForeign ? [{ what, now: last.jobID ?? 'a cutover without a job', saw: none, differs: true, source }] : [];
}

function replicationWords(server: SourceServer, at: number): string {
  const { dataReplicationState, lagMs, backloggedBytes, dataReplicationError, lastSeenAt } = server;
  return [
    dataReplicationState ?? 'no state given',
    lagMs === undefined ? 'no lag given' : `lag ${ageWords(lagMs)}`,
    ...(backloggedBytes === undefined ? [] : [`backlog ${String(backloggedBytes)} bytes`]),
    ...(dataReplicationError === undefined ? [] : [`error ${dataReplicationError}`]),
    ...(lastSeenAt === undefined ? [] : [`agent last seen ${ageWords(at - lastSeenAt)} ago`]),
  ].join(', ');
}

function jobFacts(record: ServerRecord, { jobs }: PresentState, run: RunOfServer): PresentFact[] {
  const source = 'DescribeJobs';
  return (jobs ?? []).flatMap((job): PresentFact[] => {
    const part = partOf(job, record.sourceServerID);
    const status = `${part?.launchStatus ?? 'no launchStatus'} (job ${job.status})`;
    if (job.jobID === record.cutover?.jobID) {
      const { launchStatus } = record.cutover;
      const now = part?.launchStatus ?? 'not given';
      return [
        compared(source, `launchStatus in ${job.jobID}`, now, launchStatus),
        ...actionFacts(record, part?.actionRuns ?? []),
      ];
    }
    const owner = ownerOf(job, run);
    if (owner === undefined) return [compared(source, `${jobWords(job)} of this run`, status, undefined)];
    return [{ what: `${jobWords(job)} of ${owner}`, now: status, saw: none, differs: true, source }];
  });
}

/** Whose job it is, in words; undefined of this run's own. A job that somebody repeats for what it left has the tag only. */
function ownerOf({ jobID, tags }: Job, { jobIDs, run: { runID, nonce } }: RunOfServer): string | undefined {
  const tag = tags[attemptTagKey];
  if (jobIDs.has(jobID) || tag?.startsWith(`${runID}/${nonce}/`) === true) return undefined;
  return tag === undefined ? 'somebody else' : `run ${tag.split('/')[0] ?? ''}`;
}

function jobWords({ jobID, initiatedBy, ...job }: Job): string {
  return `${hasEnded({ jobID, ...job }) ? '' : 'open '}job ${jobID} (${initiatedBy ?? 'unknown kind'})`;
}

function actionFacts({ actions }: ServerRecord, runs: readonly ActionRun[]): PresentFact[] {
  return actions.flatMap((action) => {
    const found = runs.find((run) => isSameAction(run, action));
    const name = action.actionName ?? action.documentName ?? 'without a name';
    return found?.executionStatus === undefined
      ? []
      : [compared('DescribeJobs', `action ${name}`, found.executionStatus, action.verdict)];
  });
}

function isSameAction(run: ActionRun, { executionID, actionName, documentName }: ActionEvidence): boolean {
  if (executionID !== undefined) return run.executionID === executionID;
  return actionName === undefined ? run.documentName === documentName : run.actionName === actionName;
}

/** A launch that was believed is judged once more on the log as it is now. */
function logFacts(record: ServerRecord, { server, jobs, log, at }: PresentState): PresentFact[] {
  const job = jobs?.find(({ jobID }) => jobID === record.cutover?.jobID);
  if (log === undefined || job === undefined) return [];
  const source = 'DescribeJobLogItems';
  const own = log.filter(({ sourceServerID: of }) => of === undefined || of === record.sourceServerID);
  const last = own.toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0)).at(-1);
  const lastWords =
    last === undefined
      ? ''
      : `, the last ${last.event}${last.at === undefined ? '' : ` ${ageWords(at - last.at)} ago`}`;
  const count = `${String(own.length)} line${own.length === 1 ? '' : 's'}${lastWords}`;
  const judged = judgeLaunch({
    server,
    job,
    log,
    launchedAt: record.cutover?.launchedAt,
    launchDeadlineAt: at + 1,
    firstBootMs: 0,
    now: at,
  });
  const against = judged.launch === 'FAILED' ? judged.reasons.filter((reason) => reason.source === source) : [];
  return [
    compared(source, 'its job log', count, undefined),
    ...(record.launch === 'PASSED' ? against : []).map((reason) => ({
      what: 'the job log against the launch',
      now: bareFact(reason),
      saw: 'nothing against it',
      differs: true,
      source,
    })),
  ];
}
