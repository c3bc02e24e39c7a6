/**
 * Was this source server really launched by this job? COMPLETED only means ended, and LAUNCHED alone may be hours-old
 * data, so three of MGN's facts have to agree: the server's launch status, the job's log, and the first boot of the
 * instance that this very job made (`mgn.md` D and H.3).
 */
import type { Job, JobLogItem } from './job.ts';
import type { Reason } from './reason.ts';
import type { SourceServer } from './source-server.ts';
import { shownText } from './shown-text.ts';
import { hasEnded, partOf } from './job.ts';

/** Characters that a report quotes of a `rawError`, which may be 64 KB (`mgn.md` D.2): its beginning. */
const rawErrorMax = 300;
/** How late a job log may be, in milliseconds. */
const lateLogMs = 180_000;

/** What was read to judge a launch. */
export interface LaunchFacts {
  readonly server: SourceServer;
  readonly job: Job;
  readonly log: readonly JobLogItem[];
  /** When the run first saw the server LAUNCHED, epoch milliseconds. */
  readonly launchedAt: number | undefined;
  /** When the launch job's time is up. */
  readonly launchDeadlineAt: number;
  /** How long a first boot may take, in milliseconds. */
  readonly firstBootMs: number;
  readonly now: number;
}

/** The judgement of a launch: not yet, believed, or not believed and why. */
export type LaunchJudgement =
  | { readonly launch: 'PENDING'; readonly waitingFor: 'job' | 'job log' | 'first boot' }
  | { readonly launch: 'PASSED'; readonly ec2InstanceID: string }
  | { readonly launch: 'FAILED'; readonly reasons: readonly Reason[] };

/** Judges one server's launch. A fact that is missing is never taken for a good one. */
export function judgeLaunch(facts: LaunchFacts): LaunchJudgement {
  if (isStillLaunching(facts.job, facts.server, facts.launchDeadlineAt, facts.now))
    return { launch: 'PENDING', waitingFor: 'job' };
  const launchStatus = partOf(facts.job, facts.server.sourceServerID)?.launchStatus;
  if (launchStatus === 'LAUNCHED') {
    const bad = [...snapshotEvents(facts), ...failureEvents(facts, launchedAnyway)];
    if (bad.length > 0) return { launch: 'FAILED', reasons: bad };
    return lacksLogEvidence(facts) ? judgeMissingEvidence(facts) : judgeFirstBoot(facts);
  }
  const isFinal = isFinalStatus(launchStatus) || hasEnded(facts.job);
  const causes = [...failureEvents(facts, []), ...snapshotEvents(facts)];
  return { launch: 'FAILED', reasons: [isFinal ? launchStatusReason(facts) : deadlineReason(facts), ...causes] };
}

/** Whether a launch status says that the job is done with the source server, well or badly. */
export function isFinalStatus(launchStatus: string | undefined): boolean {
  return launchStatus === 'LAUNCHED' || launchStatus === 'FAILED' || launchStatus === 'TERMINATED';
}

/**
 * Whether the job is still to launch the source server, so that neither its log nor the server itself says anything yet.
 */
export function isStillLaunching(
  job: Job,
  { sourceServerID }: Pick<SourceServer, 'sourceServerID'>,
  launchDeadlineAt: number,
  now: number,
): boolean {
  return !isFinalStatus(partOf(job, sourceServerID)?.launchStatus) && !hasEnded(job) && now < launchDeadlineAt;
}

function launchStatusReason({ server, job }: LaunchFacts): Reason {
  const launchStatus = partOf(job, server.sourceServerID)?.launchStatus;
  return {
    code: 'NOT_LAUNCHED',
    fact:
      launchStatus === undefined
        ? `job ${job.jobID} does not list this server`
        : `launchStatus is ${launchStatus} in job ${job.jobID}, which is ${job.status}`,
    source: 'DescribeJobs',
    remedy: 'Mend the cause shown in the job log, launch a test, then cut over again.',
  };
}

function deadlineReason({ job }: LaunchFacts): Reason {
  return {
    code: 'LAUNCH_DEADLINE',
    fact: `job ${job.jobID} is still ${job.status} at the launch deadline`,
    source: 'DescribeJobs',
    remedy: 'MGN has no call to cancel a running job; ask AWS Support if it never ends.',
  };
}

const eventsOf = (facts: LaunchFacts) =>
  facts.log.filter((item) => item.sourceServerID === undefined || item.sourceServerID === facts.server.sourceServerID);

const ownEventsOf = (facts: LaunchFacts) =>
  facts.log.filter((item) => item.sourceServerID === facts.server.sourceServerID);

const failureMeaning: ReadonlyMap<string, string> = new Map([
  ['JOB_CANCEL', 'the job was cancelled'],
  ['SERVER_SKIPPED', 'MGN took the server out of the job'],
  ['CLEANUP_FAIL', 'the earlier instance could not be deleted'],
  ['CONVERSION_FAIL', 'the disks could not be made bootable'],
  ['LAUNCH_FAILED', 'EC2 did not launch the instance'],
]);

/** An earlier instance that is left over says nothing against a launch that went on all the same. */
const launchedAnyway: readonly string[] = ['CLEANUP_FAIL'];

function failureEvents(facts: LaunchFacts, ignored: readonly string[]): Reason[] {
  return eventsOf(facts).flatMap((item) => {
    const meaning = failureMeaning.get(item.event);
    if (meaning === undefined || ignored.includes(item.event)) return [];
    const detail = item.rawError === undefined ? '' : `: ${shownText(item.rawError, rawErrorMax)}`;
    return [{ code: item.event, fact: `job log: ${item.event}, ${meaning}${detail}`, source: 'DescribeJobLogItems' }];
  });
}

const staleSnapshotEvents: ReadonlySet<string> = new Set(['SNAPSHOT_FAIL', 'USING_PREVIOUS_SNAPSHOT']);

function snapshotEvents(facts: LaunchFacts): Reason[] {
  const events = eventsOf(facts).filter((item) => staleSnapshotEvents.has(item.event));
  if (events.length === 0) return [];
  return [
    {
      code: 'STALE_SNAPSHOT',
      fact: `job log: ${events.map((item) => item.event).join(', ')}; what was launched is older data, not the source as it is`,
      source: 'DescribeJobLogItems',
      remedy: 'Keep the source’s OS and agent running until the snapshot is taken, then cut over again.',
    },
  ];
}

const isAgentless = ({ server }: LaunchFacts) => server.replicationType === 'SNAPSHOT_SHIPPING';

/**
 * The log line without which a launch is not believed. An agent-based server must show a snapshot that ended well.
 * Agentless servers ship their snapshots outside the job, so for them only a reported failure counts; that none was
 * reported is known once the log reaches the server's launch, which comes after any trouble with its snapshot.
 */
function evidenceOf(facts: LaunchFacts): 'SNAPSHOT_END' | 'LAUNCH_START' {
  return isAgentless(facts) ? 'LAUNCH_START' : 'SNAPSHOT_END';
}

function lacksLogEvidence(facts: LaunchFacts): boolean {
  return !ownEventsOf(facts).some((item) => item.event === evidenceOf(facts));
}

/** The log may be read a little late (`mgn.md` H.15), so a missing line is waited for before it is held against a launch. */
function judgeMissingEvidence(facts: LaunchFacts): LaunchJudgement {
  if (facts.now < (facts.launchedAt ?? facts.now) + lateLogMs) return { launch: 'PENDING', waitingFor: 'job log' };
  return {
    launch: 'FAILED',
    reasons: [
      {
        code: 'NO_SNAPSHOT_EVIDENCE',
        fact: `job log: no ${evidenceOf(facts)} for this server, so nothing shows that the launched data is current`,
        source: 'DescribeJobLogItems',
        remedy: 'Look at the job log in the MGN console, then cut over again.',
      },
    ],
  };
}

function judgeFirstBoot(facts: LaunchFacts): LaunchJudgement {
  const { server, job, now } = facts;
  const instance = server.launchedInstance;
  const expectedInstanceID = partOf(job, server.sourceServerID)?.ec2InstanceID ?? instance?.ec2InstanceID;
  const isOurs = instance?.jobID === job.jobID && instance.ec2InstanceID === expectedInstanceID;
  if (isOurs && instance.firstBoot === 'SUCCEEDED') return { launch: 'PASSED', ec2InstanceID: instance.ec2InstanceID };
  if (now < (facts.launchedAt ?? now) + facts.firstBootMs) {
    return { launch: 'PENDING', waitingFor: 'first boot' };
  }
  return { launch: 'FAILED', reasons: [isOurs ? bootReason(instance.firstBoot) : foreignInstanceReason(facts)] };
}

function bootReason(firstBoot: string | undefined): Reason {
  return {
    code: 'NOT_BOOTED',
    fact: `launchedInstance.firstBoot is ${firstBoot ?? 'not given'}, not SUCCEEDED`,
    source: 'DescribeSourceServers',
    remedy: 'Look at the instance’s system log and screenshot in EC2; check the boot disk order.',
  };
}

function foreignInstanceReason({ server, job }: LaunchFacts): Reason {
  const instance = server.launchedInstance;
  return {
    code: 'INSTANCE_NOT_OF_THIS_JOB',
    fact:
      instance === undefined
        ? `the server shows no launched instance after job ${job.jobID}`
        : `the server shows instance ${instance.ec2InstanceID} of job ${instance.jobID ?? 'unknown'}, not one of job ${job.jobID}`,
    source: 'DescribeSourceServers',
  };
}
