/**
 * Nothing of what the runs of a night did is forgotten: every job of theirs is known to the run that started it, every
 * instance that they launched is in a record or gone, and what is still at work is waited for by somebody.
 */
import type { ServerRecord } from '../../../functions/domain/server-record.ts';
import type { InspectedAccount, InspectedJob, InspectedServer } from '../../../simulator/world/inspect.ts';
import type { RunLeft } from '../../support/a-run.ts';
import type { Checker } from '../scene.ts';
import { nameOf } from './explanations.ts';

/** Watches that nothing is lost. */
export function nothingLost(): Checker {
  return {
    name: 'nothing-lost',
    async atEnd(scene) {
      const runs = await Promise.all((await scene.runIDs()).map((runID) => scene.left(runID)));
      const account = scene.account();
      const staleSeconds = Math.max(
        0,
        ...(scene.script.scenario.faults ?? []).map((rule) => (rule.fault === 'staleRead' ? rule.staleSecondsMax : 0)),
      );
      return [
        ...account.jobs.flatMap((job) => unknownJob(job, runs, staleSeconds)),
        ...stranded(account, runs, staleSeconds),
      ];
    },
  };
}

/** ID of the run whose attempt tag the job carries. */
const runOf = (job: InspectedJob | undefined) => job?.tags?.['CutoverAttempt']?.split('/')[0];

/**
 * Whether the run was told not to look for a lost start for as long as MGN's answers may be old: it may then miss its own
 * job, and a person has to be told of the source servers.
 */
const looksTooShortly = ({ run }: RunLeft, staleSeconds: number) => run.input.options.settleSeconds < staleSeconds;

function unknownJob(job: InspectedJob, runs: readonly RunLeft[], staleSeconds: number): string[] {
  const runID = runOf(job);
  if (runID === undefined) return [];
  const what = `job ${job.jobID ?? ''} (${job.initiatedBy ?? ''}, ${job.status ?? ''}) of run ${runID}`;
  const left = runs.find(({ run }) => run.runID === runID);
  if (left === undefined) return [`${what}, which the ledger does not know`];
  const attempt = left.attempts.find(({ jobID }) => jobID === job.jobID);
  // The others of a job that never ends may well be verified; but somebody has to be told of it.
  const jobID = job.jobID ?? '';
  const members = job.participatingServers?.map(({ sourceServerID }) => sourceServerID) ?? [];
  const records = left.servers.filter(({ sourceServerID }) => members.includes(sourceServerID));
  const isTold = records.some(
    ({ verdict, reasons }) => verdict === 'NEEDS_A_PERSON' || reasons.some(({ fact }) => fact.includes(jobID)),
  );
  // A termination may be repeated in the place of one that is over, or that hangs and that a person was told of.
  const isReplaced = job.initiatedBy === 'TERMINATE' && (job.status === 'COMPLETED' || isTold);
  const isMissed = isTold && looksTooShortly(left, staleSeconds);
  if (attempt === undefined && !isReplaced && !isMissed) return [`${what} is not among its attempts`];
  const isOpen = job.status !== 'COMPLETED' && left.run.end !== undefined;
  // Whoever starts later finds a job that still terminates test instances, and is told then.
  if (!isOpen || attempt?.kind === 'TERMINATE_TEST_INSTANCES' || isTold) return [];
  return [`${what} is at work and nobody is told: ${records.map(describe).join(', ')}`];
}

const describe = (record: ServerRecord) =>
  `${nameOf(record)} ${record.verdict ?? 'undecided'} (${record.reasons.map(({ code }) => code).join(', ')})`;

/** What a run launched and did not bring back stands in its record as verified, finalized, or a person's to look at. */
function stranded({ sourceServers, jobs }: InspectedAccount, runs: readonly RunLeft[], staleSeconds: number): string[] {
  return sourceServers.flatMap((server) => {
    const launch = jobs.find(({ jobID }) => jobID === server.launchedInstance?.jobID);
    const runID = runOf(launch);
    if (launch?.initiatedBy !== 'START_CUTOVER' || runID === undefined || isGone(server, jobs)) return [];
    const left = runs.find(({ run }) => run.runID === runID);
    const record = left?.servers.find(({ sourceServerID }) => sourceServerID === server.sourceServerID);
    const what = `instance ${server.launchedInstance?.ec2InstanceID ?? ''} of run ${runID}`;
    if (left === undefined || record === undefined) return [`${what} is in no record`];
    const isTold = record.verdict === 'NEEDS_A_PERSON' && looksTooShortly(left, staleSeconds);
    const isKnown = record.cutover?.jobID === launch.jobID || isTold;
    const isWatched =
      left.run.end === undefined || ['VERIFIED', 'FINALIZED', 'NEEDS_A_PERSON'].includes(record.verdict ?? '');
    return isKnown && isWatched ? [] : [`${what} is left, but ${nameOf(record)} is ${record.verdict ?? 'undecided'}`];
  });
}

function isGone({ launchedInstance }: InspectedServer, jobs: readonly InspectedJob[]): boolean {
  return jobs.some((job) =>
    job.participatingServers?.some(
      (part) => part.launchStatus === 'TERMINATED' && part.launchedEc2InstanceID === launchedInstance?.ec2InstanceID,
    ),
  );
}
